package produce

import (
	"context"
	"fmt"

	"github.com/tidwall/gjson"

	"github.com/kdeck/kdeck/kafka/serde"
)

// Encoder makes the bytes of what was read for a topic.
type Encoder struct {
	serde *serde.Serde
	topic string
	// chosen are the forms that were asked for, or "", and usual those of all else:
	// by side.
	chosen, usual [2]serde.Form
}

// NewEncoder encodes keys and values in these forms, also those of JSON lines that
// name others. Auto is what a line names, or else what was chosen for the topic or
// what the context says, or else the text as it is.
func NewEncoder(s *serde.Serde, topic string, key, value serde.Form) *Encoder {
	e := &Encoder{serde: s, topic: topic}
	for side, form := range [2]serde.Form{serde.Key: key, serde.Value: value} {
		if e.usual[side] = form; form == serde.Auto {
			e.usual[side] = s.Written(topic, serde.Side(side))
			continue
		}
		e.chosen[side] = form
	}
	return e
}

// Form is the form of a side, where a line names none.
func (e *Encoder) Form(side serde.Side) serde.Form { return e.usual[side] }

// Encode encodes the key and the value of an item. The form Framed asks a schema
// registry now and then.
func (e *Encoder) Encode(ctx context.Context, item *Item) error {
	var err error
	if item.Message.Key, err = e.side(ctx, serde.Key, item.Key, item.Message.Key); err != nil {
		return err
	}
	item.Message.Value, err = e.side(ctx, serde.Value, item.Value, item.Message.Value)
	return err
}

func (e *Encoder) side(ctx context.Context, side serde.Side, part Part, data []byte) ([]byte, error) {
	if data == nil || part.Form == "" {
		return data, nil
	}
	form := part.Form
	switch {
	case e.chosen[side] != "":
		form = e.chosen[side]
	case form == serde.Auto:
		form = e.usual[side]
	}
	if part.JSON && !form.Structured() && data[0] == '"' { // the words, not the string
		words, err := unquote(gjson.ParseBytes(data))
		if err != nil {
			return nil, fmt.Errorf("its %s: %w", side, err)
		}
		data = []byte(words)
	}
	if form == serde.Text {
		return data, nil
	}
	encoded, _, err := e.serde.Encode(ctx, e.topic, side, form, data)
	return encoded, err
}
