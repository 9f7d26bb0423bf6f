package reset

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// shownMembers is how many members of an active group are named at once.
const shownMembers = 4

// candidate is a partition that can be chosen.
type candidate struct {
	reset.Partition
	commit    model.Commit
	committed bool
}

func (c candidate) key() string { return c.String() }

func (c candidate) offset() int64 {
	if !c.committed {
		return model.NoOffset
	}
	return c.commit.Offset
}

func (c candidate) lag() int64 {
	if !c.committed {
		return model.NoOffset
	}
	return c.Lag(c.commit)
}

// partitions is the first step: which partitions. It keeps looking at the group,
// and lets nobody go on while it has members.
type partitions struct {
	env    page.Env
	group  string
	poll   *page.Poll[reset.Facts]
	list   *page.List[candidate]
	added  map[string]bool // topics that the user added
	wanted string          // the topic that was typed and not yet found
	active bool            // the last answer had members
	marked bool            // the user has chosen: marks are theirs from then on

	field  widget.Field // the name of a topic to add
	adding bool
}

func (p *partitions) init(env page.Env, group string) {
	p.env, p.group, p.added, p.field = env, group, make(map[string]bool), widget.NewField("")
	p.field.Prompt = "add topic: "
	p.poll = &page.Poll[reset.Facts]{}
	offset := func(title string, drop int, of func(candidate) int64) widget.Column[candidate] {
		return widget.Column[candidate]{
			Title: title, Min: 9, Right: true, Drop: drop, Descending: true,
			Cell: func(c candidate) string { return text.Count(of(c)) },
			Cmp:  func(a, b candidate) int { return cmp.Compare(of(a), of(b)) },
		}
	}
	table := widget.NewTable(env.Theme, candidate.key,
		topicColumn(func(c candidate) model.TopicPartition { return c.TopicPartition }),
		partColumn(func(c candidate) model.TopicPartition { return c.TopicPartition }),
		offset("committed", 0, candidate.offset),
		offset("log start", 2, func(c candidate) int64 { return c.LogStart }),
		offset("log end", 1, func(c candidate) int64 { return c.LogEnd }),
		offset("lag", 0, candidate.lag),
		widget.Column[candidate]{
			Title: "note", Min: 24, Flex: 1, Drop: 3,
			Cell:  candidate.note,
			Style: func(candidate) lipgloss.Style { return env.Theme.Warn },
		},
	)
	p.list = page.NewList(env, table, candidate.key)
}

// watch looks at the group again and again, with the topics that were added. What
// was known stays until the answer is there.
func (p *partitions) watch(ctx context.Context) tea.Cmd {
	scope := reset.Scope{Committed: true, Topics: make(map[string][]int32)}
	for topic := range p.added {
		scope.Topics[topic] = nil
	}
	if p.wanted != "" {
		scope.Topics[p.wanted] = nil
	}
	client, group := p.env.Client, p.group
	p.poll = &page.Poll[reset.Facts]{
		Fetch: func(ctx context.Context) (reset.Facts, error) {
			return client.Groups.ResetFacts(ctx, group, scope, reset.Strategy{})
		},
		Value: p.poll.Value, At: p.poll.At,
	}
	return p.poll.Start(ctx)
}

// note is what stands against a partition, or is odd about it.
func (c candidate) note() string {
	switch {
	case c.Problem != "":
		return c.Problem
	case !c.committed:
		return "no commit yet"
	case c.commit.Offset < c.LogStart:
		return "committed below the log start"
	case c.commit.Offset > c.LogEnd:
		return "committed beyond the log end"
	}
	return ""
}

// arrived takes a new answer over. Until the user chooses, every partition with
// a commit is chosen.
func (p *partitions) arrived() tea.Cmd {
	if p.poll.Err != nil {
		return nil
	}
	f := p.poll.Value
	emptied := p.active && len(f.Members) == 0
	p.active = len(f.Members) > 0
	items := make([]candidate, len(f.Partitions))
	for i, part := range f.Partitions {
		commit, ok := f.Commits[part.TopicPartition]
		items[i] = candidate{part, commit, ok}
	}
	p.list.SetItems(items)
	if !p.marked {
		for _, c := range items {
			p.list.Mark(c.key(), c.committed && c.Problem == "")
		}
	}
	if cmd := p.found(items); cmd != nil || !emptied {
		return cmd
	}
	return page.Say(page.Success, "the members of "+p.group+" are gone: you can go on")
}

// found looks whether the topic that was typed is there.
func (p *partitions) found(items []candidate) tea.Cmd {
	topic := p.wanted
	i := slices.IndexFunc(items, func(c candidate) bool { return c.Topic == topic })
	if topic == "" || i < 0 {
		return nil
	}
	p.wanted = ""
	if problem := items[i].Problem; problem != "" {
		p.list.SetItems(slices.DeleteFunc(items, func(c candidate) bool { return c.Topic == topic && !c.committed }))
		return page.Say(page.Failure, "add topic "+topic+": "+problem)
	}
	p.added[topic], p.marked = true, true
	for _, c := range items {
		if c.Topic == topic {
			p.list.Mark(c.key(), c.Problem == "")
		}
	}
	p.list.Select(items[i].key())
	return nil
}

// choose marks exactly these partitions.
func (p *partitions) choose(wanted []model.TopicPartition) {
	p.marked = true
	keep := make(map[string]bool, len(wanted))
	for _, tp := range wanted {
		keep[tp.String()] = true
	}
	for _, c := range p.list.Items() {
		p.list.Mark(c.key(), keep[c.key()])
	}
}

// choice is what the later steps work on.
type choice struct {
	typ        model.GroupType        // of the group
	partitions []model.TopicPartition // in order
	topics     int
	bare       []model.TopicPartition // those without a commit to shift
}

// chosen returns the marked partitions. From then on marks are the user's.
func (p *partitions) chosen() choice {
	p.marked = true
	c := choice{typ: p.poll.Value.Type}
	topics := make(map[string]bool)
	for _, item := range p.list.MarkedItems() {
		c.partitions = append(c.partitions, item.TopicPartition)
		topics[item.Topic] = true
		if !item.committed {
			c.bare = append(c.bare, item.TopicPartition)
		}
	}
	c.topics = len(topics)
	slices.SortFunc(c.partitions, model.TopicPartition.Compare)
	return c
}

// refusesGroup says why the group cannot be written now, or "".
func (p *partitions) refusesGroup() string {
	f := &p.poll.Value
	switch {
	case !p.poll.Loaded():
		return "the group is not loaded yet"
	case len(f.Members) > 0:
		return "the group is active; stop its " + plural(len(f.Members), "consumer") + " first"
	}
	if err := f.Ready(); err != nil {
		return reason(err, p.group)
	}
	return ""
}

// refusesNext says why the next step has to wait, or "".
func (p *partitions) refusesNext() string {
	if why := p.refusesGroup(); why != "" {
		return why
	}
	if p.list.MarkedCount() == 0 {
		return "no partition is chosen"
	}
	return ""
}

func (p *partitions) typing() bool { return p.adding || p.list.Typing() }

func (p *partitions) do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Mark:
		cmd = p.toggleRow()
		p.list.Move(1)
		return true, cmd
	case keymap.MarkTopic:
		return true, p.toggle(func(c, under candidate) bool { return c.Topic == under.Topic })
	case keymap.MarkAll:
		return true, p.toggle(func(c, _ candidate) bool { return true })
	case keymap.AddTopic:
		p.adding = true
		p.field.SetValue("")
		return true, p.field.Focus()
	case keymap.Refresh:
		return true, p.poll.Refresh()
	}
	return p.list.Do(a)
}

// toggleRow chooses the row under the cursor, or leaves it out.
func (p *partitions) toggleRow() tea.Cmd {
	return p.toggle(func(c, under candidate) bool { return c.TopicPartition == under.TopicPartition })
}

// toggle chooses the shown rows that belong to the one under the cursor, or
// leaves them out when all are chosen.
func (p *partitions) toggle(belongs func(c, under candidate) bool) tea.Cmd {
	under, ok := p.list.Selected()
	if !ok {
		return nil
	}
	var rows []candidate
	problem := ""
	for _, c := range p.list.Shown() {
		if !belongs(c, under) {
			continue
		}
		if c.Problem != "" {
			problem = c.key() + ": " + c.Problem
			continue
		}
		rows = append(rows, c)
	}
	if len(rows) == 0 {
		return page.Say(page.Failure, problem)
	}
	p.marked = true
	on := slices.ContainsFunc(rows, func(c candidate) bool { return !p.list.Marked(c.key()) })
	for _, c := range rows {
		p.list.Mark(c.key(), on)
	}
	return nil
}

// typed takes keys while a filter or the name of a topic is typed.
func (p *partitions) typed(ctx context.Context, action keymap.Action, msg tea.Msg) tea.Cmd {
	if !p.adding {
		_, cmd := p.list.Update(msg)
		return cmd
	}
	switch action {
	case keymap.Cancel:
		p.adding = false
		p.field.Blur()
		return nil
	case keymap.Accept:
		p.adding = false
		p.field.Blur()
		p.wanted = p.field.Value()
		return p.watch(ctx)
	}
	var cmd tea.Cmd
	p.field, cmd = p.field.Update(msg)
	return cmd
}

func (p *partitions) head(th *theme.Theme, w int) []string {
	if p.adding {
		return []string{" " + p.field.View()}
	}
	return p.groupHead(th, w, th.Dim.Render(plural(len(p.list.Items()), "partition")+", ")+
		th.Strong.Render(text.Count(p.list.MarkedCount())+" chosen"))
}

// groupHead says whether the group is ready, who is in it when it is not, and what
// else there is to say when it is.
func (p *partitions) groupHead(th *theme.Theme, w int, ready string) []string {
	f := &p.poll.Value
	switch {
	case !p.poll.Loaded():
		return []string{""}
	case len(f.Members) > 0:
		return p.activeHead(th, w)
	}
	if err := f.Ready(); err != nil {
		return []string{" " + th.Bad.Render("✗ "+text.Clean(reason(err, p.group)))}
	}
	state := f.State
	if state == model.StateDead {
		state = "does not exist yet"
	}
	if f.Hidden != nil {
		ready += th.Dim.Render("; only of topics you may describe")
	}
	return []string{" " + th.Good.Render("✓ "+state) + "  " + ready}
}

// activeHead names who is in the group.
func (p *partitions) activeHead(th *theme.Theme, w int) []string {
	f := &p.poll.Value
	lines := []string{
		" " + th.Bad.Render("✗ "+text.Clean(f.State)+": "+plural(len(f.Members), "member")) +
			th.Text.Render(". Stop them to go on; kdeck is watching."),
	}
	for _, m := range f.Members[:min(len(f.Members), shownMembers)] {
		line := "   " + th.Strong.Render(text.Clean(m.ClientID)) + th.Dim.Render(" on ") + th.Text.Render(text.Clean(m.Host))
		room := w - lipgloss.Width(line) - 2
		lines = append(lines, line+"  "+th.Dim.Render(text.Cut(text.Clean(m.ID), room)))
	}
	if more := len(f.Members) - shownMembers; more > 0 {
		lines = append(lines, "   "+th.Dim.Render(fmt.Sprintf("and %d more", more)))
	}
	return lines
}

// foot tells what the table has no room for.
func (p *partitions) foot(th *theme.Theme) []string {
	c, ok := p.list.Selected()
	if !ok {
		return nil
	}
	if note := c.note(); note != "" {
		return []string{" " + th.Warn.Render("! "+text.Clean(c.key()+": "+note))}
	}
	return []string{" " + th.Dim.Render(text.Clean(c.key())+" holds "+plural(max(0, c.LogEnd-c.LogStart), "record"))}
}

func (p *partitions) view(th *theme.Theme, w, h int) string {
	switch {
	case p.poll.Loaded():
		return p.list.View("the group has committed nothing; + adds a topic")
	case p.poll.Err != nil:
		return widget.Center(th.Bad.Render(text.Clean(p.poll.Err.Error())), w, h)
	}
	return widget.Center(th.Dim.Render("looking at the group …"), w, h)
}
