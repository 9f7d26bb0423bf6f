package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// harness is the package, and the packages in it, that gives tests their cluster.
const harness = "github.com/kdeck/kdeck/kafka/kafkatest"

// testCommand runs the tests of the packages that need a cluster. They share the
// clusters, so one package goes after the other.
func testCommand(ctx context.Context) ([]string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-f", "{{.ImportPath}} {{join .TestImports \" \"}} {{join .XTestImports \" \"}}", "./...")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("find the tests: go list: %w", err)
	}
	packages := needCluster(string(out))
	if len(packages) == 0 {
		return nil, errors.New("find the tests: no package here has tests that import " + harness)
	}
	return append([]string{"go", "test", "-timeout", "30m", "-count=1", "-p", "1"}, packages...), nil
}

// needCluster picks the packages whose tests import the harness from lines of a
// package and the imports of its tests.
func needCluster(lines string) (packages []string) {
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		for _, imported := range words[min(1, len(words)):] {
			if imported == harness || strings.HasPrefix(imported, harness+"/") {
				packages = append(packages, words[0])
				break
			}
		}
	}
	return packages
}
