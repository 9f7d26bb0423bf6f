package kafkatest

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Table is where the differences between the embedded cluster and Apache Kafka
// are written down, from the top of the repository.
const Table = "docs/compatibility.md"

// Differs returns what a test has to expect where the embedded cluster and
// Apache Kafka differ on purpose. id is the row of docs/compatibility.md that says
// so; without the row the test fails.
func (c *Cluster) Differs(id string, embedded, apache string) string {
	c.tb.Helper()
	if !rows(c)[id] {
		c.tb.Fatalf("%s has no row %s", Table, id)
	}
	if c.IsApache() {
		return apache
	}
	return embedded
}

// rows are the ids in the first column of the table.
func rows(c *Cluster) map[string]bool {
	c.tb.Helper()
	_, self, _, _ := runtime.Caller(0) // tests run in the folder of their package
	text, err := os.ReadFile(filepath.Join(filepath.Dir(self), "..", "..", Table))
	if err != nil {
		c.tb.Fatal(err)
	}
	ids := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		if id, ok := strings.CutPrefix(line, "| `"); ok {
			id, _, _ = strings.Cut(id, "`")
			ids[id] = true
		}
	}
	return ids
}
