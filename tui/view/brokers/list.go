// Package brokers has the list of brokers and the screen of one broker.
package brokers

import (
	"cmp"
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
	*page.TablePage[brokers.Check, row]
	env        page.Env
	partitions page.Poll[overview.Overview]
	dirs       page.Poll[kafka.Snapshot[kafka.LogDir]]
}

// New returns the list of brokers.
func New(env page.Env) *List {
	l := &List{env: env}
	l.partitions.Fetch, l.partitions.Pace = env.Client.Overview.Read, func(o overview.Overview, took time.Duration) time.Duration {
		return page.Paced(o.Cost(), took)
	}
	l.dirs.Fetch, l.dirs.Pace = env.Client.Brokers.LogDirs, dirsPace
	l.TablePage = page.NewTablePage(env, page.TableSpec[brokers.Check, row]{
		Title: "brokers", Scope: keymap.Brokers, Row: "broker",
		Fetch: env.Client.Brokers.Check, Rows: l.rows,
		Also: []page.Question{&l.partitions, &l.dirs},
		Missing: func() []error {
			return []error{l.partitions.Err, l.sizesErr(), l.partitions.Value.Hidden}
		},
		Columns: columns(env.Theme), Key: row.key, Copy: row.Address,
		Open:  func(r row) tea.Cmd { return page.Open("broker", r.key()) },
		Head:  l.summary,
		Empty: func() string { return "the cluster names no brokers" },
	})
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

// rows joins the answers that are there.
func (l *List) rows(check brokers.Check) []row {
	sizes := make(map[int32]int64)
	for _, d := range l.dirs.Value.Items {
		sizes[d.Broker] += d.Size
	}
	o := l.partitions.Value
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

// summary is the line above the table.
func (l *List) summary() string {
	th := l.env.Theme
	words, well := summary(l.Items(), l.Poll.Value.Controller, l.sizesForbidden())
	style := th.Good
	if !well {
		style = th.Bad
	}
	line := style.Render(words)
	if note := balance(l.Items()); note != "" {
		line += th.Dim.Render("; " + note)
	}
	return line
}
