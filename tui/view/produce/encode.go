package produce

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/serde"
)

const (
	// encodeTime bounds the encoding of one text: a registry may be asked.
	encodeTime = 15 * time.Second
	// registryPause is between two questions for the schema of a text that is still
	// being typed.
	registryPause = 300 * time.Millisecond
)

// task is what one encoding depends on: another change makes another task.
type task struct {
	side   serde.Side
	topic  string
	form   serde.Form
	change int // of the part
}

// encoded is a text as bytes, or why it cannot be.
type encoded struct {
	task
	data     []byte
	schemaID int
	// bypassed is set where the registry has a schema for the topic, and the text is
	// written in another form.
	bypassed bool
	err      error
}

// encoder keeps the bytes of a part. One encoding is under way at a time, so that a
// slow registry gets no queue of questions.
type encoder struct {
	last encoded
	busy bool
}

var errNotYet = errors.New("it is being encoded")

// task is the encoding that a side needs now; needed is false where its bytes are
// known without one.
func (p *Page) task(side serde.Side) (t task, needed bool) {
	part := &p.form.parts[side]
	return task{side, p.form.topicName(), p.form.forms[side], part.change}, !part.absent && !p.form.asItWas(part)
}

// bytes are those of a side as it stands; errNotYet when they are not known.
func (p *Page) bytes(side serde.Side) (data []byte, schemaID int, err error) {
	t, needed := p.task(side)
	part := &p.form.parts[side]
	switch {
	case part.absent:
		return nil, 0, nil
	case !needed:
		return p.form.original(side), 0, nil
	case p.encoders[side].last.task != t:
		return nil, 0, errNotYet
	}
	e := p.encoders[side].last
	return e.data, e.schemaID, e.err
}

// encode begins the encodings that are needed.
func (p *Page) encode() tea.Cmd {
	if p.ctx == nil {
		return nil
	}
	var cmds []tea.Cmd
	for _, side := range []serde.Side{serde.Key, serde.Value} {
		e := &p.encoders[side]
		t, needed := p.task(side)
		if !needed || e.busy || e.last.task == t {
			continue
		}
		e.busy = true
		s, ctx, data := p.env.Client.Serde(), p.ctx, p.form.parts[side].text()
		was := p.form.decoded(side)
		cmds = append(cmds, func() tea.Msg { return encodeNow(ctx, s, t, data, was) })
	}
	return tea.Batch(cmds...)
}

// encodeNow encodes a text. One that was decoded in the same form is written as what it
// was: by the same schema, and with the same bytes where it says the same.
func encodeNow(ctx context.Context, s *serde.Serde, t task, data []byte, was *serde.Decoded) encoded {
	ctx, cancel := context.WithTimeout(ctx, encodeTime)
	defer cancel()
	form := t.form
	if form == serde.Auto {
		var err error
		if form, err = s.FormOf(ctx, t.topic, t.side); err != nil {
			return encoded{task: t, err: err}
		}
	}
	if isJSON(form) {
		if err := checkJSON(data); err != nil {
			return encoded{task: t, err: err}
		}
	}
	if form == serde.Framed {
		select { // more is being typed
		case <-time.After(registryPause):
		case <-ctx.Done():
		}
	}
	e := encoded{task: t}
	if was != nil {
		e.data, e.schemaID, e.err = s.Again(ctx, t.topic, t.side, *was, data)
	} else {
		e.data, e.schemaID, e.err = s.Encode(ctx, t.topic, t.side, form, data)
		if form != serde.Framed {
			e.bypassed, _ = s.HasSchema(ctx, t.topic, t.side) // a registry that is silent warns of nothing
		}
	}
	if e.data == nil {
		e.data = []byte{} // empty is not null
	}
	return e
}
