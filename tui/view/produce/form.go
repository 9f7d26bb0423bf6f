package produce

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/tui/widget"
)

// headersPart is the index of the headers among the parts, behind the key and the
// value.
const headersPart = 2

// form is all that is written and chosen.
type form struct {
	settings
	topic widget.Field
	parts [3]part // by serde.Side, and the headers
	again *kgo.Record
	shown [2]serde.Form // in which the record that is sent again was shown
	was   [2]serde.Decoded
	masks bool // a masking rule hides part of it
}

// newForm is an empty form.
func newForm(topic, transaction string) *form {
	f := &form{settings: newSettings(transaction), topic: widget.NewField("")}
	f.topic.SetValue(topic)
	f.parts = [3]part{newPart(true, nil), newPart(false, nil), newPart(false, nil)}
	return f
}

// formAgain is the form of a record that was read, its value in a form.
func formAgain(s *serde.Serde, rec *kgo.Record, value serde.Form, transaction string) *form {
	f := newForm(rec.Topic, transaction)
	f.again, f.masks = rec, s.Masks(rec.Topic)
	for side, as := range [2]serde.Form{serde.Auto, value} {
		side := serde.Side(side)
		f.was[side] = s.DecodeAs(rec, side, as)
		was, form := originalOf(f.was[side])
		was.null = f.original(side) == nil
		f.parts[side] = newPart(false, &was)
		f.forms[side], f.shown[side] = form, form
	}
	f.parts[headersPart] = newPart(false, originalHeaders(rec.Headers, s.Headers(rec)))
	return f
}

// originalOf is a key or value as it was decoded, and the form in which its text
// is encoded again.
func originalOf(d serde.Decoded) (original, serde.Form) {
	was := original{text: d.Text}
	switch {
	case d.Masked:
		was.locked = "a masking rule hides part of it, and what is hidden cannot be edited"
	case d.Form == serde.Hex && len(d.Bytes()) > mostHex:
		was.text, was.locked = hexText(d.Bytes()[:mostHex]), "it is too large to be edited as hex"
	case d.Form == serde.Hex:
		was.text = hexText(d.Bytes())
	case d.JSON && d.Form != serde.JSON:
		var indented bytes.Buffer
		if json.Indent(&indented, d.Text, "", "  ") == nil {
			was.text = indented.Bytes()
		}
	}
	return was, d.Form
}

// mostHex is how many bytes are written as hex to be edited.
const mostHex = 64 << 10

// hexText is bytes as hex digits, 16 in a line.
func hexText(data []byte) []byte {
	var b bytes.Buffer
	for i, c := range data {
		switch {
		case i == 0:
		case i%16 == 0:
			b.WriteByte('\n')
		default:
			b.WriteByte(' ')
		}
		b.WriteString(hex.EncodeToString([]byte{c}))
	}
	return b.Bytes()
}

// originalHeaders are headers as they were, and as they may be shown.
func originalHeaders(were, shown []kgo.RecordHeader) *original {
	was := &original{text: []byte(writeHeaders(shown))}
	for i := range were {
		if were[i].Key != shown[i].Key || !bytes.Equal(were[i].Value, shown[i].Value) {
			was.locked = "a masking rule hides part of the headers, and what is hidden cannot be edited"
		}
	}
	return was
}

// topicName is the topic that the record goes to.
func (f *form) topicName() string { return strings.TrimSpace(f.topic.Value()) }

// original is a side of the record that is sent again.
func (f *form) original(side serde.Side) []byte {
	if side == serde.Key {
		return f.again.Key
	}
	return f.again.Value
}

// decoded is what a side of the record that is sent again was decoded to, while it is
// written in that form; nil else.
func (f *form) decoded(side serde.Side) *serde.Decoded {
	if f.again == nil || !f.was[side].JSON || f.was[side].Masked || f.forms[side] != f.shown[side] {
		return nil
	}
	return &f.was[side]
}

// asItWas reports whether a part is sent as it was, byte for byte.
func (f *form) asItWas(p *part) bool {
	for side := range f.shown {
		if p == &f.parts[side] && f.forms[side] != f.shown[side] {
			return p.locked() != "" // its bytes are all there is of it
		}
	}
	return p.untouched()
}

// headers are those that are written.
func (f *form) headers() ([]kgo.RecordHeader, error) {
	p := &f.parts[headersPart]
	switch {
	case p.absent:
		return nil, nil
	case p.untouched():
		return f.again.Headers, nil
	}
	headers, err := parseHeaders(string(p.text()))
	if err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	return headers, nil
}

// message puts the record together from the bytes of its key and value. partition
// is where it goes.
func (f *form) message(key, value []byte, partition int32) (produce.Message, error) {
	headers, err := f.headers()
	m := produce.Message{Partition: partition, Key: key, Value: value, Headers: headers}
	if f.partition == byKey && key != nil {
		m.Partition = produce.AnyPartition // by the partitions that there are when it is sent
	}
	if f.keepTime && f.again != nil {
		m.Timestamp = f.again.Timestamp
	}
	return m, err
}

// unmasks reports whether what a masking rule hides would be seen where the record
// goes.
func (f *form) unmasks(s *serde.Serde) bool {
	if !f.masks || s.Masks(f.topicName()) {
		return false
	}
	for i := range f.parts {
		if p := &f.parts[i]; f.asItWas(p) && p.locked() != "" {
			return true
		}
	}
	return false
}
