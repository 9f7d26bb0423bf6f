package groups

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// partitions is the table of where a group stands.
type partitions struct {
	*page.List[partitionRow]
}

// partitionRow is a partition and the first of the members that read it.
type partitionRow struct {
	kafka.GroupPartition
	reader kafka.Member // the zero Member when nobody reads
	// alone is false in a share group, where others read it too.
	alone bool
}

func newPartitions(env page.Env) *partitions {
	table := widget.NewTable(env.Theme, partitionRow.name, partitionColumns(env.Theme)...)
	return &partitions{page.NewList(env, table, partitionRow.name)}
}

func (r partitionRow) name() string { return r.Topic + "/" + strconv.Itoa(int(r.Partition)) }

func partitionColumns(th *theme.Theme) []widget.Column[partitionRow] {
	number := func(title string, min, drop int, of func(partitionRow) int64) widget.Column[partitionRow] {
		return widget.Column[partitionRow]{
			Title: title, Min: min, Right: true, Drop: drop, Descending: true,
			Cell:  func(r partitionRow) string { return text.Count(of(r)) },
			Cmp:   func(a, b partitionRow) int { return cmp.Compare(of(a), of(b)) },
			Style: func(partitionRow) lipgloss.Style { return th.Dim },
		}
	}
	word := func(title string, min, flex, drop int, of func(partitionRow) string) widget.Column[partitionRow] {
		return widget.Column[partitionRow]{
			Title: title, Min: min, Flex: flex, Drop: drop, Cell: of,
			Cmp: func(a, b partitionRow) int { return strings.Compare(of(a), of(b)) },
		}
	}
	behind := number("lag", 11, 0, func(r partitionRow) int64 { return r.Lag.Records })
	behind.Style = func(r partitionRow) lipgloss.Style {
		if r.Lag.Records == 0 {
			return th.Good
		}
		return th.Strong
	}
	state := word("state", 12, 0, 0, partitionRow.state)
	state.Style = func(r partitionRow) lipgloss.Style { return partitionStyle(th, r.Lag.State) }
	client := word("client id", 23, 2, 1, partitionRow.client)
	client.Style = func(r partitionRow) lipgloss.Style {
		if r.reader.ID == "" {
			return th.Warn
		}
		return th.Text
	}
	return []widget.Column[partitionRow]{
		{Title: "topic", Min: 14, Flex: 3, Cell: func(r partitionRow) string { return r.Topic },
			Cmp: func(a, b partitionRow) int {
				return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
			}},
		number("part", 5, 0, func(r partitionRow) int64 { return int64(r.Partition) }),
		number("committed", 13, 0, func(r partitionRow) int64 { return r.Lag.Committed }),
		number("log end", 13, 0, func(r partitionRow) int64 { return r.Lag.Log.End }),
		behind,
		state,
		number("last stable", 13, 4, func(r partitionRow) int64 { return r.Lag.Log.Stable }),
		number("log start", 13, 5, func(r partitionRow) int64 { return r.Lag.Log.Start }),
		client,
		word("host", 15, 0, 2, func(r partitionRow) string { return r.reader.Host }),
		word("member", 24, 2, 3, func(r partitionRow) string { return r.reader.ID }),
	}
}

// state is the state of the lag where it needs a word.
func (r partitionRow) state() string {
	switch {
	case r.Lag.State == lag.Normal && r.Lag.Unstable() > 0:
		return "open txn"
	case r.Lag.State == lag.Normal:
		return "ok"
	}
	return r.Lag.State.String()
}

func partitionStyle(th *theme.Theme, s lag.State) lipgloss.Style {
	switch s {
	case lag.Normal:
		return th.Dim
	case lag.Lost, lag.Ahead, lag.Leaderless:
		return th.Bad
	}
	return th.Warn
}

func (r partitionRow) client() string {
	switch {
	case r.reader.ID == "":
		return "nobody reads"
	case !r.alone:
		return r.reader.ClientID + " and others"
	}
	return r.reader.ClientID
}

func (t *partitions) title() string { return fmt.Sprintf("Partitions (%d)", len(t.Items())) }

func (t *partitions) show(d kafka.GroupDetail) {
	rows := make([]partitionRow, len(d.Partitions))
	for i, p := range d.Partitions {
		rows[i] = partitionRow{GroupPartition: p, alone: len(p.Readers) < 2}
		if len(p.Readers) > 0 {
			rows[i].reader = d.Members[p.Readers[0]]
		}
	}
	t.SetItems(rows)
}

func (t *partitions) about() string {
	r, ok := t.Selected()
	if !ok {
		return ""
	}
	if why := r.Lag.Explain(); why != "" {
		return r.name() + ": " + why
	}
	if r.reader.ID == "" {
		return r.name() + ": nobody reads"
	}
	return fmt.Sprintf("%s: read by %s on %s", r.name(), r.client(), r.reader.Host)
}

func (t *partitions) act(a keymap.Action) tea.Cmd {
	r, ok := t.Selected()
	switch {
	case !ok:
		return nil
	case a == keymap.TailTopic:
		return page.Open("tail", r.Topic, strconv.Itoa(int(r.Partition)))
	}
	return page.Open("topic", r.Topic)
}

func (t *partitions) refuses(a keymap.Action) string {
	if a != keymap.Open && a != keymap.TailTopic {
		return ""
	}
	r, ok := t.Selected()
	switch {
	case !ok:
		return "there is no partition under the cursor"
	case r.Lag.State == lag.Gone:
		return "the topic or partition does not exist any more"
	}
	return ""
}

func (t *partitions) empty(d kafka.GroupDetail) string {
	switch {
	case d.Group.Err != nil:
		return d.Group.Err.Error()
	case d.Group.Rebalancing():
		return "no commits yet, and nothing assigned before the rebalance is over"
	case d.Group.Members > 0:
		return "no commits yet, and its members read nothing"
	}
	return "no members and no commits"
}
