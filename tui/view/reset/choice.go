package reset

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/page"
)

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
