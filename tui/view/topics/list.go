// Package topics shows the topics of a cluster: the list of all of them, and one
// topic with its partitions, groups and configuration.
package topics

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// How often things are asked at the least. What the slower questions tell changes
// more slowly than the rows, and costs the brokers more.
const (
	rowsEvery     = 5 * time.Second
	groupsEvery   = 15 * time.Second
	sizesEvery    = 30 * time.Second
	policiesEvery = time.Minute
	// slowTimeout bounds one of the slower questions: at 10,000 topics they are a
	// series of requests, some of which may wait for a broker that does not
	// answer.
	slowTimeout = time.Minute
)

// Reading the rows takes about 1.5 µs of a core for each partition. With these
// shares of the time between two questions, an idle screen stays below 1 % of a
// core: rows of 100,000 partitions are asked for every 45 seconds.
const (
	rowsPace  = 450 * time.Microsecond
	extraPace = 1 * time.Millisecond
)

// List is the list of topics.
type List struct {
	env  page.Env
	list *page.List[*row]
	w, h int

	topics   page.Poll[kafka.Snapshot[topics.Topic]]
	sizes    page.Poll[kafka.Snapshot[topics.Size]]
	policies page.Poll[policies]
	groups   page.Poll[kafka.Snapshot[groups.Group]]

	// What the slower questions told last, by topic; readers is nil before.
	sizeOf  map[string]int64
	readers map[string]reading
	// unlisted is the topics that have logs and no row: the user may not describe
	// them, or they are so new that the next rows have them.
	unlisted map[string]bool

	ctx          context.Context
	extras       bool   // the slower questions have been asked in this life
	rows         []*row // all topics by name, hidden ones too
	sum          model.Replication
	hideInternal bool
	hidden       int
}

// policies is an answer about many topics of which some may be missing.
type policies struct {
	byTopic map[string]topics.Policy
	partial error
}

var _ page.Page = (*List)(nil)
var _ page.Live = (*List)(nil)
var _ page.Typist = (*List)(nil)

// New returns the list of topics.
func New(env page.Env) *List {
	l := &List{env: env}
	table := widget.NewTable(env.Theme, func(r *row) string { return r.Name }, columns(env.Theme)...)
	l.list = page.NewList(env, table, func(r *row) string { return r.Name })
	l.topics.Fetch, l.topics.Pace = env.Client.Topics.List, pace[kafka.Snapshot[topics.Topic]](l, rowsEvery, rowsPace)
	l.sizes.Fetch, l.sizes.Pace = env.Client.Topics.Sizes, pace[kafka.Snapshot[topics.Size]](l, sizesEvery, extraPace)
	l.groups.Fetch, l.groups.Pace = env.Client.Groups.WithLag, pace[kafka.Snapshot[groups.Group]](l, groupsEvery, extraPace)
	l.policies.Pace = pace[policies](l, policiesEvery, extraPace)
	l.sizes.Timeout, l.groups.Timeout, l.policies.Timeout = slowTimeout, slowTimeout, slowTimeout
	return l
}

// pace returns a poll's pace: least, or so long for each partition when that is
// more.
func pace[T any](l *List, least, perPartition time.Duration) func(T, time.Duration) time.Duration {
	return func(T, time.Duration) time.Duration {
		return max(least, time.Duration(l.sum.Partitions)*perPartition)
	}
}

// Title is the page's part of the breadcrumb.
func (l *List) Title() string { return "topics" }

// Scope says which key bindings hold.
func (l *List) Scope() keymap.Scope { return keymap.Topics }

// Start asks for the rows; the slower questions follow when those are there.
func (l *List) Start(ctx context.Context) tea.Cmd {
	l.ctx, l.extras = ctx, false
	return l.topics.Start(ctx)
}

// Freshness tells how old the rows are, and the first thing that is wrong with
// anything on the screen.
func (l *List) Freshness() (time.Time, error) {
	return l.topics.Freshness(
		l.topics.Value.Partial, l.groups.Err, l.groups.Value.Partial,
		l.sizes.Err, l.sizes.Value.Partial, l.policies.Err, l.policies.Value.partial)
}

// Typing reports whether the filter is being typed.
func (l *List) Typing() bool { return l.list.Typing() }

// Do carries out an action.
func (l *List) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Refresh:
		return true, tea.Batch(l.topics.Refresh(), l.sizes.Refresh(), l.policies.Refresh(), l.groups.Refresh())
	case keymap.ToggleInternal:
		l.hideInternal = !l.hideInternal
		l.show()
		return true, nil
	case keymap.Open:
		return true, l.open("topic")
	case keymap.TailTopic:
		return true, l.open("tail")
	case keymap.Produces:
		return true, l.open("produce")
	}
	return l.list.Do(a)
}

// open opens a screen of the topic under the cursor.
func (l *List) open(screen string) tea.Cmd {
	if r, ok := l.list.Selected(); ok {
		return page.Open(screen, r.Name)
	}
	return nil
}

// Update takes in answers, the mouse, and keys for the filter.
func (l *List) Update(msg tea.Msg) tea.Cmd {
	if click, ok := msg.(page.Click); ok {
		click.Y -= summaryLines
		msg = click
	}
	opened, cmd := l.list.Update(msg)
	if opened {
		return l.open("topic")
	}
	return tea.Batch(cmd, l.updateRows(msg), l.updateExtras(msg))
}

// updateRows takes in the rows. The slower questions are asked for the first time
// in this life of the page when there are rows to fill in.
func (l *List) updateRows(msg tea.Msg) tea.Cmd {
	arrived, cmd := l.topics.Update(msg)
	if !arrived || l.topics.Err != nil {
		return cmd
	}
	names := make([]string, len(l.topics.Value.Items))
	for i := range names {
		names[i] = l.topics.Value.Items[i].Name
	}
	l.policies.Fetch = func(ctx context.Context) (policies, error) {
		byTopic, err := l.env.Client.Topics.Policies(ctx, names)
		if len(byTopic) == 0 && err != nil {
			return policies{}, err
		}
		return policies{byTopic, err}, nil
	}
	l.join()
	for _, name := range names {
		delete(l.unlisted, name)
	}
	if l.extras {
		return cmd
	}
	l.extras = true
	return tea.Batch(cmd, l.policies.Start(l.ctx), l.sizes.Start(l.ctx), l.groups.Start(l.ctx))
}

// updateExtras takes in what the slower questions tell.
func (l *List) updateExtras(msg tea.Msg) tea.Cmd {
	gotSizes, sizes := l.sizes.Update(msg)
	if gotSizes && l.sizes.Err == nil {
		l.sizeOf, l.unlisted = make(map[string]int64, len(l.sizes.Value.Items)), make(map[string]bool)
		for _, s := range l.sizes.Value.Items {
			l.sizeOf[s.Name] = s.Disk
			if _, listed := slices.BinarySearchFunc(l.rows, s.Name, compareName); !listed {
				l.unlisted[s.Name] = true
			}
		}
	}
	gotGroups, groups := l.groups.Update(msg)
	if gotGroups && l.groups.Err == nil {
		l.readers = readings(l.groups.Value.Items)
	}
	first := !l.policies.Loaded()
	gotPolicies, policies := l.policies.Update(msg)
	if gotSizes || gotGroups || gotPolicies {
		l.join()
	}
	if gotPolicies && first {
		policies = tea.Batch(policies, l.topics.Refresh()) // partitions can now be held against min.insync.replicas
	}
	return tea.Batch(sizes, groups, policies)
}

// join puts everything that was told of a topic into its row.
func (l *List) join() {
	l.rows = join(l.topics.Value.Items, l.rows, l.sizeOf, l.policies.Value.byTopic, l.readers)
	l.sum = model.Replication{}
	for _, r := range l.rows {
		l.sum.Add(r.Replication)
	}
	l.show()
}

// show gives the table the rows that are not hidden.
func (l *List) show() {
	shown := make([]*row, 0, len(l.rows))
	for _, r := range l.rows {
		if !l.hideInternal || !r.Internal {
			shown = append(shown, r)
		}
	}
	l.hidden = len(l.rows) - len(shown)
	l.list.SetItems(shown)
}

// summaryLines stand above the table.
const summaryLines = 1

// Resize sets the size that View fills.
func (l *List) Resize(w, h int) {
	l.w, l.h = w, h
	l.list.Resize(w, h-summaryLines)
}

// View draws a line that sums the cluster's topics up, and the table.
func (l *List) View() string {
	if !l.topics.Loaded() {
		return waiting(l.env, "loading topics …", l.topics.Err, l.w, l.h)
	}
	return l.summary() + "\n" + l.list.View(l.empty())
}

// summary is what the table adds up to.
func (l *List) summary() string {
	th := l.env.Theme
	parts := []string{
		th.Text.Render(count(len(l.rows), "topic")),
		th.Text.Render(count(l.sum.Partitions, "partition")),
	}
	if note := l.leftOut(); note != "" {
		parts = append(parts, th.Dim.Render(note))
	}
	parts = append(parts, troubles(th, l.sum)...)
	if l.hidden > 0 {
		parts = append(parts, th.Dim.Render(text.Count(l.hidden)+" internal hidden"))
	}
	return " " + fitting(parts, th.Dim.Render(" · "), l.w-1)
}

// leftOut says that the cluster has topics that the user may not describe, or may
// have: only their logs, which take Describe on the cluster to see, tell of them.
func (l *List) leftOut() string {
	n := len(l.unlisted)
	switch {
	case l.groups.Value.Hidden != nil:
		return "only what you may describe"
	case n == 0 || l.sizes.At.After(l.topics.At):
		return ""
	case n == 1:
		return "1 more needs Describe on Topic"
	}
	return text.Count(n) + " more need Describe on Topic"
}

// empty says why there is nothing to see, and what to do.
func (l *List) empty() string {
	if l.hidden > 0 {
		return "only the cluster's internal topics are here; " + l.env.Keys.Of(keymap.ToggleInternal).Label() + " shows them"
	}
	return "no topics yet, or none that you may describe (needs Describe on Topic)\n\nkafka-topics.sh --create makes one; it appears here by itself"
}

// troubles says what is wrong with partitions, the worst first, or that they are
// in sync.
func troubles(th *theme.Theme, r model.Replication) []string {
	var parts []string
	for _, s := range []model.PartitionState{model.Offline, model.UnderMinISR, model.UnderReplicated} {
		if n := r.Count(s); n > 0 {
			parts = append(parts, replicationStyle(th, s).Render(text.Count(n)+" "+s.String()))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, th.Good.Render("all "+model.InSync.String()))
	}
	return parts
}

// count is a number with what it counts.
func count[I int | int64](n I, what string) string {
	if n != 1 {
		what += "s"
	}
	return text.Count(n) + " " + what
}
