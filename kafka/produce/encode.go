package produce

import (
	"context"
	"fmt"

	"github.com/tidwall/gjson"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
)

// Encoder makes the bytes of what was read for a topic.
type Encoder struct {
	serde *serde.Serde
	topic string
	// chosen are the forms and schemas that were asked for, usual the forms of all
	// else, "" until that was found out: by side.
	chosen [2]serde.Spec
	usual  [2]serde.Form
}

// NewEncoder encodes keys and values as specified, also those of JSON lines that say
// something else. The form Auto is what a line names, or else what was chosen for the
// topic, what the context says, or the schema that the registry has for the topic, or
// else the text as it is. A schema or message alone leaves the form to that too.
func NewEncoder(s *serde.Serde, topic string, key, value serde.Spec) *Encoder {
	e := &Encoder{serde: s, topic: topic, chosen: [2]serde.Spec{serde.Key: key, serde.Value: value}}
	for side := range e.chosen {
		if e.chosen[side].Form == "" {
			e.chosen[side].Form = serde.Auto
		}
	}
	return e
}

// Form is the form of a side, where a line names none. It may ask the registry, once.
func (e *Encoder) Form(ctx context.Context, side serde.Side) (serde.Form, error) {
	if form := e.chosen[side].Form; form != serde.Auto {
		return form, nil
	}
	if e.NamesSchema(side) {
		return serde.Framed, nil
	}
	if e.usual[side] == "" {
		form, err := e.serde.FormOf(ctx, e.topic, side)
		if err != nil {
			return "", err
		}
		e.usual[side] = form
	}
	return e.usual[side], nil
}

// NamesSchema reports whether a schema was asked for by name.
func (e *Encoder) NamesSchema(side serde.Side) bool {
	c := &e.chosen[side]
	return c.SchemaID != 0 || c.Subject != "" || c.Version != 0
}

// Encode encodes the key and the value of an item. The form Framed asks a schema
// registry now and then.
func (e *Encoder) Encode(ctx context.Context, item *Item) error {
	var err error
	if item.Message.Key, err = e.side(ctx, serde.Key, item.Key, &item.Message, item.Message.Key); err != nil {
		return err
	}
	item.Message.Value, err = e.side(ctx, serde.Value, item.Value, &item.Message, item.Message.Value)
	return err
}

func (e *Encoder) side(ctx context.Context, side serde.Side, part Part, m *Message, data []byte) ([]byte, error) {
	if data == nil || part.Form == "" {
		return data, nil
	}
	spec, was, err := e.spec(ctx, side, part)
	if err != nil {
		return nil, err
	}
	if part.JSON && !spec.Form.Structured() && data[0] == '"' { // the words, not the string
		words, err := unquote(gjson.ParseBytes(data))
		if err != nil {
			return nil, fmt.Errorf("its %s: %w", side, err)
		}
		data = []byte(words)
	}
	if spec.Form == serde.Text {
		return data, nil
	}
	if was != nil {
		data, _, err = e.serde.AgainAs(ctx, e.topic, side, spec.Form, was, m.Headers, data)
		if err != nil {
			err = fmt.Errorf("%w; without %sBytes and %sLoss it is encoded anew", err, side, side)
		}
		return data, err
	}
	data, _, err = e.serde.EncodeAs(ctx, e.topic, side, spec, data)
	if err == nil && spec.Framing == serde.InHeader {
		err = withHeader(m, side, spec.GUID)
	}
	return data, err
}

// spec is how a part is written: as was asked for, or else as its line says. was are
// the bytes that it was decoded from, where they matter.
func (e *Encoder) spec(ctx context.Context, side serde.Side, part Part) (spec serde.Spec, was []byte, err error) {
	chosen := e.chosen[side]
	named := e.NamesSchema(side)
	switch {
	case chosen.Form != serde.Auto:
		spec = serde.Spec{Form: chosen.Form}
		if chosen.Form == part.Form && !named {
			spec, was = part.Spec, part.Was
		}
	case part.Form != serde.Auto:
		spec, was = part.Spec, part.Was
		spec.Form = part.Form
	default:
		if spec.Form, err = e.Form(ctx, side); err != nil {
			return spec, nil, err
		}
	}
	if named {
		if chosen.Form == serde.Auto {
			spec.Form = serde.Framed
		}
		spec.SchemaID, spec.Subject, spec.Version = chosen.SchemaID, chosen.Subject, chosen.Version
		spec.GUID, spec.Name, spec.Framing, was = "", "", "", nil
	}
	if chosen.Message != "" {
		spec.Message, spec.Index, spec.Name, was = chosen.Message, nil, "", nil
	}
	return spec, was, nil
}

// withHeader gives a message the header that names a schema by its GUID.
func withHeader(m *Message, side serde.Side, guid string) error {
	header, err := serde.SchemaHeader(side, guid)
	if err != nil {
		return err
	}
	for _, h := range m.Headers {
		if h.Key == header.Key {
			return nil
		}
	}
	m.Headers = append(m.Headers[:len(m.Headers):len(m.Headers)], kgo.RecordHeader{Key: header.Key, Value: header.Value})
	return nil
}
