package tail

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
)

// TestCellsLetGoOfLargeRecords: a few of them would be more than the feed holds.
func TestCellsLetGoOfLargeRecords(t *testing.T) {
	s, err := serde.New(serde.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c := newCells(s)
	for range 100 {
		c.of(&kgo.Record{Topic: "orders", Value: make([]byte, 1<<20)}, serde.Value)
		held := 0
		for rec := range c.known {
			held += len(rec.Value)
		}
		if held > 10<<20 || held != c.bytes {
			t.Fatalf("%d bytes are held, and counted as %d", held, c.bytes)
		}
	}
}
