package serde

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/kdeck/kdeck/kafka/serde/packed"
)

// Spec says how a side is written.
type Spec struct {
	// Form is any; Auto, or "", is the form that was chosen for the topic or that the context
	// says, or else Framed where the registry has a schema for it, or else text.
	Form Form
	// The schema of Framed: by its id, its GUID (InHeader), or its subject and version;
	// the newest version where Version is 0, of TOPIC-key or TOPIC-value where Subject
	// is "".
	SchemaID int
	GUID     string
	Subject  string
	Version  int
	// Name is what the schema is expected to be called, as in Decoded.Schema; "" is
	// anything. Ids of another registry mean other schemas.
	Name string
	// Framing is how Framed says which schema it has.
	Framing Framing
	// Message is the Protobuf message, by its full or short name; "" is the first one.
	// Index is its place as it is to be written; nil is the usual one.
	Message string
	Index   []int
}

// Spec is how a value that was decoded is written as what it was.
func (d Decoded) Spec() Spec {
	return Spec{
		Form: d.Form, SchemaID: d.SchemaID, GUID: d.GUID, Name: d.Schema,
		Framing: d.Framing, Message: d.Message, Index: d.Index,
	}
}

// Encode is EncodeAs with a form alone.
func (s *Serde) Encode(ctx context.Context, topic string, side Side, form Form, text []byte) (data []byte, schemaID int, err error) {
	return s.EncodeAs(ctx, topic, side, Spec{Form: form}, text)
}

// EncodeAs makes the bytes of a side of a topic of what a person writes: text, a
// number, hex digits, or JSON for the forms with a structure. Framed may ask a registry
// for the schema, and checks the value against it. schemaID is that of Framed; 0 is
// none.
func (s *Serde) EncodeAs(ctx context.Context, topic string, side Side, spec Spec, text []byte) (data []byte, schemaID int, err error) {
	t := s.topic(topic)
	form := spec.Form
	if form == Auto || form == "" {
		if form, err = s.FormOf(ctx, topic, side); err != nil {
			return nil, 0, err
		}
	}
	switch form {
	case Framed:
		data, schemaID, err = s.encodeFramed(ctx, topic, side, spec, text)
	case Avro, Protobuf:
		data, err = encodeFile(t, side, form, spec, text)
	default:
		data, err = encodePlain(form, text)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("encode the %s for %s as %s: %w", side, topic, form, err)
	}
	return data, schemaID, nil
}

// Written is the form in which a side of a topic is written when none is named, as far
// as that is known without asking a registry: never Auto.
func (s *Serde) Written(topic string, side Side) Form {
	if form := s.said(topic, side); form != Auto {
		return form
	}
	if s.registry != nil && s.registry.knows(subjectOf(topic, side)) {
		return Framed
	}
	return Text
}

// said is the form that was chosen for a side of a topic, or that the context says.
func (s *Serde) said(topic string, side Side) Form {
	if form := s.choices.get(topic, side); form != Auto {
		return form
	}
	if known := s.topic(topic).sides[side]; known != nil {
		return known.form
	}
	return Auto
}

func subjectOf(topic string, side Side) string { return topic + "-" + side.String() }

// FormOf is the form in which a side of a topic is written when none is named: what was
// chosen for it or what the context says, or else Framed where the registry has the
// subject TOPIC-key or TOPIC-value, or else text. It is an error where the registry
// does not tell.
func (s *Serde) FormOf(ctx context.Context, topic string, side Side) (Form, error) {
	if form := s.said(topic, side); form != Auto {
		return form, nil
	}
	has, err := s.HasSchema(ctx, topic, side)
	switch {
	case err != nil:
		return "", fmt.Errorf("find out whether the %s of %s has a schema: %w; name the form to write it without asking", side, topic, err)
	case has:
		return Framed, nil
	}
	return Text, nil
}

// HasSchema reports whether the registry has the subject TOPIC-key or TOPIC-value. It
// asks now and then. A schema that cannot be used is one.
func (s *Serde) HasSchema(ctx context.Context, topic string, side Side) (bool, error) {
	if s.registry == nil {
		return false, nil
	}
	_, _, err := s.registry.version(ctx, subjectOf(topic, side), 0)
	var refused *sr.ResponseError
	switch {
	case err == nil || errors.Is(err, errBadSchema):
		return true, nil
	case errors.As(err, &refused) && refused.StatusCode == http.StatusNotFound:
		return false, nil
	}
	return false, err
}

func (s *Serde) encodeFramed(ctx context.Context, topic string, side Side, spec Spec, text []byte) ([]byte, int, error) {
	if s.registry == nil {
		return nil, 0, errors.New("the context has no schema-registry to ask")
	}
	if message, ok := strings.CutPrefix(spec.Name, "Protobuf "); ok && spec.Message == "" && spec.Index == nil {
		spec.Message = message
	}
	found, key, err := s.schemaFor(ctx, topic, side, spec)
	if err != nil {
		return nil, 0, err
	}
	payload, err := found.encode(text, spec.Message, spec.Index)
	if err != nil {
		return nil, 0, fmt.Errorf("by %s (%s): %w", key, found.name(), err)
	}
	switch spec.Framing {
	case InHeader:
		return payload, key.id, nil
	case Apicurio:
		return append(binary.BigEndian.AppendUint64([]byte{0}, uint64(key.id)), payload...), key.id, nil
	}
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(key.id)), payload...), key.id, nil
}

// schemaFor finds the schema that a value is written by.
func (s *Serde) schemaFor(ctx context.Context, topic string, side Side, spec Spec) (schema, schemaKey, error) {
	key := schemaKey{id: spec.SchemaID, guid: spec.GUID}
	if key == (schemaKey{}) {
		subject := spec.Subject
		if subject == "" {
			subject = subjectOf(topic, side)
		}
		found, id, err := s.registry.version(ctx, subject, spec.Version)
		return found, schemaKey{id: id}, err
	}
	if spec.SchemaID < 0 || spec.SchemaID > 1<<31-1 {
		return nil, key, fmt.Errorf("%s: registries have no such id", key)
	}
	found, err := s.registry.load(ctx, key)
	if err == nil && spec.Name != "" && !calls(found, spec) {
		err = fmt.Errorf("%s is %s in this registry, and the value is of %s; leave the id out to take the newest schema of %s", key, found.name(), spec.Name, subjectOf(topic, side))
	}
	return found, key, err
}

// calls reports whether a schema has the name that is expected.
func calls(found schema, spec Spec) bool {
	return found.name() == spec.Name || spec.Message != "" && spec.Name == "Protobuf "+spec.Message
}

func encodeFile(t *topic, side Side, form Form, spec Spec, text []byte) ([]byte, error) {
	known := t.sides[side]
	switch {
	case known == nil || known.form != form:
		return nil, errors.New("the context has no schema file for it; give one in decode")
	case known.err != nil:
		return nil, known.err
	}
	return known.schema.encode(text, spec.Message, nil)
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
	case MsgPack:
		return packed.EncodeMsgPack(text)
	case CBOR:
		return packed.EncodeCBOR(text)
	}
	return encodeScalar(string(text), form)
}
