// Package configs shows the configuration of a topic or a broker: what was set
// comes first and stands out, what is left at its default is dim, and the
// cluster's own explanation of the entry under the cursor stands below.
package configs

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// refreshEvery is the time between two readings: configuration changes seldom,
// and an answer with its documentation takes some 20 kB.
const refreshEvery = 30 * time.Second

// docLines is how many lines the explanation gets, besides the rule above it.
const docLines = 3

// Page is the configuration of one thing. It is a page of its own or a tab of
// another.
type Page struct {
	env   page.Env
	scope keymap.Scope
	poll  page.Poll[kafka.Snapshot[configs.Entry]]
	list  *page.List[configs.Entry]
	w, h  int
}

// New returns the configuration that fetch reads. Its keys are those of scope.
func New(env page.Env, scope keymap.Scope, fetch func(context.Context) (kafka.Snapshot[configs.Entry], error)) *Page {
	p := &Page{env: env, scope: scope}
	p.poll.Fetch, p.poll.Every = fetch, refreshEvery
	table := widget.NewTable(env.Theme, func(e configs.Entry) string { return e.Name }, columns(env.Theme)...)
	table.SortBy(sourceColumn, false)
	p.list = page.NewList(env, table, func(e configs.Entry) string { return e.Name + "=" + e.Value })
	return p
}

// sourceColumn sorts at first: what was set comes before what was not.
const sourceColumn = 2

func columns(th *theme.Theme) []widget.Column[configs.Entry] {
	style := func(e configs.Entry) lipgloss.Style {
		if e.Source == configs.FromDefault {
			return th.Dim
		}
		return th.Strong
	}
	return []widget.Column[configs.Entry]{
		{Title: "name", Min: 30, Flex: 3, Cell: func(e configs.Entry) string { return e.Name }, Style: style,
			Cmp: func(a, b configs.Entry) int { return strings.Compare(a.Name, b.Name) }},
		{Title: "value", Min: 24, Flex: 4, Cell: value, Style: style,
			Cmp: func(a, b configs.Entry) int { return strings.Compare(a.Value, b.Value) }},
		{Title: "source", Min: 14, Cell: func(e configs.Entry) string { return string(e.Source) }, Style: style,
			Cmp: func(a, b configs.Entry) int { return cmp.Compare(precedence(a.Source), precedence(b.Source)) }},
		{Title: "default", Min: 10, Flex: 2, Drop: 1, Cell: fallback,
			Style: func(configs.Entry) lipgloss.Style { return th.Dim }},
	}
}

// precedence ranks sources: the one that wins over all others is 0.
func precedence(s configs.Source) int {
	return slices.Index([]configs.Source{
		configs.FromTopic, configs.FromGroup, configs.FromBroker, configs.FromBrokerDefault,
		configs.FromBrokerFile, configs.FromOther, configs.FromDefault,
	}, s)
}

func value(e configs.Entry) string {
	if e.Sensitive {
		return "(sensitive)"
	}
	return readable(e.Name, e.Value)
}

// fallback is what would hold if the entry were not set; empty where it is not.
func fallback(e configs.Entry) string {
	switch {
	case e.Source == configs.FromDefault:
		return ""
	case e.Default == "":
		return text.Unknown
	}
	return readable(e.Name, e.Default)
}

// readable adds to a large number what people call it, by the unit in the
// entry's name: 604800000 of retention.ms is 7d.
func readable(name, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 1000 || n == 1<<63-1 {
		return value
	}
	switch {
	case strings.HasSuffix(name, ".ms") && n < int64(1<<63-1)/int64(time.Millisecond):
		return value + " = " + text.Duration(time.Duration(n)*time.Millisecond)
	case strings.HasSuffix(name, ".bytes"):
		return value + " = " + text.Bytes(n)
	}
	return value
}

// Title is the tab's title.
func (p *Page) Title() string { return "Configuration" }

// Scope says which key bindings hold.
func (p *Page) Scope() keymap.Scope { return p.scope }

// Start reads the configuration and goes on doing so until ctx ends.
func (p *Page) Start(ctx context.Context) tea.Cmd { return p.poll.Start(ctx) }

// Freshness tells when the configuration was read, and why it could not be.
func (p *Page) Freshness() (time.Time, error) { return p.poll.Freshness() }

// Typing reports whether the filter is being typed.
func (p *Page) Typing() bool { return p.list.Typing() }

// Do carries out an action of the table.
func (p *Page) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	if a == keymap.Refresh {
		return true, p.poll.Refresh()
	}
	return p.list.Do(a)
}

// Update takes in answers, the mouse, and keys for the filter.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	arrived, cmd := p.poll.Update(msg)
	if arrived {
		p.list.SetItems(p.poll.Value.Items)
	}
	_, own := p.list.Update(msg)
	return tea.Batch(cmd, own)
}

// Resize sets the size that View fills.
func (p *Page) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, h-p.docHeight())
}

// docHeight is the room for the explanation: none on a low screen.
func (p *Page) docHeight() int {
	if p.h < 4*docLines {
		return 0
	}
	return docLines + 1
}

// View draws the entries and the explanation of the one under the cursor.
func (p *Page) View() string {
	if !p.poll.Loaded() {
		return widget.Center(p.waiting(), p.w, p.h)
	}
	lines := p.list.View("the cluster names no configuration entries")
	if p.docHeight() == 0 {
		return lines
	}
	rule := p.env.Theme.Border.Render(strings.Repeat("─", p.w))
	return lines + "\n" + rule + "\n" + widget.Fill(p.doc(), p.w, docLines)
}

func (p *Page) waiting() string {
	if p.poll.Err != nil {
		return p.env.Theme.Bad.Render(text.Clean(p.poll.Err.Error()))
	}
	return p.env.Theme.Dim.Render("loading the configuration …")
}

// markup is the HTML in Apache Kafka's explanations.
var markup = regexp.MustCompile(`</?[a-z]+[^<>]*>`)

// doc explains the entry under the cursor.
func (p *Page) doc() string {
	e, ok := p.list.Selected()
	if !ok {
		return ""
	}
	th := p.env.Theme
	doc := strings.Join(strings.Fields(markup.ReplaceAllString(e.Doc, " ")), " ")
	if doc == "" {
		doc = "The cluster gives no explanation of " + e.Name + "."
	}
	if e.ReadOnly {
		doc = "Cannot be changed while the broker runs. " + doc
	}
	if without := fallback(e); without != "" {
		doc = "Without it: " + without + ". " + doc
	}
	wrapped := ansi.Wrap(text.Clean(doc), max(1, p.w-2), "")
	shown := strings.Split(wrapped, "\n")
	if len(shown) > docLines {
		shown = shown[:docLines]
		shown[docLines-1] = text.Cut(shown[docLines-1], p.w-4) + " …"
	}
	return " " + th.Dim.Render(strings.Join(shown, "\n "))
}
