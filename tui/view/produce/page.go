// Package produce is the screen on which a record is written and sent: a new one,
// or one that was read, as it was or edited. Three steps: the form, what exactly
// would be sent and where, and the receipt.
package produce

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/widget"
)

// lookEvery is the time from one look at the topic to the next: its replicas may
// come and go while one writes.
const lookEvery = 10 * time.Second

// Page is the screen. While something in it has not been sent, it is its own draft
// (page.Env.Drafts), and who opens it again finds it as it was.
type Page struct {
	*page.Steps
	env  page.Env
	name string // among the drafts
	ctx  context.Context

	blank    func() *form
	form     *form
	touched  bool     // there is something that has not been sent
	writing  *writing // the steps
	checking *checking
	stored   *stored
	focus    field
	row      option // among the settings
	encoders [2]encoder
	poll     *page.Poll[topics.Destination]
	typed    int          // counts the changes of the topic's name
	wanted   bool         // the preview, as soon as all is encoded
	file     widget.Field // the path of a file
	asking   bool         // for that path
	dice     int          // chooses among the partitions where any will do
	preview  preview
	write    page.Write[sent]
	sent     sent
	w, h     int
}

var (
	_ page.Page   = (*Page)(nil)
	_ page.Typist = (*Page)(nil)
	_ page.Keyed  = (*Page)(nil)
	_ page.Picky  = (*Page)(nil)
)

// New returns the screen for a record to a topic, or the draft of one.
func New(env page.Env, topic string) *Page {
	return open(env, "produce to "+topic, func() *form { return newForm(topic, newTransaction()) })
}

// Again returns the screen for a record that was read, its value as it is shown in
// a form, or the draft of that.
func Again(env page.Env, rec *kgo.Record, value serde.Form) *Page {
	name := fmt.Sprintf("send %s/%d @%d again", rec.Topic, rec.Partition, rec.Offset)
	return open(env, name, func() *form { return formAgain(env.Client.Serde(), rec, value, newTransaction()) })
}

func open(env page.Env, name string, blank func() *form) *Page {
	if draft, ok := env.Drafts[name].(*Page); ok {
		if draft.Step() == draft.checking && !draft.write.Busy() {
			draft.To(draft.writing)
		}
		return draft
	}
	p := &Page{env: env, name: name, blank: blank, focus: valueField, dice: rand.IntN(1 << 20), file: widget.NewField("")}
	p.writing, p.checking, p.stored = &writing{p}, newChecking(p), newStored(p)
	p.Steps = page.NewSteps(env, p.writing, p.checking, p.stored)
	p.Bare = true
	p.begin()
	return p
}

// newTransaction is a transactional.id that nobody else uses.
func newTransaction() string { return fmt.Sprintf("kdeck-%08x", rand.Uint32()) }

// begin empties the form.
func (p *Page) begin() {
	p.form, p.touched, p.wanted = p.blank(), false, false
	p.encoders, p.poll = [2]encoder{}, &page.Poll[topics.Destination]{Every: lookEvery}
	delete(p.env.Drafts, p.name)
	p.refocus()
}

// touch notes that something has been typed or chosen.
func (p *Page) touch() {
	p.touched = true
	if p.env.Drafts != nil {
		p.env.Drafts[p.name] = p
	}
}

// Title is the page's part of the breadcrumb.
func (p *Page) Title() string { return p.name }

// FieldScope is that of the form, or of the path of a file.
func (p *Page) FieldScope() keymap.Scope {
	if p.asking {
		return keymap.Input
	}
	return keymap.Produce
}

// Refuses says why an action cannot be done now.
func (p *Page) Refuses(a keymap.Action) string {
	switch {
	case p.write.Busy() && (a == keymap.Send || a == keymap.Quit):
		return "the record is being sent; wait for the answer"
	case a == keymap.FieldAsWas && p.form.again == nil:
		return "this is a new record"
	}
	return p.Steps.Refuses(a)
}

// Start looks at the topic. A record that is being sent goes on without the page,
// which learns of the end when it comes back.
func (p *Page) Start(ctx context.Context) tea.Cmd {
	p.ctx = ctx
	for i := range p.encoders {
		p.encoders[i].busy = false // what was under way has gone with the last life
	}
	cmds := []tea.Cmd{p.look(), p.encode(), p.write.Await()}
	if p.touched && p.Step() == p.writing {
		cmds = append(cmds, page.Say(page.Info, "what was typed before is here again; "+p.label(keymap.StartAnew)+" begins anew"))
	}
	p.Layout()
	return tea.Batch(cmds...)
}

// label is how the key of an action is shown.
func (p *Page) label(a keymap.Action) string { return p.env.Keys.Of(a).Label() }

// look asks for the topic that the record goes to.
func (p *Page) look() tea.Cmd {
	client, topic := p.env.Client, p.form.topicName()
	if p.poll.Value.Topic != topic {
		p.poll = &page.Poll[topics.Destination]{Every: lookEvery}
	}
	if topic == "" {
		return nil
	}
	p.poll.Fetch = func(ctx context.Context) (topics.Destination, error) { return client.Topics.Destination(ctx, topic) }
	return p.poll.Start(p.ctx)
}

// lookAt says that the name of the topic has been left alone for a moment.
type lookAt struct{ typed int }

// topicTyped waits for the end of the name of the topic.
func (p *Page) topicTyped() tea.Cmd {
	const pause = 250 * time.Millisecond
	p.typed++
	p.poll = &page.Poll[topics.Destination]{Every: lookEvery}
	now := p.typed
	return tea.Tick(pause, func(time.Time) tea.Msg { return lookAt{now} })
}

// destination is what is known of the topic that the record goes to.
func (p *Page) destination() (d topics.Destination, known bool) {
	return p.poll.Value, p.poll.Loaded()
}

// Update takes answers, and hands keys and the mouse to the step.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	defer p.Layout()
	switch msg := msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg, page.Click, page.Wheel:
		return p.Steps.Update(msg)
	case encoded:
		return p.encodedNow(msg)
	case lookAt:
		if msg.typed == p.typed {
			return p.look()
		}
	case takenIn:
		return tea.Batch(p.takeIn(msg), p.encode())
	case *page.Written[sent]:
		p.over(msg)
	default:
		arrived, cmd := p.poll.Update(msg)
		if arrived && p.wanted {
			cmd = tea.Batch(cmd, p.showPreview())
		}
		return cmd
	}
	return nil
}

// encodedNow takes the answer of an encoding; where more was typed meanwhile, the
// next begins.
func (p *Page) encodedNow(e encoded) tea.Cmd {
	p.encoders[e.side] = encoder{last: e}
	cmd := p.encode()
	if p.wanted {
		cmd = tea.Batch(cmd, p.showPreview())
	}
	return cmd
}

// close leaves the form; what is in it stays as a draft.
func (p *Page) close() tea.Cmd {
	if !p.touched {
		return page.Ask(page.Back{})
	}
	return tea.Batch(page.Ask(page.Back{}), page.Say(page.Info, "what was typed is kept as a draft: it is there again the next time"))
}
