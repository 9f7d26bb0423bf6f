package tail

import (
	"maps"
	"slices"

	"charm.land/lipgloss/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/tui/theme"
)

// marks are the records that the user has marked, by their place in the log. They
// stay marked when the tail no longer holds them.
type marks map[place]*kgo.Record

func (m marks) toggle(held records.Held) {
	at := placeOf(held.Record)
	if m[at] != nil {
		delete(m, at)
	} else {
		m[at] = held.Record
	}
}

func (m marks) sign(held records.Held) string {
	if m[placeOf(held.Record)] != nil {
		return "•"
	}
	return ""
}

func (m marks) style(th *theme.Theme, held records.Held) lipgloss.Style {
	if m[placeOf(held.Record)] != nil {
		return th.Accent
	}
	return th.Text
}

// inOrder returns the marked records by partition and offset.
func (m marks) inOrder() []*kgo.Record {
	return slices.SortedFunc(maps.Values(m), func(a, b *kgo.Record) int {
		if a.Partition != b.Partition {
			return int(a.Partition - b.Partition)
		}
		return int(max(-1, min(1, a.Offset-b.Offset)))
	})
}

// controlKind names what a marker of a transaction says.
func controlKind(rec *kgo.Record) string {
	aborts, ok := records.EndsTransaction(rec)
	switch {
	case !ok:
		return "control record"
	case aborts:
		return "transaction aborted"
	}
	return "transaction committed"
}
