package topics

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// partitions is the tab with the partitions of a topic. It has no question of its
// own: the page hands it what it reads for the head.
type partitions struct {
	*page.TablePage[topics.Detail, topics.Partition]
	topic string
}

func newPartitions(env page.Env, topic string) *partitions {
	key := func(p topics.Partition) string { return strconv.Itoa(int(p.ID)) }
	tail := func(p topics.Partition) tea.Cmd { return page.Open("tail", topic, key(p)) }
	return &partitions{page.NewTablePage(env, page.TableSpec[topics.Detail, topics.Partition]{
		Title: "Partitions", Scope: keymap.Topic, Row: "partition",
		Columns: partitionColumns(env.Theme), Key: key,
		Copy:    func(p topics.Partition) string { return topic + " " + key(p) },
		Open:    tail,
		Actions: map[keymap.Action]func(topics.Partition) tea.Cmd{keymap.TailTopic: tail},
		Empty:   func() string { return "this topic has no partitions" },
	}), topic}
}

func partitionColumns(th *theme.Theme) []widget.Column[topics.Partition] {
	return []widget.Column[topics.Partition]{
		{Title: "part", Right: true,
			Cell: func(p topics.Partition) string { return strconv.Itoa(int(p.ID)) },
			Cmp:  func(a, b topics.Partition) int { return cmp.Compare(a.ID, b.ID) }},
		{Title: "leader", Right: true,
			Cell: leader,
			Style: func(p topics.Partition) lipgloss.Style {
				if p.Leader < 0 {
					return th.Bad
				}
				return th.Text
			},
			Cmp: func(a, b topics.Partition) int { return cmp.Compare(a.Leader, b.Leader) }},
		{Title: "pref.", Drop: 4,
			Cell: preferred,
			Style: func(p topics.Partition) lipgloss.Style {
				if !p.Preferred() {
					return th.Warn
				}
				return th.Dim
			},
			Cmp: func(a, b topics.Partition) int { return strings.Compare(preferred(a), preferred(b)) }},
		{Title: "replicas", Flex: 1, Drop: 1,
			Cell: func(p topics.Partition) string { return brokers(p.Replicas) },
			Cmp:  func(a, b topics.Partition) int { return slices.Compare(a.Replicas, b.Replicas) }},
		{Title: "ISR", Min: 6, Flex: 1,
			Cell: func(p topics.Partition) string { return brokers(p.ISR) },
			Style: func(p topics.Partition) lipgloss.Style {
				if len(p.ISR) < len(p.Replicas) {
					return th.Warn
				}
				return th.Text
			},
			Cmp: func(a, b topics.Partition) int { return cmp.Compare(len(a.ISR), len(b.ISR)) }},
		{Title: "state", Min: 16, Descending: true,
			Cell:  func(p topics.Partition) string { return p.State.String() },
			Style: func(p topics.Partition) lipgloss.Style { return replicationStyle(th, p.State) },
			Cmp:   func(a, b topics.Partition) int { return cmp.Compare(a.State, b.State) }},
		{Title: "epoch", Right: true, Drop: 9, Descending: true,
			Cell: func(p topics.Partition) string { return text.Count(p.LeaderEpoch) },
			Cmp:  func(a, b topics.Partition) int { return cmp.Compare(a.LeaderEpoch, b.LeaderEpoch) }},
		{Title: "start", Min: 9, Right: true, Drop: 6, Descending: true,
			Cell: func(p topics.Partition) string { return text.Count(p.Start) },
			Cmp:  func(a, b topics.Partition) int { return cmp.Compare(a.Start, b.Start) }},
		{Title: "end", Min: 9, Right: true, Drop: 2, Descending: true,
			Cell: func(p topics.Partition) string { return text.Count(p.End) },
			Cmp:  func(a, b topics.Partition) int { return cmp.Compare(a.End, b.End) }},
		{Title: "records", Min: 9, Right: true, Drop: 8, Descending: true,
			Cell: func(p topics.Partition) string { return text.Count(p.Records()) },
			Cmp:  func(a, b topics.Partition) int { return cmp.Compare(a.Records(), b.Records()) }},
		{Title: "rec/s", Right: true, Drop: 3, Descending: true,
			Cell: func(p topics.Partition) string { return text.Rate(p.Rate) },
			Cmp:  func(a, b topics.Partition) int { return cmp.Compare(a.Rate, b.Rate) }},
		{Title: "size", Min: 10, Right: true, Drop: 5, Descending: true,
			Cell: func(p topics.Partition) string { return text.Bytes(p.Size) },
			Cmp:  func(a, b topics.Partition) int { return cmp.Compare(a.Size, b.Size) }},
		{Title: "on disk", Min: 10, Right: true, Drop: 7, Descending: true,
			Cell: func(p topics.Partition) string { return text.Bytes(p.Disk) },
			Cmp:  func(a, b topics.Partition) int { return cmp.Compare(a.Disk, b.Disk) }},
	}
}

func leader(p topics.Partition) string {
	if p.Leader < 0 {
		return "none"
	}
	return strconv.Itoa(int(p.Leader))
}

func preferred(p topics.Partition) string {
	if p.Preferred() {
		return "yes"
	}
	return "no"
}

// brokers is a list of node ids, as Kafka's tools write it.
func brokers(ids []int32) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(int(id)))
	}
	return b.String()
}
