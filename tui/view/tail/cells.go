package tail

import (
	"bytes"
	"fmt"

	"charm.land/lipgloss/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/tui/theme"
)

// searched is how much of a key or value a row knows, in bytes: rows are drawn
// many times a second.
const searched = 8 << 10

// cell is a key or value as its row shows it.
type cell struct {
	text    []byte // the beginning
	absent  bool
	problem bool // text tells why it is not decoded, and then the bytes
}

// cells decodes what rows show, each record once.
type cells struct {
	serde *serde.Serde
	known map[*kgo.Record]*[2]cell
}

func newCells(s *serde.Serde) *cells {
	return &cells{serde: s, known: make(map[*kgo.Record]*[2]cell)}
}

// of returns the cell of a side of a record.
func (c *cells) of(rec *kgo.Record, side serde.Side) cell {
	if known := c.known[rec]; known != nil {
		return known[side]
	}
	const most = 500 // several screens
	var both [2]cell
	final := true
	for i := range both {
		d := c.serde.Decode(rec, serde.Side(i))
		both[i] = newCell(d, i == int(serde.Key) && rec.Key == nil || i == int(serde.Value) && rec.Value == nil)
		final = final && !d.Waiting && d.Err == nil // a registry may answer later
	}
	if final {
		if len(c.known) >= most {
			clear(c.known)
		}
		c.known[rec] = &both
	}
	return both[side]
}

// forget decodes everything again.
func (c *cells) forget() { clear(c.known) }

func newCell(d serde.Decoded, absent bool) cell {
	if absent {
		return cell{absent: true}
	}
	data := d.Bytes()
	data = data[:min(len(data), searched/2)]
	switch {
	case d.Waiting:
		return cell{text: fmt.Appendf(nil, "reading %s …", d.SchemaKey()), problem: true}
	case d.Err != nil && d.Masked:
		return cell{text: fmt.Appendf(nil, "%s  ✗ %v", serde.Hidden, d.Err), problem: true}
	case d.Err != nil && len(data) == 0:
		return cell{text: fmt.Appendf(nil, "✗ %v", d.Err), problem: true}
	case d.Err != nil:
		return cell{text: fmt.Appendf(nil, "✗ %v  0x%x", d.Err, data), problem: true}
	case d.Form == serde.Hex:
		return cell{text: fmt.Appendf(nil, "0x%x", data)}
	}
	return cell{text: bytes.Clone(d.Text[:min(len(d.Text), searched)])}
}

func (c cell) style(th *theme.Theme) lipgloss.Style {
	switch {
	case c.absent:
		return th.Dim
	case c.problem:
		return th.Warn
	}
	return th.Text
}
