package kafkatest

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Table is where the differences between the embedded cluster and Apache Kafka
// are written down, from the top of the repository.
const Table = "docs/compatibility.md"

// Differs returns what a test has to expect where the embedded cluster and
// Apache Kafka differ on purpose. id is the row of docs/compatibility.md that says
// so; without the row the test fails.
func (c *Cluster) Differs(id string, embedded, apache string) string {
	c.tb.Helper()
	if !slices.Contains(rows(c.tb), id) {
		c.tb.Fatalf("%s has no row %s", Table, id)
	}
	if c.IsApache() {
		return apache
	}
	return embedded
}

// rows are the ids in the first column of the table.
func rows(tb testing.TB) []string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(root(), Table))
	if err != nil {
		tb.Fatal(err)
	}
	var ids []string
	for line := range strings.Lines(string(text)) {
		if id, ok := strings.CutPrefix(line, "| `"); ok {
			id, _, _ = strings.Cut(id, "`")
			ids = append(ids, id)
		}
	}
	return ids
}

// root is the top of the repository; tests run in the folders of their packages.
func root() string {
	_, self, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(self), "..", "..")
}
