// Command kdeck is a terminal operations console for Apache Kafka, with a local
// cluster on board. Its commands are in a folder for each noun (contexts, groups,
// records, local), a file for each verb; kit has what they share, root puts them
// together, and e2e tests the whole program.
package main

import (
	"os"

	"github.com/kdeck/kdeck/cmd/kdeck/root"
)

// released is the version that the Makefile stamps into a release build.
var released string

func main() { os.Exit(root.Run(released)) }
