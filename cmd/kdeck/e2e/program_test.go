package e2e

import (
	"os"
	"os/exec"
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

// TestIntoAClosedPipe is "kdeck … | head": who reads has seen enough, and no command
// complains or fails.
func TestIntoAClosedPipe(t *testing.T) {
	cluster, _ := lab(t)
	for _, command := range []string{"groups list", "groups describe billing -o json", "tail invoices --from earliest", "search invoices i-1", "version", "groups --help"} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		_ = reader.Close()
		words := strings.Fields(command)
		if words[0] != "version" && words[1] != "--help" {
			words = append(words, "--bootstrap-server", strings.Join(cluster.Servers, ","))
		}
		cmd := exec.Command("kdeck", words...)
		var stderr strings.Builder
		cmd.Stdout, cmd.Stderr = writer, &stderr
		if err := cmd.Run(); err != nil || stderr.Len() > 0 {
			t.Errorf("%s: %v, says %q", command, err, stderr.String())
		}
		_ = writer.Close()
	}
}
