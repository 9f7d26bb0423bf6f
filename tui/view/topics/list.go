// Package topics shows the topics of a cluster: the list of all of them, and one
// topic with its partitions, groups and configuration.
package topics

import (
	"context"
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
	*page.TablePage[kafka.Snapshot[topics.Topic], *row]
	env page.Env
	w   int

	sizes    page.Poll[kafka.Snapshot[topics.Size]]
	policies page.Poll[policies]
	groups   page.Poll[kafka.Snapshot[groups.Group]]

	// What the slower questions told last, by topic; readers is nil before.
	sizeOf  map[string]int64
	readers map[string]reading
	// sizesAt and groupsAt are when those answers were taken over.
	sizesAt, groupsAt time.Time
	// unlisted is the topics that have logs and no row: the user may not describe
	// them, or they are so new that the next rows have them.
	unlisted map[string]bool

	all          []*row // by name, hidden ones too
	sum          model.Replication
	hideInternal bool
	hidden       int
}

// policies is an answer about many topics of which some may be missing.
type policies struct {
	byTopic map[string]topics.Policy
	partial error
}

// New returns the list of topics.
func New(env page.Env) *List {
	l := &List{env: env}
	open := func(screen string) func(*row) tea.Cmd {
		return func(r *row) tea.Cmd { return page.Open(screen, r.Name) }
	}
	l.TablePage = page.NewTablePage(env, page.TableSpec[kafka.Snapshot[topics.Topic], *row]{
		Title: "topics", Scope: keymap.Topics, Row: "topic",
		Fetch: env.Client.Topics.List, Rows: l.rows,
		Also: []page.Question{&l.policies, &l.sizes, &l.groups}, After: true,
		Missing: func() []error {
			return []error{
				l.Poll.Value.Partial, l.groups.Err, l.groups.Value.Partial,
				l.sizes.Err, l.sizes.Value.Partial, l.policies.Err, l.policies.Value.partial,
			}
		},
		Columns: columns(env.Theme), Key: func(r *row) string { return r.Name },
		Open:    open("topic"),
		Actions: map[keymap.Action]func(*row) tea.Cmd{keymap.TailTopic: open("tail"), keymap.Produces: open("produce")},
		Head:    l.summary, Empty: l.empty,
	})
	l.Poll.Pace = pace[kafka.Snapshot[topics.Topic]](l, rowsEvery, rowsPace)
	l.sizes.Fetch, l.sizes.Pace = env.Client.Topics.Sizes, pace[kafka.Snapshot[topics.Size]](l, sizesEvery, extraPace)
	l.groups.Fetch, l.groups.Pace = env.Client.Groups.WithLag, pace[kafka.Snapshot[groups.Group]](l, groupsEvery, extraPace)
	l.policies.Fetch, l.policies.Pace = l.askPolicies(nil), pace[policies](l, policiesEvery, extraPace)
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

// Refuses says what does not apply to the topic under the cursor.
func (l *List) Refuses(a keymap.Action) string {
	if a == keymap.DeleteTopic && len(l.Chosen()) == 0 {
		return "there is no topic under the cursor"
	}
	return l.TablePage.Refuses(a)
}

// Do hides internal topics or shows them, asks before topics are deleted, or hands the
// action to the table.
func (l *List) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.ToggleInternal:
		l.hideInternal = !l.hideInternal
		l.SetItems(l.shown())
		return true, nil
	case keymap.DeleteTopic:
		return true, page.Ask(page.Show{Page: l.deletion()})
	}
	return l.TablePage.Do(a)
}

// deletion is the page that asks before the chosen topics are deleted.
func (l *List) deletion() page.Page {
	var names []string
	for _, r := range l.Chosen() {
		names = append(names, r.Name)
	}
	title := "delete " + names[0]
	if len(names) > 1 {
		title = "delete " + text.Plural(len(names), "topic")
	}
	return page.NewChange(l.env, title, l.env.Client.Topics.Delete(names...))
}

// Update takes in answers. The first one about configurations has the rows asked for
// again: their partitions can then be held against min.insync.replicas.
func (l *List) Update(msg tea.Msg) tea.Cmd {
	first := !l.policies.Loaded()
	cmd := l.TablePage.Update(msg)
	if first && l.policies.Loaded() {
		cmd = tea.Batch(cmd, l.Poll.Refresh())
	}
	return cmd
}

// askPolicies asks for the configurations of topics.
func (l *List) askPolicies(names []string) func(context.Context) (policies, error) {
	return func(ctx context.Context) (policies, error) {
		byTopic, err := l.env.Client.Topics.Policies(ctx, names)
		if len(byTopic) == 0 && err != nil {
			return policies{}, err
		}
		return policies{byTopic, err}, nil
	}
}

// rows puts everything that was told of a topic into its row, and returns those that
// are not hidden.
func (l *List) rows(answer kafka.Snapshot[topics.Topic]) []*row {
	names := make([]string, len(answer.Items))
	for i := range names {
		names[i] = answer.Items[i].Name
	}
	l.policies.Fetch = l.askPolicies(names)
	if l.sizes.At != l.sizesAt {
		l.sizesAt = l.sizes.At
		l.takeSizes()
	}
	for _, name := range names {
		delete(l.unlisted, name)
	}
	if l.groups.At != l.groupsAt {
		l.groupsAt = l.groups.At
		l.readers = readings(l.groups.Value.Items)
	}
	l.all = join(answer.Items, l.all, l.sizeOf, l.policies.Value.byTopic, l.readers)
	l.sum = model.Replication{}
	for _, r := range l.all {
		l.sum.Add(r.Replication)
	}
	return l.shown()
}

func (l *List) takeSizes() {
	l.sizeOf, l.unlisted = make(map[string]int64, len(l.sizes.Value.Items)), make(map[string]bool)
	for _, s := range l.sizes.Value.Items {
		l.sizeOf[s.Name], l.unlisted[s.Name] = s.Disk, true
	}
}

// shown is the rows that are not hidden.
func (l *List) shown() []*row {
	shown := make([]*row, 0, len(l.all))
	for _, r := range l.all {
		if !l.hideInternal || !r.Internal {
			shown = append(shown, r)
		}
	}
	l.hidden = len(l.all) - len(shown)
	return shown
}

// Resize sets the size that View fills.
func (l *List) Resize(w, h int) {
	l.w = w
	l.TablePage.Resize(w, h)
}

// summary is what the table adds up to.
func (l *List) summary() string {
	th := l.env.Theme
	parts := []string{
		th.Text.Render(count(len(l.all), "topic")),
		th.Text.Render(count(l.sum.Partitions, "partition")),
	}
	if note := l.leftOut(); note != "" {
		parts = append(parts, th.Dim.Render(note))
	}
	parts = append(parts, troubles(th, l.sum)...)
	if l.hidden > 0 {
		parts = append(parts, th.Dim.Render(text.Count(l.hidden)+" internal hidden"))
	}
	return fitting(parts, th.Dim.Render(" · "), l.w-1)
}

// leftOut says that the cluster has topics that the user may not describe, or may
// have: only their logs, which take Describe on the cluster to see, tell of them.
func (l *List) leftOut() string {
	n := len(l.unlisted)
	switch {
	case l.groups.Value.Hidden != nil:
		return "only what you may describe"
	case n == 0 || l.sizes.At.After(l.Poll.At):
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
