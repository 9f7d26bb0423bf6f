package topics

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	configview "github.com/kdeck/kdeck/tui/view/configs"
	"github.com/kdeck/kdeck/tui/widget"
)

// Detail is the screen of one topic: a line of sums, and tabs, which are pages
// of their own. The sums and the partitions are always fresh; every other tab
// asks its own question, and only while it is shown.
type Detail struct {
	env   page.Env
	topic string
	poll  page.Poll[topics.Detail]
	tabs  []page.Page
	tab   int
	w, h  int

	ctx     context.Context
	leave   context.CancelFunc // ends what the shown tab has under way
	parts   *partitions
	content *messages
}

var _ page.Page = (*Detail)(nil)
var _ page.Live = (*Detail)(nil)
var _ page.Typist = (*Detail)(nil)
var _ page.Picky = (*Detail)(nil)

// headLines stand above the tab: the sums and the titles of the tabs.
const headLines = 2

// NewDetail returns the screen of a topic, by its name.
func NewDetail(env page.Env, topic string) *Detail {
	d := &Detail{
		env: env, topic: topic,
		parts:   newPartitions(env, topic),
		content: &messages{env: env, topic: topic},
		leave:   func() {},
	}
	d.poll.Fetch = func(ctx context.Context) (topics.Detail, error) { return env.Client.Topics.Detail(ctx, topic) }
	d.tabs = []page.Page{
		d.parts,
		newGroups(env, topic),
		configview.New(env, keymap.Topic, func(ctx context.Context) (kafka.Snapshot[configs.Entry], error) {
			return env.Client.Topics.Configs(ctx, topic)
		}),
		d.content,
	}
	return d
}

// Title is the page's part of the breadcrumb.
func (d *Detail) Title() string { return d.topic }

// Scope says which key bindings hold.
func (d *Detail) Scope() keymap.Scope { return keymap.Topic }

// Start asks for the topic and for what the shown tab needs.
func (d *Detail) Start(ctx context.Context) tea.Cmd {
	d.ctx = ctx
	return tea.Batch(d.poll.Start(ctx), d.turnTo(d.tab))
}

// turnTo shows a tab and ends what the last one had under way.
func (d *Detail) turnTo(tab int) tea.Cmd {
	d.leave()
	ctx, cancel := context.WithCancel(d.ctx)
	d.tab, d.leave = tab, cancel
	d.resizeTab()
	return d.tabs[tab].Start(ctx)
}

// Freshness is that of the sums or of the shown tab, whichever is older, with
// what is wrong with either.
func (d *Detail) Freshness() (time.Time, error) {
	at, problem := d.poll.Freshness(d.poll.Value.Partial, d.poll.Value.SizesErr, d.poll.Value.MinISRErr)
	if live, ok := d.tabs[d.tab].(page.Live); ok {
		tabAt, tabProblem := live.Freshness()
		at, problem = page.Older(at, tabAt), page.Worst(problem, tabProblem)
	}
	return at, problem
}

// Typing reports whether the shown tab's filter is being typed.
func (d *Detail) Typing() bool {
	typist, ok := d.tabs[d.tab].(page.Typist)
	return ok && typist.Typing()
}

// Refuses says what cannot be done on the shown tab.
func (d *Detail) Refuses(a keymap.Action) string {
	if _, ok := d.tabs[d.tab].(*configview.Page); ok && a == keymap.Open {
		return "there is nothing more to a configuration entry"
	}
	if d.tabs[d.tab] == page.Page(d.content) && slices.Contains([]keymap.Action{keymap.Filter, keymap.Sort}, a) {
		return "there is no table here"
	}
	return ""
}

// Do carries out an action: the page turns tabs and tails, and the shown tab does
// the rest.
func (d *Detail) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.NextTab:
		return true, d.turnTo((d.tab + 1) % len(d.tabs))
	case keymap.PrevTab:
		return true, d.turnTo((d.tab + len(d.tabs) - 1) % len(d.tabs))
	case keymap.Refresh:
		_, own := d.tabs[d.tab].Do(a)
		return true, tea.Batch(d.poll.Refresh(), own)
	}
	if handled, cmd := d.tabs[d.tab].Do(a); handled {
		return true, cmd
	}
	switch a {
	case keymap.TailTopic:
		return true, page.Open("tail", d.topic)
	case keymap.Produces:
		return true, page.Open("produce", d.topic)
	}
	return false, nil
}

// Update takes in answers about the topic, and hands everything else to the
// shown tab. What another tab had under way is dropped with it.
func (d *Detail) Update(msg tea.Msg) tea.Cmd {
	if click, ok := msg.(page.Click); ok {
		return d.click(click)
	}
	before := d.poll.Value.ID
	arrived, cmd := d.poll.Update(msg)
	if arrived && d.poll.Err == nil {
		if now := d.poll.Value.ID; before != now && before != [16]byte{} {
			cmd = tea.Batch(cmd, page.Say(page.Info, "topic "+d.topic+" was deleted and created again"))
		}
		d.parts.show(d.poll.Value)
		d.content.show(d.poll.Value)
	}
	return tea.Batch(cmd, d.tabs[d.tab].Update(msg))
}

func (d *Detail) click(msg page.Click) tea.Cmd {
	switch {
	case msg.Y >= headLines:
		msg.Y -= headLines
		return d.tabs[d.tab].Update(msg)
	case msg.Y == headLines-1:
		if tab := widget.TabAt(d.titles(), msg.X-1); tab >= 0 && tab != d.tab {
			return d.turnTo(tab)
		}
	}
	return nil
}

func (d *Detail) titles() []string {
	titles := make([]string, len(d.tabs))
	for i, t := range d.tabs {
		titles[i] = t.Title()
	}
	return titles
}

// Resize sets the size that View fills.
func (d *Detail) Resize(w, h int) {
	d.w, d.h = w, h
	d.resizeTab()
}

func (d *Detail) resizeTab() { d.tabs[d.tab].Resize(d.w, max(0, d.h-headLines)) }

// View draws the sums, the titles of the tabs, and the shown tab.
func (d *Detail) View() string {
	if !d.poll.Loaded() {
		return waiting(d.env, "loading topic "+text.Clean(d.topic)+" …", d.poll.Err, d.w, d.h)
	}
	tabs := " " + widget.Tabs(d.env.Theme, d.titles(), d.tab)
	return strings.Join([]string{text.Cut(" "+d.head(), d.w), text.Cut(tabs, d.w), d.tabs[d.tab].View()}, "\n")
}

// head is the line of sums, or that the topic has gone.
func (d *Detail) head() string {
	th := d.env.Theme
	var gone *topics.UnknownTopicError
	if errors.As(d.poll.Err, &gone) {
		return th.Danger.Render("DELETED") + th.Bad.Render(" this topic no longer exists; below is what it was at "+d.poll.At.Format(time.TimeOnly))
	}
	t := d.poll.Value
	parts := append([]string{
		th.Text.Render(count(t.Replication.Partitions, "partition")),
		th.Text.Render("RF " + text.Count(t.ReplicationFactor)),
	}, troubles(th, t.Replication)...)
	parts = append(parts,
		th.Text.Render(count(t.Records, "record")),
		th.Text.Render(text.Rate(t.Rate)+" rec/s"),
		th.Text.Render(d.size()))
	switch {
	case t.MinISR > 0:
		parts = append(parts, th.Dim.Render("min ISR "+text.Count(t.MinISR)))
	case kafka.IsAuthorization(t.MinISRErr):
		parts = append(parts, th.Dim.Render("min ISR needs DescribeConfigs on the topic"))
	}
	line := fitting(parts, th.Dim.Render(" · "), d.w-1)
	if room := d.w - text.Width(line) - 4; room > 0 {
		line += "  " + th.Graph.Render(widget.Sparkline(t.History, min(room, len(t.History))))
	}
	return line
}

// fitting joins as many of the parts as have room, whole: half a number would
// mislead.
func fitting(parts []string, between string, w int) string {
	line := parts[0]
	for _, part := range parts[1:] {
		if text.Width(line)+text.Width(between)+text.Width(part) > w {
			break
		}
		line += between + part
	}
	return line
}

// size is the room that the topic takes, or why that is not known.
func (d *Detail) size() string {
	t := d.poll.Value
	switch {
	case t.Disk >= 0 && t.SizesErr == nil:
		return text.Bytes(t.Disk) + " on disk"
	case t.Disk >= 0:
		return "over " + text.Bytes(t.Disk) + " on disk"
	case kafka.IsAuthorization(t.SizesErr):
		return "size needs Describe on Cluster"
	}
	return "size not known"
}

// waiting stands in the place of what has not been read yet.
func waiting(env page.Env, loading string, err error, w, h int) string {
	th := env.Theme
	if err == nil {
		return widget.Center(th.Dim.Render(loading), w, h)
	}
	next := "kdeck goes on trying; " + env.Keys.Of(keymap.Refresh).Label() + " tries now"
	return widget.Center(th.Bad.Render(text.Clean(err.Error()))+"\n\n"+th.Dim.Render(next), w, h)
}
