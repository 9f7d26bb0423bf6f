package tail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/unpack"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/view/produce"
	"github.com/kdeck/kdeck/tui/widget"
)

// fetchTime bounds how long one record may take: finding it takes a few
// requests, and a broker that does not answer is to be told while the user is
// still looking.
const fetchTime = 15 * time.Second

// RecordPage shows one record whole.
type RecordPage struct {
	env    page.Env
	title  string
	finder finder
	ctx    context.Context

	rec     *kgo.Record
	at      time.Time // when it was read
	problem error
	busy    bool
	queued  int // steps asked for while busy, forward or back
	form    serde.Form
	value   serde.Decoded // in that form
	asking  bool          // a registry, for a schema
	box     box           // a choice that stands over the record, or nil
	doc     document
	top     int
	cursor  int          // in a value of JSON, which can be folded
	placed  bool         // the cursor has been put on the value
	folded  map[int]bool // of it, by the lines that open it
	w, h    int
}

// found is the answer to a question for a record.
type found struct {
	rec *kgo.Record
	err error
}

// NewRecord returns the screen of the record at or after an offset, read from
// the cluster. args are topic, partition and offset.
func NewRecord(env page.Env, args []string) *RecordPage {
	p := &RecordPage{env: env, title: "record", form: serde.Auto}
	partition, err := strconv.ParseInt(args[1], 10, 32)
	if err != nil || partition < 0 {
		p.problem = fmt.Errorf("%q is not a partition: want a number", args[1])
		return p
	}
	offset, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil || offset < 0 {
		p.problem = fmt.Errorf("%q is not an offset: want a number", args[2])
		return p
	}
	p.finder = &clusterFinder{client: env.Client, topic: args[0], partition: int32(partition), offset: offset}
	return p
}

// newHeldRecord returns the screen of a record that a tail holds.
func newHeldRecord(env page.Env, rec *kgo.Record, neighbours *feedFinder) *RecordPage {
	p := &RecordPage{env: env, form: serde.Auto, finder: neighbours, at: time.Now()}
	p.show(rec)
	return p
}

// Title is the record's place.
func (p *RecordPage) Title() string { return p.title }

// Scope is that of a record.
func (p *RecordPage) Scope() keymap.Scope { return keymap.Record }

// Freshness tells when the record was read.
func (p *RecordPage) Freshness() (time.Time, error) {
	if p.rec != nil {
		return time.Now(), nil // a record never changes
	}
	return p.at, p.problem
}

// Typing reports whether the choice of a form has the keyboard.
func (p *RecordPage) Typing() bool { return p.box != nil }

// Start reads the record, if that has not been done, and its schema.
func (p *RecordPage) Start(ctx context.Context) tea.Cmd {
	p.ctx, p.busy, p.queued, p.asking = ctx, false, 0, false
	if p.rec != nil {
		return p.ask()
	}
	return p.find(0)
}

func (p *RecordPage) find(by int) tea.Cmd {
	if p.finder == nil {
		return nil
	}
	if p.busy {
		p.queued += by
		return nil
	}
	p.busy = true
	parent, finder := p.ctx, p.finder
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, fetchTime)
		defer cancel()
		rec, err := finder.find(ctx, by)
		return found{rec, err}
	}
}

// openBytes is what a batch may take that is opened on purpose, once it is
// decompressed.
const openBytes = 256 << 20

// readLarge reads a record of a batch that was too large to be read in passing.
func (p *RecordPage) readLarge() tea.Cmd {
	if p.busy {
		return nil
	}
	p.busy = true
	parent, client, rec := p.ctx, p.env.Client, p.rec
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, fetchTime)
		defer cancel()
		read, err := records.AtWithin(ctx, client.Conn, rec.Topic, rec.Partition, rec.Offset, openBytes)
		return found{read, err}
	}
}

// Do carries out an action.
func (p *RecordPage) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Up:
		p.move(-1)
	case keymap.Down:
		p.move(1)
	case keymap.PageUp:
		p.page(1 - p.h)
	case keymap.PageDown:
		p.page(p.h - 1)
	case keymap.First:
		p.move(-p.doc.lines())
	case keymap.Last:
		p.move(p.doc.lines())
	case keymap.Fold:
		return true, p.fold()
	case keymap.FoldAll:
		return true, p.foldAll(true)
	case keymap.UnfoldAll:
		return true, p.foldAll(false)
	case keymap.NextTab:
		if p.rec != nil && unpack.Of(p.rec) != nil {
			return true, p.readLarge()
		}
		p.nextForm()
		return true, p.ask()
	case keymap.Decode:
		if p.rec != nil {
			p.box = openChooser(p.env, p.rec)
		}
	case keymap.NextRecord:
		return true, p.find(1)
	case keymap.PrevRecord:
		return true, p.find(-1)
	case keymap.Refresh:
		if p.rec == nil {
			return true, p.find(0)
		}
		p.format() // a registry may answer now
		return true, p.ask()
	case keymap.Copy:
		if p.rec != nil {
			return true, copyValue(p.value)
		}
	case keymap.CopyKey, keymap.CopyRecord:
		if p.rec != nil {
			return true, copyPart(p.env.Client.Serde(), p.rec, a)
		}
	case keymap.Edit:
		if p.rec != nil {
			return true, editRecord(p.env.Client.Serde(), p.rec)
		}
	case keymap.SendAgain:
		if p.rec != nil {
			return true, sendAgain(p.env, p.rec, p.form)
		}
	default:
		return false, nil
	}
	return true, nil
}

// Update takes the record, and the mouse wheel.
func (p *RecordPage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case page.Wheel:
		p.scroll(msg.Rows)
		p.follow()
	case page.Click:
		return p.click(msg.Y)
	case schemasRead:
		p.asking = false
		p.format()
		return p.ask()
	case decodedAs:
		p.form = serde.Auto
		p.formatAnew()
		return tea.Batch(msg.notice(), p.ask())
	case tea.KeyPressMsg:
		if p.box != nil {
			open, cmd := give(p.box, msg)
			p.box = open
			return cmd
		}
	case found:
		p.busy = false
		if msg.err == nil {
			p.at, p.problem = time.Now(), nil
			p.show(msg.rec)
			return tea.Batch(p.step(), p.ask())
		}
		p.queued = 0
		if p.rec != nil {
			return page.Say(page.Failure, msg.err.Error())
		}
		p.problem = msg.err
	}
	return nil
}

// step takes the next of the steps that were asked for meanwhile.
func (p *RecordPage) step() tea.Cmd {
	if p.queued == 0 {
		return nil
	}
	by := cmp.Compare(p.queued, 0)
	p.queued -= by
	return p.find(by)
}

func (p *RecordPage) show(rec *kgo.Record) {
	p.rec, p.top = rec, 0
	p.title = fmt.Sprintf("%s/%d @%d", rec.Topic, rec.Partition, rec.Offset)
	p.formatAnew()
}

// format writes the record anew, for another form or width.
func (p *RecordPage) format() {
	if p.rec != nil {
		s := p.env.Client.Serde()
		p.value = s.DecodeAs(p.rec, serde.Value, p.form)
		p.doc = newDocument(p.env.Theme, s, p.rec, p.value, p.form, p.w)
		p.doc.fold(p.folded)
	}
	p.scroll(0)
	p.place()
}

// formatAnew is format for another value, or another form of it.
func (p *RecordPage) formatAnew() {
	p.folded, p.placed = nil, false
	p.format()
}

// ask reads the schemas that the record wants.
func (p *RecordPage) ask() tea.Cmd {
	s := p.env.Client.Serde()
	if p.asking || p.ctx == nil || !s.Wanting() {
		return nil
	}
	p.asking = true
	return lookup(p.ctx, s)
}

// nextForm shows the value in the next form that it can be read in.
func (p *RecordPage) nextForm() {
	if p.rec == nil {
		return
	}
	forms := append([]serde.Form{serde.Auto}, p.env.Client.Serde().Forms(p.rec, serde.Value)...)
	p.form = forms[(slices.Index(forms, p.form)+1)%len(forms)]
	p.formatAnew()
	p.seeValue()
}

// seeValue scrolls to the value where it does not show, since another form of it
// was asked for.
func (p *RecordPage) seeValue() {
	if p.rec != nil && p.doc.value >= p.top+p.h-1 {
		p.scroll(p.doc.value - p.top)
		p.placed = false
		p.place()
	}
}

// Resize sets the size that View fills.
func (p *RecordPage) Resize(w, h int) {
	p.w, p.h = w, h
	p.format()
}

// View draws the lines on the screen; the others are not even made.
func (p *RecordPage) View() string {
	switch {
	case p.rec != nil:
		return over(p.doc.view(p.top, p.h, p.marked()), p.box, p.w, p.h)
	case p.problem != nil:
		retry := p.env.Keys.Of(keymap.Refresh).Label()
		return widget.Center(p.env.Theme.Dim.Render(text.Clean(p.problem.Error())+"\n"+retry+" tries again"), p.w, p.h)
	}
	return page.Waiting(p.env, "the record", nil, p.w, p.h)
}

// sendAgain opens the screen that sends a record again.
func sendAgain(env page.Env, rec *kgo.Record, form serde.Form) tea.Cmd {
	if large := unpack.Of(rec); large != nil {
		return page.Say(page.Failure, large.Error())
	}
	return page.Ask(page.Show{Page: produce.Again(env, rec, form)})
}

// copyValue puts a whole value on the clipboard: what was decoded, or the bytes as
// they are where they are text or cannot be decoded.
func copyValue(d serde.Decoded) tea.Cmd {
	var large *unpack.Oversize
	if errors.As(d.Err, &large) {
		return page.Say(page.Failure, large.Error())
	}
	data := d.Bytes()
	if d.JSON {
		data = d.Text
	}
	if len(data) > maxCopy {
		return page.Say(page.Failure, fmt.Sprintf("the value has %s: %v", text.Bytes(int64(len(data))), errTooLarge))
	}
	return page.Ask(page.Copy{Text: string(data), What: "the value: " + oneLine(data)})
}
