package tail

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/records"
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
	rec = s.Masked(rec)
	what, data := "the key", rec.Key
	if a == keymap.CopyRecord {
		what, data = "the record", jsonOf(rec)
	}
	if len(data) > maxCopy {
		return page.Say(page.Failure, fmt.Sprintf("%s has %s: %v", what, text.Bytes(int64(len(data))), errTooLarge))
	}
	return page.Ask(page.Copy{Text: string(data), What: what + ": " + oneLine(data)})
}

// written is a record as JSON, as kdeck tail --decode raw --output json prints it.
type written struct {
	Topic         string          `json:"topic"`
	Partition     int32           `json:"partition"`
	Offset        int64           `json:"offset"`
	Timestamp     string          `json:"timestamp"`
	TimestampType string          `json:"timestampType"`
	Key           any             `json:"key"`
	Value         any             `json:"value"`
	Headers       []writtenHeader `json:"headers"`
}

type writtenHeader struct {
	Key   any `json:"key"`
	Value any `json:"value"`
}

// base64Of stands for bytes that are not UTF-8.
type base64Of struct {
	Base64 []byte `json:"base64"`
}

func jsonOf(rec *kgo.Record) []byte {
	w := written{
		Topic: rec.Topic, Partition: rec.Partition, Offset: rec.Offset,
		Timestamp: rec.Timestamp.UTC().Format(stamp), TimestampType: records.TimestampType(rec),
		Key: bytesOf(rec.Key), Value: bytesOf(rec.Value), Headers: []writtenHeader{},
	}
	for _, h := range rec.Headers {
		w.Headers = append(w.Headers, writtenHeader{bytesOf([]byte(h.Key)), bytesOf(h.Value)})
	}
	line, err := json.Marshal(w)
	if err != nil {
		return nil // it is made of texts and numbers: there is none
	}
	return line
}

// stamp is RFC 3339 with milliseconds, the precision of Kafka's timestamps.
const stamp = "2006-01-02T15:04:05.000Z07:00"

func bytesOf(data []byte) any {
	switch {
	case data == nil:
		return nil
	case utf8.Valid(data):
		return string(data)
	}
	return base64Of{data}
}
