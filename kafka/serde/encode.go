package serde

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/vmihailenco/msgpack/v5"
)

// Encode makes the bytes of a side of a topic of what a person writes: text, a
// number, hex digits, or JSON for the forms with a structure. Framed takes the
// newest schema of the subject TOPIC-key or TOPIC-value, which it may ask a
// registry for, and checks the value against it. schemaID is that of Framed; 0
// is none. Auto is the form that was chosen for the topic or that the context
// says, or else text.
func (s *Serde) Encode(ctx context.Context, topic string, side Side, form Form, text []byte) (data []byte, schemaID int, err error) {
	t := s.topic(topic)
	if form == Auto {
		form = s.Written(topic, side)
	}
	switch form {
	case Framed:
		data, schemaID, err = s.encodeFramed(ctx, topic, side, text)
	case Avro, Protobuf:
		data, err = encodeFile(t, side, form, text)
	default:
		data, err = encodePlain(form, text)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("encode the %s for %s as %s: %w", side, topic, form, err)
	}
	return data, schemaID, nil
}

// Written is the form in which Encode writes a side of a topic when none is named:
// never Auto.
func (s *Serde) Written(topic string, side Side) Form {
	if form := s.choices.get(topic, side); form != Auto {
		return form
	}
	if known := s.topic(topic).sides[side]; known != nil {
		return known.form
	}
	return Text
}

func (s *Serde) encodeFramed(ctx context.Context, topic string, side Side, text []byte) ([]byte, int, error) {
	if s.registry == nil {
		return nil, 0, errors.New("the context has no schema-registry to ask")
	}
	found, id, err := s.registry.latest(ctx, topic+"-"+side.String())
	if err != nil {
		return nil, 0, err
	}
	payload, err := found.encode(text)
	if err != nil {
		return nil, 0, fmt.Errorf("by schema id %d (%s): %w", id, found.name(), err)
	}
	var header sr.ConfluentHeader
	data, err := header.AppendEncode(nil, id, nil)
	return append(data, payload...), id, err
}

func encodeFile(t *topic, side Side, form Form, text []byte) ([]byte, error) {
	known := t.sides[side]
	switch {
	case known == nil || known.form != form:
		return nil, errors.New("the context has no schema file for it; give one in decode")
	case known.err != nil:
		return nil, known.err
	}
	return known.schema.encode(text)
}

func encodePlain(form Form, text []byte) ([]byte, error) {
	switch form {
	case Text:
		return text, nil
	case JSON:
		return text, validJSON(text)
	case Hex:
		digits := strings.Join(strings.Fields(strings.TrimPrefix(string(text), "0x")), "")
		return hex.DecodeString(digits)
	case Kafka:
		return nil, errors.New("only Kafka itself writes its own state")
	case MsgPack, CBOR:
		v, err := plainValue(text)
		if err != nil {
			return nil, err
		}
		if form == CBOR {
			return cbor.Marshal(v)
		}
		return packSorted(v)
	}
	return encodeScalar(string(text), form)
}

func packSorted(v any) ([]byte, error) {
	var b bytes.Buffer
	e := msgpack.NewEncoder(&b)
	e.SetSortMapKeys(true) // the same bytes every time
	e.UseCompactInts(true)
	err := e.Encode(v)
	return b.Bytes(), err
}

// plainValue reads JSON into numbers that keep their kind: what has no fraction
// is an integer.
func plainValue(text []byte) (any, error) {
	if err := validJSON(text); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return numbers(v), err
}

func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, err := v.Float64()
		if err != nil {
			return v.String() // larger than any float: as it was written
		}
		return f
	case map[string]any:
		if data, ok := asBytes(v); ok {
			return data
		}
		for name, item := range v {
			v[name] = numbers(item)
		}
	case []any:
		for i, item := range v {
			v[i] = numbers(item)
		}
	}
	return v
}
