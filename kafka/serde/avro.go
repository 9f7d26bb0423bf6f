package serde

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/twmb/avro"
)

// avroSchema reads and writes Avro.
type avroSchema struct {
	schema *avro.Schema
	shape  *avroShape
}

func compileAvro(src source) (schema, error) {
	var cache avro.SchemaCache
	for _, ref := range src.refs {
		if _, err := cache.Parse(ref.text); err != nil {
			return nil, fmt.Errorf("compile the Avro schema %s, which it refers to: %w", ref.name, err)
		}
	}
	parsed, err := cache.Parse(src.text)
	if err != nil {
		return nil, fmt.Errorf("compile the Avro schema: %w", err)
	}
	return &avroSchema{schema: parsed, shape: newAvroShape(parsed.Root())}, nil
}

func (s *avroSchema) name() string {
	root := s.shape.root
	if root.Name == "" {
		return "Avro " + root.Type
	}
	return "Avro " + fullName(root)
}

func (s *avroSchema) decode(payload []byte) ([]byte, string, error) {
	if len(payload) > maxStructured {
		return nil, "", errTooLong
	}
	var v any
	rest, err := s.schema.Decode(payload, &v)
	if err == nil && len(rest) > 0 {
		err = errBytesLeft(len(rest))
	}
	if err != nil {
		return nil, "", err
	}
	out, err := s.shape.append(nil, s.shape.root, v, 0)
	return out, "", err
}

func (s *avroSchema) encode(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a long does not fit into a float
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if d.More() {
		return nil, errors.New("not JSON: there is more after its end")
	}
	if name := s.shape.stranger(s.shape.root, v, 0); name != "" {
		return nil, fmt.Errorf("it has a field %s, which the schema has not", shorten(name))
	}
	return s.schema.Encode(s.shape.typed(s.shape.root, v, 0))
}

// avroSingle begins an Avro value that names its schema by a fingerprint, of 8
// bytes after these two.
var avroSingle = []byte{0xc3, 0x01}

// single decodes a single object of this schema.
func (s *avroSchema) single(data []byte) ([]byte, bool) {
	var v any
	if !bytes.HasPrefix(data, avroSingle) || len(data) > maxStructured {
		return nil, false
	}
	rest, err := s.schema.DecodeSingleObject(data, &v)
	if err != nil || len(rest) > 0 {
		return nil, false
	}
	out, err := s.shape.append(nil, s.shape.root, v, 0)
	return out, err == nil
}

// decodeFile decodes a value by a schema file: as it is, as a single Avro object
// of that schema, or after the header of the Confluent wire format.
func decodeFile(s schema, data []byte) ([]byte, string, error) {
	if a, ok := s.(*avroSchema); ok {
		if out, ok := a.single(data); ok {
			return out, "", nil
		}
	}
	out, note, err := s.decode(data)
	id, payload, framed := unframe(data)
	if err == nil || !framed {
		return out, note, err
	}
	header := fmt.Sprintf("after a header that names schema id %d", id)
	if p, ok := s.(*protoFile); ok { // which has the place of the message there as well
		if _, rest, inner := (&protoFile{file: p.file}).message(payload); inner == nil {
			payload = rest
		}
	}
	unframed, note, inner := s.decode(payload)
	if inner != nil {
		return nil, "", err // without the header taken off: there may be none
	}
	return unframed, joinNotes(header, note), nil
}
