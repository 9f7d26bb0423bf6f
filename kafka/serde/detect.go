package serde

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

// frame is the length of the header of the Confluent wire format: a zero byte
// and the id of a schema in 4 bytes.
const frame = 5

// unframe splits the Confluent wire format.
func unframe(data []byte) (id int, payload []byte, ok bool) {
	if len(data) < frame || data[0] != 0 {
		return 0, nil, false
	}
	n := binary.BigEndian.Uint32(data[1:])
	if n == 0 || n > 1<<31-1 { // registries count from 1, in a Java int
		return 0, nil, false
	}
	return int(n), data[frame:], true
}

// searched is how much of a large value is looked at to find out whether it is
// text.
const searched = 256 << 10

// detect finds out how bytes are written: by what the context says of the topic,
// or else by what they look like. Every record is looked at by itself, since a
// topic may hold several kinds.
func (s *Serde) detect(t *topic, rec *kgo.Record, side Side) Decoded {
	data := side.of(rec)
	if known := t.sides[side]; known != nil {
		d := s.as(t, rec, side, known.form)
		d.Reason = "the context says so"
		return d
	}
	if internal(rec.Topic) {
		d := s.as(t, rec, side, Kafka)
		d.Reason = "a topic in which Kafka keeps its own state"
		return d
	}
	if id, _, ok := unframe(data); ok {
		if d, ok := s.detectFramed(t, rec, side, id); ok {
			return d
		}
	}
	if IsText(data[:min(len(data), searched)]) {
		return detectText(data)
	}
	return detectBinary(data)
}

func detectText(data []byte) Decoded {
	if looksJSON(data) && checkJSON(data) == nil {
		return Decoded{Form: JSON, Text: data, JSON: true, Reason: "an object or list in JSON", bytes: data}
	}
	return Decoded{Form: Text, Text: data, Reason: "UTF-8", bytes: data}
}

// detectFramed decodes what looks like the Confluent wire format. It is not ok
// for a number that begins with a zero byte: the registry does not know it.
func (s *Serde) detectFramed(t *topic, rec *kgo.Record, side Side, id int) (Decoded, bool) {
	if s.registry == nil && len(side.of(rec)) == Int64.width() {
		return Decoded{}, false
	}
	d := s.as(t, rec, side, Framed)
	var refused *sr.ResponseError
	if len(side.of(rec)) == Int64.width() && errors.As(d.Err, &refused) && refused.StatusCode == http.StatusNotFound {
		return Decoded{}, false
	}
	d.Reason = fmt.Sprintf("starts with a zero byte and schema id %d: Confluent wire format", id)
	return d, true
}

// detectBinary recognises what hardly any other bytes look like.
func detectBinary(data []byte) Decoded {
	if out, err := msgpackJSON(data); err == nil && isMap(out) {
		return Decoded{Form: MsgPack, Text: out, JSON: true, Reason: "a MessagePack map that ends with the last byte", bytes: data}
	}
	if out, err := cborJSON(data); err == nil && isMap(out) {
		return Decoded{Form: CBOR, Text: out, JSON: true, Reason: "a CBOR map that ends with the last byte", bytes: data}
	}
	form, reason := Hex, "no text, and nothing that kdeck recognises"
	switch n := len(data); {
	case n == 16 && data[6]>>4 >= 1 && data[6]>>4 <= 8 && data[8]>>6 == 2: // RFC 9562
		form, reason = UUID, "16 bytes with the version and variant of a UUID"
	case n == 8 && plainNumber(data):
		form, reason = Int64, "8 bytes that are a number below 2^56"
	case n == 4 && plainNumber(data):
		form, reason = Int32, "4 bytes that are a number below 2^24"
	}
	if form == Hex {
		return Decoded{Form: Hex, Reason: reason, bytes: data}
	}
	out, err := scalar(data, form)
	return result(data, form, out, err, reason)
}

// plainNumber reports whether a number is near zero, above or below, as ids,
// counts and times are and random bytes are not.
func plainNumber(data []byte) bool {
	return data[0] == 0 || data[0] == 0xff && data[1]&0x80 != 0
}

// result is bytes that were read as JSON in a form, or could not be.
func result(data []byte, form Form, out []byte, err error, reason string) Decoded {
	if err != nil {
		return Decoded{Form: Hex, Err: err, Reason: reason, bytes: data}
	}
	return Decoded{Form: form, Text: out, JSON: true, Reason: reason, bytes: data}
}

// as reads a side of a record in a form other than Auto.
func (s *Serde) as(t *topic, rec *kgo.Record, side Side, form Form) Decoded {
	data := side.of(rec)
	var out []byte
	var err error
	switch form {
	case Text:
		return Decoded{Form: Text, Text: data, bytes: data}
	case JSON:
		if err := checkJSON(data); err != nil {
			return Decoded{Form: Hex, Err: err, bytes: data}
		}
		return Decoded{Form: JSON, Text: data, JSON: true, bytes: data}
	case Hex:
		return Decoded{Form: Hex, bytes: data}
	case Framed:
		return s.framed(data)
	case Avro, Protobuf:
		return fromFile(t, side, form, data)
	case Kafka:
		out, err = kafkaState(rec, side)
	case MsgPack:
		out, err = msgpackJSON(data)
	case CBOR:
		out, err = cborJSON(data)
	default:
		out, err = scalar(data, form)
	}
	return result(data, form, out, err, "")
}

// framed decodes the Confluent wire format.
func (s *Serde) framed(data []byte) Decoded {
	id, payload, ok := unframe(data)
	if !ok {
		return result(data, Framed, nil, errors.New("it does not begin with a zero byte and the id of a schema"), "")
	}
	d := Decoded{Form: Hex, SchemaID: id, bytes: data}
	if s.registry == nil {
		if looksJSON(payload) && checkJSON(payload) == nil { // a JSON schema only describes
			d.Form, d.Text, d.JSON, d.Note = Framed, payload, true, "JSON; without schema-registry in the context it is not checked"
			return d
		}
		d.Err = fmt.Errorf("schema id %d: the context has no schema-registry to ask", id)
		return d
	}
	found, err, waiting := s.registry.get(id)
	if found == nil {
		d.Err, d.Waiting = err, waiting
		return d
	}
	d.Schema = found.name()
	out, note, err := found.decode(payload)
	if err != nil {
		d.Err = fmt.Errorf("decode by schema id %d (%s): %w", id, d.Schema, err)
		return d
	}
	d.Form, d.Text, d.JSON, d.Note = Framed, out, true, note
	return d
}

// fromFile decodes by the schema file that the context has for a topic.
func fromFile(t *topic, side Side, form Form, data []byte) Decoded {
	known := t.sides[side]
	if known == nil || known.form != form {
		return result(data, form, nil, fmt.Errorf("the context has no %s schema for the %s of %s; give one in decode", form, side, t.name), "")
	}
	if known.err != nil {
		return result(data, form, nil, known.err, "")
	}
	out, note, err := decodeFile(known.schema, data)
	if err != nil {
		err = fmt.Errorf("decode as %s: %w", known.schema.name(), err)
	}
	d := result(data, form, out, err, "")
	d.Schema, d.Note = known.schema.name(), note
	return d
}
