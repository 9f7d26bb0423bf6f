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
	"github.com/kdeck/kdeck/tui/widget"
)

// shownMembers is how many members of an active group are named at once.
const shownMembers = 4

// partitions is the first step: which partitions. It keeps looking at the group,
// and lets nobody go on while it has members.
type partitions struct {
	step
	poll   *page.Poll[reset.Facts]
	list   *page.List[candidate]
	added  map[string]bool // topics that the user added
	wanted string          // the topic that was typed and not yet found
	active bool            // the last answer had members
	marked bool            // the user has chosen: marks are theirs from then on

	field  widget.Field // the name of a topic to add
	adding bool
}

func newPartitions(w *wizard) *partitions {
	p, env := &partitions{step: step{wizard: w, title: "partitions"}, poll: &page.Poll[reset.Facts]{}}, w.env
	p.added, p.field = make(map[string]bool), widget.NewField("add topic: ")
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
	return p
}

// Scope is that of the choice of partitions.
func (p *partitions) Scope() keymap.Scope { return keymap.Reset }

// Typing reports whether a filter or the name of a topic is typed.
func (p *partitions) Typing() bool { return p.adding || p.list.Typing() }

// Refuses says why the next step has to wait.
func (p *partitions) Refuses(a keymap.Action) string {
	if a != keymap.Open {
		return ""
	}
	if why := p.refusesGroup(); why != "" {
		return why
	}
	if p.list.MarkedCount() == 0 {
		return "no partition is chosen"
	}
	return ""
}

// Do carries out an action: enter goes on to the target.
func (p *partitions) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Open:
		p.wizard.choice = p.chosen()
		return true, p.wizard.To(p.wizard.target)
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

// Update takes the mouse, and keys while a filter or the name of a topic is typed. A
// second click on a row chooses it.
func (p *partitions) Update(msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		if p.adding {
			return p.typed(msg)
		}
	}
	msg, ok := inside(msg, len(p.head()))
	if !ok {
		return nil
	}
	again, cmd := p.list.Update(msg)
	if again {
		return p.toggleRow()
	}
	return cmd
}

// typed takes the name of a topic to add.
func (p *partitions) typed(msg tea.Msg) tea.Cmd {
	switch p.typedAction(msg) {
	case keymap.Cancel:
		p.adding = false
		p.field.Blur()
		return nil
	case keymap.Accept:
		p.adding = false
		p.field.Blur()
		p.wanted = p.field.Value()
		return p.watch()
	}
	var cmd tea.Cmd
	p.field, cmd = p.field.Update(msg)
	return cmd
}

// Resize sets the size of the step.
func (p *partitions) Resize(w, h int) {
	p.w, p.h = w, h
	p.field.SetWidth(max(10, w-16))
	p.list.Resize(w, p.room(p.head(), p.foot()))
}

// View draws the partitions.
func (p *partitions) View() string {
	head, foot := p.head(), p.foot()
	body := p.list.View("the group has committed nothing; + adds a topic")
	if !p.poll.Loaded() {
		body = page.Waiting(p.wizard.env, "group "+p.wizard.group, p.poll.Err, p.w, p.room(head, foot))
	}
	return p.frame(head, body, foot)
}

// watch looks at the group again and again, with the topics that were added. What
// was known stays until the answer is there.
func (p *partitions) watch() tea.Cmd {
	scope := reset.Scope{Committed: true, Topics: make(map[string][]int32)}
	for topic := range p.added {
		scope.Topics[topic] = nil
	}
	if p.wanted != "" {
		scope.Topics[p.wanted] = nil
	}
	client, group := p.wizard.env.Client, p.wizard.group
	p.poll = &page.Poll[reset.Facts]{
		Fetch: func(ctx context.Context) (reset.Facts, error) {
			return client.Groups.ResetFacts(ctx, group, scope, reset.Strategy{})
		},
		Value: p.poll.Value, At: p.poll.At,
	}
	return p.poll.Start(p.wizard.ctx)
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
	return page.Say(page.Success, "the members of "+p.wizard.group+" are gone: you can go on")
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
		return reason(err, p.wizard.group)
	}
	return ""
}

// head is what is typed, or whether the group is ready and what is chosen.
func (p *partitions) head() []string {
	if p.adding {
		return []string{" " + p.field.View()}
	}
	th := p.wizard.env.Theme
	return p.groupHead(p.w, th.Dim.Render(plural(len(p.list.Items()), "partition")+", ")+
		th.Strong.Render(text.Count(p.list.MarkedCount())+" chosen"))
}

// groupHead says whether the group is ready, who is in it when it is not, and what
// else there is to say when it is.
func (p *partitions) groupHead(w int, ready string) []string {
	th, f := p.wizard.env.Theme, &p.poll.Value
	switch {
	case !p.poll.Loaded():
		return []string{""}
	case len(f.Members) > 0:
		return p.activeHead(w)
	}
	if err := f.Ready(); err != nil {
		return []string{" " + th.Bad.Render("✗ "+text.Clean(reason(err, p.wizard.group)))}
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
func (p *partitions) activeHead(w int) []string {
	th, f := p.wizard.env.Theme, &p.poll.Value
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
func (p *partitions) foot() []string {
	th := p.wizard.env.Theme
	c, ok := p.list.Selected()
	if !ok {
		return nil
	}
	if note := c.note(); note != "" {
		return []string{" " + th.Warn.Render("! "+text.Clean(c.key()+": "+note))}
	}
	return []string{" " + th.Dim.Render(text.Clean(c.key())+" holds "+plural(max(0, c.LogEnd-c.LogStart), "record"))}
}
