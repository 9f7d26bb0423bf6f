package produce

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
)

const (
	// openTime bounds the look at the topic before the record is sent.
	openTime = 15 * time.Second
	// sendTime bounds the sending: produce gives up after 10 seconds by itself, but
	// for the id of an idempotent producer, which it asks for before.
	sendTime = 20 * time.Second
	// finishTime bounds what is left to do when the answer is there, such as to
	// commit a transaction.
	finishTime = 10 * time.Second
)

// sent is what became of the record.
type sent struct {
	produce.Receipt
	topic string
	opts  produce.Options
	after error // what went wrong when it was stored already
}

// send sends the record that the preview shows.
func (p *Page) send() tea.Cmd {
	if p.write.Busy() || p.Step() != p.checking {
		return nil
	}
	ctx, client, v := context.WithoutCancel(p.ctx), p.env.Client, p.preview
	var again any
	if rec := p.form.again; rec != nil {
		again = map[string]string{"again": fmt.Sprintf("%s/%d@%d", rec.Topic, rec.Partition, rec.Offset)}
	}
	p.sent = sent{}
	return p.write.Begin(
		func() (sent, error) { s := sendNow(ctx, client, v, again); return s, s.Err },
		func(s sent, _ error) page.Notify { return s.notice() })
}

func sendNow(ctx context.Context, client *admin.Client, v preview, details any) sent {
	s := sent{topic: v.to.Topic, opts: v.opts}
	within := func(d time.Duration, do func(ctx context.Context)) {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		do(ctx)
	}
	var producer *produce.Producer
	var err error
	within(openTime, func(ctx context.Context) {
		producer, err = produce.Open(ctx, client.Conn, v.to.Topic, v.opts, "produce", details)
	})
	if err != nil {
		s.Receipt = produce.Receipt{Message: v.message, Outcome: model.Refused, Partition: -1, Offset: -1, Err: err}
		return s
	}
	within(sendTime, func(ctx context.Context) { s.Receipt = producer.Send(ctx, v.message) })
	within(finishTime, func(ctx context.Context) { _, err = producer.Finish(ctx, true) })
	switch {
	case err == nil:
	case s.Err != nil: // an aborted transaction follows from it
	case v.opts.Transaction != "":
		s.Outcome, s.Err = model.Unknown, err
	default:
		s.after = err
	}
	return s
}

// where is the place of a record that is stored, in words.
func (s sent) where() string {
	if s.Offset < 0 {
		return partitionText(s.Partition) + " of " + text.Clean(s.topic)
	}
	return fmt.Sprintf("%s of %s at offset %s", partitionText(s.Partition), text.Clean(s.topic), text.Count(s.Offset))
}

func (s sent) notice() page.Notify {
	switch {
	case s.Err != nil:
		return page.Notify{Level: page.Failure, Text: s.Err.Error()}
	case s.after != nil:
		return page.Notify{Level: page.Failure, Text: "stored in " + s.where() + ", but: " + s.after.Error()}
	case s.opts.Acks == produce.None:
		return page.Notify{Level: page.Success, Text: "sent to " + s.where() + "; nobody answers with acks 0"}
	}
	return page.Notify{Level: page.Success, Text: "stored in " + s.where()}
}

// over takes the outcome over: the receipt, or the reason why there is none, with
// the preview and the form as they were.
func (p *Page) over(end *page.Written[sent]) {
	if !p.write.Over(end) {
		return
	}
	p.sent = end.Value
	if p.sent.Err != nil {
		p.To(p.checking)
		return
	}
	p.To(p.stored)
	p.touched = false
	delete(p.env.Drafts, p.name)
}

// failed is why the record that the preview shows was not stored, or nil.
func (p *Page) failed() error {
	if p.write.Busy() {
		return nil
	}
	return p.sent.Err
}
