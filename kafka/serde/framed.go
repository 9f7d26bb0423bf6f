package serde

import (
	"errors"
	"fmt"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
	"github.com/kdeck/kdeck/kafka/serde/packed"
)

// packedAs reads MessagePack or CBOR.
func packedAs(data []byte, form Form) Decoded {
	if len(data) > maxStructured {
		return result(data, form, nil, fmt.Errorf("not read as %s: %w", form, errTooLong), "")
	}
	read := packed.DecodeMsgPack
	if form == CBOR {
		read = packed.DecodeCBOR
	}
	out, remarks, err := read(data)
	d := result(data, form, out, err, "")
	d.Note, d.Loss = remarks.Note, remarks.Loss
	return d
}

// plainJSON is a payload that is an object or list of JSON: a JSON schema only
// describes, so that it can be read without. It is nil for others.
func (f *frame) plainJSON() []byte {
	if looksJSON(f.payload) && checkJSON(f.payload) == nil {
		return f.payload
	}
	return nil
}

// framed decodes what names a schema.
func (s *Serde) framed(f frame) Decoded {
	d := Decoded{
		Form: Hex, SchemaID: f.key.id, GUID: f.key.guid, Framing: f.framing,
		bytes: f.data, head: len(f.data) - len(f.payload),
	}
	if f.framing == Apicurio {
		d.Note = "Apicurio's header of 8 bytes: its ids may be others than those of the registry in the context"
	}
	var found schema
	if s.registry == nil {
		d.Err = fmt.Errorf("%s: the context has no schema-registry to ask", f.key)
	} else {
		found, d.Err, d.Waiting = s.registry.get(f.key)
	}
	if found == nil {
		if text := f.plainJSON(); text != nil && !d.Waiting {
			d.Form, d.Text, d.JSON = Framed, text, true
			d.Note = jsonvalue.Join(d.Note, "JSON that is not checked: "+d.Err.Error())
			d.Err = nil
		}
		return d
	}
	payload := f.payload
	if _, ok := found.(protoSchema); ok && len(f.place) > 0 { // it stands before the message else
		payload = append(append([]byte{}, f.place...), payload...)
		d.Loss = "the message index stands in a header"
	}
	return d.by(Framed, found, payload, "decode by "+f.key.String())
}

// by decodes a payload by a schema. doing begins an error.
func (d Decoded) by(form Form, found schema, payload []byte, doing string) Decoded {
	d.Schema, d.schema = found.name(), found
	if len(payload) > maxStructured {
		d.Err = errTooLong
		return d
	}
	r, err := found.decode(payload)
	if err != nil {
		d.Err = fmt.Errorf("%s (%s): %w", doing, d.Schema, err)
		return d
	}
	d.Form, d.Text, d.JSON = form, r.text, true
	d.Note, d.Loss = jsonvalue.Join(d.Note, r.remarks.Note), jsonvalue.Join(d.Loss, r.remarks.Loss)
	if r.message != "" {
		d.Schema, d.Message, d.Index = "Protobuf "+r.message, r.message, r.index
	}
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
	return decodeFile(form, known.schema, data)
}

// decodeFile decodes a value by a schema file: as it is, as a single Avro object of
// that schema, or after the header of the Confluent wire format.
func decodeFile(form Form, s schema, data []byte) Decoded {
	doing := "decode as"
	if a, ok := s.(avroSchema); ok {
		if payload, ok := a.Single(data); ok {
			return Decoded{Form: Hex, bytes: data, head: len(data) - len(payload)}.by(form, s, payload, doing)
		}
	}
	d := Decoded{Form: Hex, bytes: data}.by(form, s, data, doing)
	id, payload, framed := splitConfluent(data)
	if d.Err == nil || !framed {
		return d
	}
	if p, ok := s.(protoSchema); ok { // which has the place of the message there as well
		if rest, ok := p.WithoutIndex(payload); ok {
			payload = rest
		}
	}
	unframed := Decoded{
		Form: Hex, bytes: data, head: len(data) - len(payload),
		Note: fmt.Sprintf("after a header that names schema id %d", id),
	}.by(form, s, payload, doing)
	if unframed.Err != nil {
		return d // without the header taken off: there may be none
	}
	return unframed
}

var errNoTextAgain = errors.New("its text does not say all")

// Repeats reports whether encoding a text gives the bytes that were decoded. The text
// is Decoded.Text, or the same value written in another way. Where it does not, the
// bytes have to be kept beside the text if they are to be written again.
func (d Decoded) Repeats(text []byte) bool {
	if d.sealed || d.Form == Hex || d.Form == Text {
		return true // nothing else is known than what is shown
	}
	again, err := d.again(text)
	return err == nil && string(again) == string(d.bytes)
}

func (d Decoded) again(text []byte) ([]byte, error) {
	switch {
	case d.Loss != "":
		return nil, errNoTextAgain
	case d.schema != nil:
		payload, err := d.schema.encode(text, d.Message, d.Index)
		return append(append([]byte{}, d.bytes[:d.head]...), payload...), err
	case d.Form == Framed: // JSON without a registry
		return append(append([]byte{}, d.bytes[:d.head]...), text...), nil
	}
	return encodePlain(d.Form, text)
}
