// Package tail has the screens that read messages: the live tail of a topic, and
// one record whole.
package tail

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// firstLook is how many of the newest records a tail begins with, so that a
// quiet topic has something to show.
const firstLook = 100

// Page is the tail of a topic: the newest records at the bottom.
type Page struct {
	env        page.Env
	topic      string
	partitions []int32
	scope      scope
	mistake    error // in the arguments

	feed   *records.Feed
	status records.FeedStatus
	log    *widget.Log[records.Held]
	rows   string // as drawn: most of what there is to draw, and seldom new
	filter filter
	cells  *cells
	asking bool    // a registry, for schemas
	search *search // what is looked for in the whole range, while that shows
	before *search // the search before, which can be gone on with
	goal   *place  // the record to go to, once it has been read
	marks  marks
	box    box             // a choice that stands over the records, or nil
	opened *feedFinder     // the record screen over this one, which may have moved on
	life   context.Context // ends when the page is closed
	ctx    context.Context // ends when it is covered
	reads  context.Context // of the feed's run
	end    context.CancelFunc
	w, h   int
}

// New returns the tail of a topic. args are the topic, partitions as in "0,3-5" or
// "-" for all, and a place as records.ParseStart reads it; either may be left out. It
// begins with the last 100 records unless told otherwise.
func New(env page.Env, args []string) *Page {
	p := &Page{env: env, topic: args[0], filter: newFilter(), cells: newCells(env.Client.Serde()), marks: make(marks)}
	p.partitions, p.scope.from, p.mistake = parseArgs(args[1:], time.Now())
	p.scope.chosen = len(args) > 2
	p.log = widget.NewLog(env.Theme, widget.Source[records.Held](p.newFeed()), columns(env.Theme, &p.filter, p.cells, p.marks)...)
	return p
}

func parseArgs(args []string, now time.Time) (partitions []int32, from records.Start, err error) {
	from = records.Start{Kind: records.LastN, N: firstLook}
	if len(args) == 0 {
		return nil, from, nil
	}
	if some, err := reset.ParsePartitions(args[0]); err == nil {
		partitions, args = some, args[1:]
	} else if args[0] == "-" {
		args = args[1:]
	} else if len(args) == 2 {
		return nil, from, fmt.Errorf("%q is not a partition: want numbers as in 0,3-5, or - for all", args[0])
	}
	if len(args) == 1 {
		from, err = records.ParseStart(args[0], now)
	}
	return partitions, from, err
}

// Title names the topic, and its partitions when they were chosen.
func (p *Page) Title() string {
	if len(p.partitions) == 0 {
		return "tail " + p.topic
	}
	names := make([]string, len(p.partitions))
	for i, n := range p.partitions {
		names[i] = strconv.Itoa(int(n))
	}
	return fmt.Sprintf("tail %s/%s", p.topic, text.Cut(strings.Join(names, ","), 20))
}

// Scope is that of the tail.
func (p *Page) Scope() keymap.Scope { return keymap.Tail }

// Typing reports whether the filter or a choice has the keyboard.
func (p *Page) Typing() bool { return p.filter.typing || p.box != nil }

// Freshness tells when the cluster last answered.
func (p *Page) Freshness() (time.Time, error) { return p.status.At, p.status.Problem }

// Refuses tells which actions have no meaning: a tail has two orders only.
func (p *Page) Refuses(a keymap.Action) string {
	switch a {
	case keymap.Sort, keymap.Reverse:
		return p.env.Keys.Of(keymap.Order).Label() + " turns between the order of arrival and that of timestamps"
	case keymap.Redrives:
		return p.refusesRedrive()
	}
	return ""
}

// Opened keeps what a search runs by while the page is covered.
func (p *Page) Opened(ctx context.Context) { p.life = ctx }

// Start reads, or goes on where it stopped.
func (p *Page) Start(ctx context.Context) tea.Cmd {
	p.ctx, p.asking = ctx, false
	p.cells.forget() // another screen may have chosen another form
	if p.opened != nil {
		p.reveal(p.opened.number.Load())
		p.opened = nil
	}
	switch {
	case p.mistake != nil:
		return nil
	case p.search != nil && p.reads.Err() == nil: // it has gone on
		return wait(ctx, p.feed)
	}
	return p.run()
}

// Do carries out an action.
func (p *Page) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Up:
		if p.log.AtFirst() {
			cmd = p.older()
		}
		p.log.Move(-1)
	case keymap.Down:
		p.log.Move(1)
	case keymap.PageUp:
		if p.log.AtFirst() {
			cmd = p.older()
		}
		p.log.Page(-1)
	case keymap.PageDown:
		p.log.Page(1)
	case keymap.First:
		if p.log.AtFirst() {
			cmd = p.older()
		}
		p.log.First()
	case keymap.Last:
		p.feed.Pause(false)
		p.log.Last()
	case keymap.Pause:
		if p.search != nil {
			p.search.pause(p.status)
		} else {
			p.feed.Pause(!p.status.Paused)
		}
	case keymap.Filter:
		cmd = tea.Batch(p.leaveSearch(), p.filter.open())
		p.layout()
	case keymap.Seek:
		p.box = newSeek(p.env, "read from", starts(), p.scope.from, p.readFrom)
	case keymap.Decode:
		if held, ok := p.log.Selected(); ok {
			p.box = openChooser(p.env, held.Record)
		}
	case keymap.Until:
		p.box = newSeek(p.env, "read until", stops(), p.scope.stop(), p.readUntil)
	case keymap.Isolation:
		p.scope.committed = !p.scope.committed
		cmd = p.again()
	case keymap.Order:
		cmd = p.reorder()
	case keymap.Mark:
		if held, ok := p.log.Selected(); ok {
			p.marks.toggle(held)
			p.log.Move(1)
		}
	case keymap.Context:
		cmd = p.around()
	case keymap.Export:
		p.box = newExport(p.env, p.topic, len(p.marks), p.wanted)
	case keymap.Redrives:
		cmd = p.redrive()
	case keymap.Edit:
		if held, ok := p.log.Selected(); ok {
			cmd = editRecord(p.env.Client.Serde(), held.Record)
		}
	case keymap.CopyKey, keymap.CopyRecord:
		if held, ok := p.log.Selected(); ok {
			cmd = copyPart(p.env.Client.Serde(), held.Record, a)
		}
	case keymap.Produces:
		cmd = page.Open("produce", p.topic)
	case keymap.SendAgain:
		if held, ok := p.log.Selected(); ok {
			cmd = sendAgain(p.env, held.Record, serde.Auto)
		}
	case keymap.Open:
		cmd = p.open()
	case keymap.Copy:
		cmd = p.copy()
	case keymap.Back:
		if p.filter.text == "" {
			return false, nil
		}
		cmd = p.leaveSearch()
		p.setFilter("")
	default:
		return false, nil
	}
	p.sync()
	return true, tea.Batch(cmd, p.ask())
}

// open shows the record under the cursor, and stays there.
func (p *Page) open() tea.Cmd {
	held, ok := p.log.Selected()
	if !ok {
		return nil
	}
	p.log.Hold()
	p.opened = newFeedFinder(p.feed, held.Number, p.search != nil)
	return page.Ask(page.Show{Page: newHeldRecord(p.env, held.Record, p.opened)})
}

// reveal moves the cursor to a record, and stays there.
func (p *Page) reveal(number int64) {
	p.log.Sync() // the record may have come just now
	p.log.MoveTo(p.feed.Row(number))
	p.log.Hold()
}

func (p *Page) copy() tea.Cmd {
	held, ok := p.log.Selected()
	if !ok {
		return nil
	}
	return copyValue(p.env.Client.Serde().Decode(held.Record, serde.Value))
}

// Update takes what the feed tells, the mouse, and keys while a field is open.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case changed:
		if msg.feed != p.feed || p.ctx.Err() != nil {
			return nil
		}
		cmd = wait(p.ctx, p.feed)
		p.arrive()
	case older:
		cmd = p.showOlder(msg)
	case surrounded:
		cmd = p.showAround(msg)
	case page.Click:
		if p.box == nil && p.log.Click(msg.Y-p.headLines()) {
			cmd = p.open()
		}
	case page.Wheel:
		p.log.Move(msg.Rows)
	case schemasRead:
		p.asking = false
	case decodedAs:
		p.cells.forget()
		cmd = msg.notice()
	default:
		cmd = p.typed(msg)
	}
	p.sync()
	return tea.Batch(cmd, p.ask())
}

// typed gives a key press or a paste to the field that is open.
func (p *Page) typed(msg tea.Msg) tea.Cmd {
	switch {
	case p.box != nil:
		open, cmd := give(p.box, msg)
		p.box = open
		return cmd
	case !p.filter.typing:
		return nil
	}
	before := p.filter.wanted
	move, accepted, cmd := p.filter.update(p.env, msg)
	p.log.Move(move)
	if p.filter.wanted.String() != before.String() {
		p.setFilter(p.filter.text)
	}
	if accepted {
		cmd = p.find()
	}
	p.layout()
	return cmd
}

func (p *Page) setFilter(s string) {
	held, ok := p.log.Selected()
	following := p.log.Following()
	p.filter.set(s)
	p.feed.SetFilter(p.filter.wanted)
	p.log.SetHighlight(p.filter.wanted.Mark())
	p.layout()
	p.log.Sync()
	if ok && !following {
		p.reveal(held.Number)
	}
}

// Resize sets the size that View fills.
func (p *Page) Resize(w, h int) {
	p.w, p.h = w, h
	p.layout()
}
