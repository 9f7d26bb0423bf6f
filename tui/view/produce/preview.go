package produce

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/tui/page"
)

// preview is what exactly would be sent.
type preview struct {
	to        topics.Destination
	opts      produce.Options
	message   produce.Message
	partition int32 // where it goes, or AnyPartition when that is not known
	how       string
	schemas   [2]int // ids; 0 is none
	warnings  []string
}

// draft is the preview of the form as it stands, or why it cannot be sent. It is
// errNotYet while something is under way.
func (p *Page) draft() (preview, error) {
	if p.env.Client.ReadOnly() {
		return preview{}, fmt.Errorf("the context %s is read-only: nothing can be sent", p.env.Client.Name())
	}
	to, known := p.destination()
	switch {
	case p.form.topicName() == "":
		return preview{}, errors.New("it needs a topic to go to")
	case !known && p.poll.Err != nil:
		return preview{}, p.poll.Err
	case !known:
		return preview{}, errNotYet
	}
	v := preview{to: to, opts: p.form.options()}
	var sides [2][]byte
	for _, side := range []serde.Side{serde.Key, serde.Value} {
		var err error
		if sides[side], v.schemas[side], err = p.bytes(side); err != nil {
			return v, sideError(side, err)
		}
	}
	v.partition, v.how = p.form.place(to.Leaders, sides[serde.Key], p.dice)
	var err error
	if v.message, err = p.form.message(sides[serde.Key], sides[serde.Value], v.partition); err != nil {
		return v, err
	}
	if err := problem(to, v.opts, v.message, v.partition); err != nil {
		return v, err
	}
	v.warnings = warnings(to, v.opts, v.partition)
	for _, side := range []serde.Side{serde.Key, serde.Value} {
		if t, needed := p.task(side); needed && p.encoders[side].last.task == t && p.encoders[side].last.bypassed {
			v.warnings = append(v.warnings, fmt.Sprintf("the registry has a schema for the %s of %s: readers that expect it cannot read %s", side, to.Topic, p.formWords(side)))
		}
	}
	if p.form.unmasks(p.env.Client.Serde()) {
		v.warnings = append(v.warnings, "no masking rule holds for "+to.Topic+": what is masked here can be seen there")
	}
	return v, nil
}

// sideError says which side cannot be encoded.
func sideError(side serde.Side, err error) error {
	var at placed
	switch {
	case errors.Is(err, errNotYet):
		return errNotYet
	case errors.As(err, &at):
		return fmt.Errorf("the %s is not JSON: %w", side, err)
	}
	return err
}

// showPreview goes on to the preview, or says why not. While something is under
// way it waits for that.
func (p *Page) showPreview() tea.Cmd {
	v, err := p.draft()
	if errors.Is(err, errNotYet) {
		return nil
	}
	p.wanted = false
	if err != nil {
		return page.Say(page.Failure, "not sent: "+err.Error())
	}
	p.preview, p.sent = v, sent{}
	return p.To(p.checking)
}

// ack is acks and what else matters of the options, in words.
func ack(o produce.Options) string {
	words := []string{"acks " + string(o.Acks)}
	if o.Idempotent && o.Transaction == "" {
		words = append(words, "idempotent")
	}
	if o.Transaction != "" {
		words = append(words, "in a transaction")
	}
	if o.Compression != "none" {
		words = append(words, string(o.Compression))
	}
	return strings.Join(words, ", ")
}
