package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/cmdtest"
	"github.com/kdeck/kdeck/cmd/kdeck/root"
	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// TestMain puts a program kdeck into the PATH of all tests.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kdeck": func() { os.Exit(root.Run("")) }})
}

// runKdeck runs a command of kdeck on a cluster, in this process, and returns what it
// prints to stdout. args are separated by blanks.
func runKdeck(t *testing.T, c *kafkatest.Cluster, args string) (string, error) {
	t.Helper()
	words := append(strings.Fields(args), "--bootstrap-server", strings.Join(c.Servers, ","))
	out, _, err := cmdtest.Execute(t.Context(), root.Command(""), nil, words...)
	return out, err
}
