// Package brokers has the list of brokers and the screen of one broker.
package brokers

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/overview"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// row is a broker with what the metadata and its log dirs tell of it.
type row struct {
	brokers.Broker
	controller        bool
	leaders, replicas int // -1 until the partitions are read
	preferred         overview.Preferred
	size              int64 // bytes on disk, -1 when not known
}

func (r row) key() string { return strconv.Itoa(int(r.ID)) }

// List is the screen of all brokers.
type List struct {
	env        page.Env
	table      *page.List[row]
	check      *page.Poll[brokers.Check]
	partitions *page.Poll[overview.Overview]
	dirs       *page.Poll[kafka.Snapshot[kafka.LogDir]]
	w, h       int
}

// New returns the list of brokers.
func New(env page.Env) *List {
	c := env.Client
	l := &List{
		env:   env,
		check: &page.Poll[brokers.Check]{Fetch: c.Brokers.Check},
		partitions: &page.Poll[overview.Overview]{Fetch: c.Overview.Read, Pace: func(o overview.Overview, took time.Duration) time.Duration {
			return page.Paced(o.Cost(), took)
		}},
		dirs: &page.Poll[kafka.Snapshot[kafka.LogDir]]{Fetch: c.Brokers.LogDirs, Pace: dirsPace},
	}
	table := widget.NewTable(env.Theme, row.key, columns(env.Theme)...)
	l.table = page.NewList(env, table, row.Address)
	return l
}

// dirsEvery is the least time between two looks at log dirs: sizes change
// slowly, and the answer names every replica.
const dirsEvery = 30 * time.Second

// replicaCost is the processor time that one replica in an answer about log dirs
// takes.
const replicaCost = 3 * time.Microsecond

func dirsPace(dirs kafka.Snapshot[kafka.LogDir], took time.Duration) time.Duration {
	replicas := 0
	for _, d := range dirs.Items {
		replicas += d.Replicas
	}
	return max(dirsEvery, page.Paced(time.Duration(replicas)*replicaCost, took))
}

func columns(th *theme.Theme) []widget.Column[row] {
	dim := func(row) lipgloss.Style { return th.Dim }
	return []widget.Column[row]{
		{Title: "id", Min: 4, Right: true,
			Cell: row.key, Cmp: func(a, b row) int { return cmp.Compare(a.ID, b.ID) }},
		{Title: "state", Min: 9,
			Cell: func(r row) string { return r.State.String() }, Style: func(r row) lipgloss.Style { return stateStyle(th, r.State) },
			Cmp: func(a, b row) int { return cmp.Compare(a.State, b.State) }, Descending: true},
		{Title: "address", Min: 15, Flex: 2,
			Cell: row.address, Cmp: func(a, b row) int { return strings.Compare(a.Address(), b.Address()) }},
		{Title: "rack", Min: 6, Flex: 1, Drop: 5,
			Cell: func(r row) string { return r.Rack }, Style: dim,
			Cmp: func(a, b row) int { return strings.Compare(a.Rack, b.Rack) }},
		{Title: "role", Min: 10, Drop: 4,
			Cell: row.role, Style: func(row) lipgloss.Style { return th.Link }},
		{Title: "leaders", Right: true, Descending: true,
			Cell: func(r row) string { return text.Count(r.leaders) },
			Cmp:  func(a, b row) int { return cmp.Compare(a.leaders, b.leaders) }},
		{Title: "preferred", Right: true, Drop: 6, Descending: true,
			Cell:  row.preferredLed,
			Style: func(r row) lipgloss.Style { return preferredStyle(th, r) },
			Cmp:   func(a, b row) int { return cmp.Compare(a.preferred.Led, b.preferred.Led) }},
		{Title: "replicas", Right: true, Descending: true,
			Cell: func(r row) string { return text.Count(r.replicas) },
			Cmp:  func(a, b row) int { return cmp.Compare(a.replicas, b.replicas) }},
		{Title: "size", Min: 10, Right: true, Descending: true, Drop: 2,
			Cell: func(r row) string { return text.Bytes(r.size) },
			Cmp:  func(a, b row) int { return cmp.Compare(a.size, b.size) }},
		{Title: "latency", Min: 8, Right: true, Descending: true, Drop: 1,
			Cell: func(r row) string { return text.Duration(r.Latency) },
			Cmp:  func(a, b row) int { return cmp.Compare(a.Latency, b.Latency) }},
	}
}

// address says for a broker that was never seen up why there is none.
func (r row) address() string {
	if a := r.Address(); a != "" {
		return a
	}
	return "never seen up"
}

func (r row) role() string {
	if r.controller {
		return "controller"
	}
	return ""
}

// preferredLed is how many partitions the broker leads of those that it should.
func (r row) preferredLed() string {
	if r.leaders < 0 {
		return text.Unknown
	}
	return text.Count(r.preferred.Led) + "/" + text.Count(r.preferred.Partitions)
}

func preferredStyle(th *theme.Theme, r row) lipgloss.Style {
	if r.leaders >= 0 && r.preferred.Led < r.preferred.Partitions {
		return th.Warn
	}
	return th.Dim
}

func stateStyle(th *theme.Theme, s brokers.State) lipgloss.Style {
	if s == brokers.Up {
		return th.Good
	}
	return th.Bad
}

// Title is the page's part of the breadcrumb.
func (l *List) Title() string { return "brokers" }

// Scope says which keys hold.
func (l *List) Scope() keymap.Scope { return keymap.Brokers }

// Start begins to ask the cluster.
func (l *List) Start(ctx context.Context) tea.Cmd {
	return tea.Batch(l.check.Start(ctx), l.partitions.Start(ctx), l.dirs.Start(ctx))
}

// Freshness is that of the brokers' state, with the first thing that is missing.
func (l *List) Freshness() (time.Time, error) {
	return l.check.Freshness(l.partitions.Err, l.sizesErr(), l.partitions.Value.Hidden)
}

// sizesErr is why sizes are missing, unless View tells of a missing right.
func (l *List) sizesErr() error {
	if l.sizesForbidden() {
		return nil
	}
	return cmp.Or(l.dirs.Err, l.dirs.Value.Partial)
}

func (l *List) sizesForbidden() bool {
	return kafka.IsAuthorization(l.dirs.Err) || kafka.IsAuthorization(l.dirs.Value.Partial)
}

// Typing reports whether the filter is being typed.
func (l *List) Typing() bool { return l.table.Typing() }

// Do carries out an action.
func (l *List) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Open:
		return true, l.open()
	case keymap.Refresh:
		return true, tea.Batch(l.check.Refresh(), l.partitions.Refresh(), l.dirs.Refresh())
	}
	return l.table.Do(a)
}

func (l *List) open() tea.Cmd {
	if r, ok := l.table.Selected(); ok {
		return page.Open("broker", r.key())
	}
	return nil
}

// Update takes in answers, the mouse, and keys while the filter is typed.
func (l *List) Update(msg tea.Msg) tea.Cmd {
	checked, checkCmd := l.check.Update(msg)
	counted, countCmd := l.partitions.Update(msg)
	sized, sizeCmd := l.dirs.Update(msg)
	if checked || counted || sized {
		l.table.SetItems(l.rows())
	}
	if click, ok := msg.(page.Click); ok {
		click.Y -= summaryLines
		msg = click
	}
	open, listCmd := l.table.Update(msg)
	if open {
		return l.open()
	}
	return tea.Batch(checkCmd, countCmd, sizeCmd, listCmd)
}

// rows joins the answers that are there.
func (l *List) rows() []row {
	sizes := make(map[int32]int64)
	for _, d := range l.dirs.Value.Items {
		sizes[d.Broker] += d.Size
	}
	check, o := l.check.Value, l.partitions.Value
	rows := make([]row, len(check.Brokers))
	for i, b := range check.Brokers {
		r := row{Broker: b, controller: b.ID == check.Controller.ID, leaders: -1, replicas: -1, size: -1}
		if l.partitions.Loaded() {
			r.leaders, r.replicas, r.preferred = o.LeadersByBroker[b.ID], o.ReplicasByBroker[b.ID], o.Preferred[b.ID]
		}
		if size, ok := sizes[b.ID]; ok {
			r.size = size
		}
		rows[i] = r
	}
	return rows
}

// summaryLines stand above the table.
const summaryLines = 1

// Resize sets the size that View fills.
func (l *List) Resize(w, h int) {
	l.w, l.h = w, h
	l.table.Resize(w, h-summaryLines)
}

// View draws the page.
func (l *List) View() string {
	th := l.env.Theme
	if !l.check.Loaded() {
		if l.check.Err != nil {
			return widget.Center(th.Bad.Render(text.Clean(l.check.Err.Error())), l.w, l.h)
		}
		return widget.Center(th.Dim.Render("loading brokers …"), l.w, l.h)
	}
	words, well := summary(l.table.Items(), l.check.Value.Controller, l.sizesForbidden())
	style := th.Good
	if !well {
		style = th.Bad
	}
	line := " " + style.Render(words)
	if note := balance(l.table.Items()); note != "" {
		line += th.Dim.Render("; " + note)
	}
	return text.Cut(line, l.w) + "\n" + l.table.View("the cluster names no brokers")
}
