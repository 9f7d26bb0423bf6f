package tail

import (
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/records/jsonl"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
)

// maxCopy bounds what is put on the clipboard: a terminal takes it in one escape
// sequence, and stands still meanwhile.
const maxCopy = 1 << 20

var errTooLarge = errors.New("too large for the clipboard; kdeck tail with --output raw writes it to a file")

// copyPart puts the key, or the whole record as JSON, on the clipboard, less what
// is masked.
func copyPart(s *serde.Serde, rec *kgo.Record, a keymap.Action) tea.Cmd {
	what, data := "the key", s.Masked(rec).Key
	if a == keymap.CopyRecord {
		what, data = "the record", jsonOf(s, rec, s.Decode)
	}
	if len(data) > maxCopy {
		return page.Say(page.Failure, fmt.Sprintf("%s has %s: %v", what, text.Bytes(int64(len(data))), errTooLarge))
	}
	return page.Ask(page.Copy{Text: string(data), What: what + ": " + oneLine(data)})
}

// jsonOf is a record as kdeck tail --output json prints it.
func jsonOf(s *serde.Serde, rec *kgo.Record, decode func(*kgo.Record, serde.Side) serde.Decoded) []byte {
	return jsonl.Append(nil, rec, s.Headers(rec), decode(rec, serde.Key), decode(rec, serde.Value), serde.Auto)
}
