package serde

import (
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
	"github.com/kdeck/kdeck/kafka/serde/packed"
)

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
	if f, ok := unframe(rec, side); ok {
		if d, ok := s.detectFramed(rec, side, f); ok {
			return d
		}
	}
	if told, ok := glue(data); ok {
		return Decoded{Form: Hex, Err: fmt.Errorf("%s: kdeck reads no schemas from AWS Glue", told), Reason: "starts with " + told, bytes: data}
	}
	return detectPlain(data)
}

// detectPlain finds out how bytes are written that no context and no registry
// says anything about.
func detectPlain(data []byte) Decoded {
	if utf8.Valid(data) && IsText(data[:min(len(data), searched)]) {
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

// detectFramed decodes what names a schema. It is not ok for what only looks so: a
// number of 8 bytes that begins with a zero byte, as 1,000,000,000 does, and that the
// schema of this id does not fit.
func (s *Serde) detectFramed(rec *kgo.Record, side Side, f frame) (Decoded, bool) {
	data := side.of(rec)
	number := f.framing == "" && len(data) == Int64.width()
	if s.registry == nil && number {
		return Decoded{}, false
	}
	d := s.framed(f)
	if f.framing == InHeader && d.Schema == "" && d.Err != nil { // the bytes are the payload alone
		if plain := detectPlain(data); plain.Form != Hex {
			plain.Note = jsonvalue.Join(plain.Note, fmt.Sprintf("its header %s: %v", headerName(side), d.Err))
			return plain, true
		}
	}
	switch f.framing {
	case InHeader:
		d.Reason = fmt.Sprintf("the header %s has %s", headerName(side), f.key)
	case Apicurio:
		d.Reason = fmt.Sprintf("starts with a zero byte and schema id %d in 8 bytes: Apicurio's format", f.key.id)
	default:
		d.Reason = fmt.Sprintf("starts with a zero byte and schema id %d: Confluent wire format", f.key.id)
	}
	if !number || d.Err == nil {
		return d, true
	}
	out, err := scalar(data, Int64)
	asNumber := result(data, Int64, out, err, "8 bytes that are a number below 2^56")
	var refused *sr.ResponseError
	if unknown := errors.As(d.Err, &refused) && refused.StatusCode == http.StatusNotFound; !unknown {
		asNumber.Note = "or a value that cannot be decoded: " + d.Err.Error()
	}
	return asNumber, true
}

// detectBinary recognises what hardly any other bytes look like.
func detectBinary(data []byte) Decoded {
	if d := packedAs(data, MsgPack); d.Err == nil && packed.IsMsgPackMap(data) {
		d.Reason = "a MessagePack map that ends with the last byte"
		return d
	}
	if d := packedAs(data, CBOR); d.Err == nil && packed.IsCBORMap(data) {
		d.Reason = "a CBOR map that ends with the last byte"
		return d
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
		if is := kindOfBytes(data); is != "" {
			reason = "no text: it begins as " + is + " does"
		}
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
		f, ok := unframe(rec, side)
		if !ok {
			return result(data, Framed, nil, errors.New("it does not begin with a zero byte and the id of a schema, and no header names one"), "")
		}
		return s.framed(f)
	case Avro, Protobuf:
		return fromFile(t, side, form, data)
	case Kafka:
		out, err = kafkaState(rec, side)
	case MsgPack, CBOR:
		return packedAs(data, form)
	default:
		out, err = scalar(data, form)
	}
	return result(data, form, out, err, "")
}
