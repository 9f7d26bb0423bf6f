package serde

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

var errNoSchemaYet = errors.New("its schema could not be read")

// Again makes the bytes of a value that was decoded, and that may have been changed
// since. A text that still says the same gives the bytes that were decoded, whatever
// way they are written. A changed one is encoded as what the value was; it is refused
// where the rest of it would not survive that.
func (s *Serde) Again(ctx context.Context, topic string, side Side, d Decoded, text []byte) (data []byte, schemaID int, err error) {
	switch {
	case d.Masked || d.Err != nil || d.Waiting:
		return nil, 0, fmt.Errorf("encode the %s for %s: what is to be changed is not shown", side, topic)
	case !d.sealed && sameJSON(d, text):
		return d.bytes, d.SchemaID, nil
	case d.Loss != "":
		return nil, 0, fmt.Errorf("encode the %s for %s as %s: its text does not say all of it: %s", side, topic, d.Form, d.Loss)
	}
	return s.EncodeAs(ctx, topic, side, d.Spec(), text)
}

// AgainAs is Again for a value of which its bytes and the headers of its record are at
// hand, and the form in which they were decoded.
func (s *Serde) AgainAs(ctx context.Context, topic string, side Side, form Form, was []byte, headers []kgo.RecordHeader, text []byte) (data []byte, schemaID int, err error) {
	rec := &kgo.Record{Topic: topic, Headers: headers, Key: was, Value: was}
	t := s.topic(topic)
	if f, framed := unframe(rec, side); framed && form == Framed && s.registry != nil {
		_, _ = s.registry.load(ctx, f.key) // what fails is told by d
	}
	d := s.read(t, rec, side, form)
	switch {
	case d.Waiting:
		return nil, 0, fmt.Errorf("encode the %s for %s: %w", side, topic, errNoSchemaYet)
	case d.Err != nil:
		return nil, 0, fmt.Errorf("compare the %s for %s with the bytes that it was: %w", side, topic, d.Err)
	}
	return s.Again(ctx, topic, side, d, text)
}

// sameJSON reports whether a text says what was decoded: the same JSON in the forms
// that are JSON, and the same text else.
func sameJSON(d Decoded, text []byte) bool {
	if bytes.Equal(d.Text, text) {
		return true
	}
	if !d.JSON {
		return false
	}
	a, err := jsonvalue.Parse(d.Text)
	b, other := jsonvalue.Parse(text)
	return err == nil && other == nil && bytes.Equal(a.Append(nil), b.Append(nil))
}
