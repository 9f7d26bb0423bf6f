package groups

import (
	"cmp"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/lagtext"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// partitions is the tab of where a group stands.
type partitions struct {
	*page.TablePage[groups.Detail, partitionRow]
	detail groups.Detail
}

// partitionRow is a partition and the first of the members that read it.
type partitionRow struct {
	groups.PartitionLag
	reader model.Member // the zero Member when nobody reads
	// alone is false in a share group, where others read it too.
	alone bool
}

func newPartitions(env page.Env) *partitions {
	t := &partitions{}
	t.TablePage = page.NewTablePage(env, page.TableSpec[groups.Detail, partitionRow]{
		Title: "Partitions", Counted: true, Scope: keymap.Group, Row: "partition",
		Columns: partitionColumns(env), Key: partitionRow.name,
		Open: func(r partitionRow) tea.Cmd { return page.Open("topic", r.Topic) },
		Actions: map[keymap.Action]func(partitionRow) tea.Cmd{
			keymap.TailTopic: func(r partitionRow) tea.Cmd {
				return page.Open("tail", r.Topic, strconv.Itoa(int(r.Partition)))
			},
			keymap.Remove: func(r partitionRow) tea.Cmd {
				return page.Ask(page.Show{Page: deleteOffsets(env, t.detail.Group.Name, r.Topic)})
			},
		},
		Refuse: func(a keymap.Action, r partitionRow) string {
			switch {
			case a == keymap.Remove:
				return why(groups.RefuseOffsetsDeletion(t.detail, r.Topic))
			case (a == keymap.Open || a == keymap.TailTopic) && r.Lag.State == lag.Gone:
				return "the topic or partition does not exist any more"
			}
			return ""
		},
		Empty: func() string { return noPartitions(t.detail) },
		About: partitionRow.about, AboutLines: aboutLines,
	})
	return t
}

func (r partitionRow) name() string { return r.Topic + "/" + strconv.Itoa(int(r.Partition)) }

func partitionColumns(env page.Env) []widget.Column[partitionRow] {
	th := env.Theme
	dim := func(partitionRow) lipgloss.Style { return th.Dim }
	number := func(title string, min, drop int, of func(partitionRow) int64) widget.Column[partitionRow] {
		return widget.Column[partitionRow]{
			Title: title, Min: min, Right: true, Drop: drop, Descending: true, Style: dim,
			Cell: func(r partitionRow) string { return text.Count(of(r)) },
			Cmp:  func(a, b partitionRow) int { return cmp.Compare(of(a), of(b)) },
		}
	}
	rate := func(title string, drop int, of func(partitionRow) float64) widget.Column[partitionRow] {
		return widget.Column[partitionRow]{
			Title: title, Min: 6, Right: true, Drop: drop, Descending: true, Style: dim,
			Cell: func(r partitionRow) string { return text.Rate(of(r)) },
			Cmp:  func(a, b partitionRow) int { return cmp.Compare(of(a), of(b)) },
		}
	}
	word := func(title string, min, flex, drop int, of func(partitionRow) string) widget.Column[partitionRow] {
		return widget.Column[partitionRow]{
			Title: title, Min: min, Flex: flex, Drop: drop, Cell: of,
			Cmp: func(a, b partitionRow) int { return strings.Compare(of(a), of(b)) },
		}
	}
	behind := number("lag", 9, 0, func(r partitionRow) int64 { return r.Lag.Left() })
	behind.Style = func(r partitionRow) lipgloss.Style { return lagtext.Style(th, r.Lag.Left(), env.LagThreshold) }
	client := word("client id", 14, 2, 5, partitionRow.client)
	client.Style = func(r partitionRow) lipgloss.Style {
		if r.reader.ID == "" {
			return th.Warn
		}
		return th.Text
	}
	return []widget.Column[partitionRow]{
		{Title: "topic", Min: 12, Flex: 3, Cell: func(r partitionRow) string { return r.Topic },
			Cmp: func(a, b partitionRow) int {
				return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
			}},
		number("part", 5, 0, func(r partitionRow) int64 { return int64(r.Partition) }),
		number("committed", 10, 2, func(r partitionRow) int64 { return r.Lag.Committed }),
		number("log end", 9, 1, func(r partitionRow) int64 { return r.Lag.Log.End }),
		behind,
		{Title: "behind", Min: 8, Right: true, Descending: true,
			Cell: func(r partitionRow) string { return lagtext.Delay(r.Progress.Delay) },
			Cmp:  func(a, b partitionRow) int { return cmp.Compare(a.Progress.Delay.Time, b.Progress.Delay.Time) }},
		{Title: "verdict", Min: 12, Cell: partitionRow.verdict, Descending: true,
			Cmp: func(a, b partitionRow) int {
				return cmp.Or(cmp.Compare(a.Progress.Verdict, b.Progress.Verdict), strings.Compare(a.verdict(), b.verdict()))
			},
			Style: func(r partitionRow) lipgloss.Style { return r.style(th) }},
		rate("in/s", 3, func(r partitionRow) float64 { return r.Progress.Arrival }),
		rate("out/s", 3, func(r partitionRow) float64 { return r.consumed() }),
		{Title: "drain", Min: 7, Right: true, Drop: 4, Descending: true,
			Cell:  func(r partitionRow) string { return lagtext.Drain(r.Progress.Drain) },
			Cmp:   func(a, b partitionRow) int { return cmp.Compare(a.Progress.Drain, b.Progress.Drain) },
			Style: func(r partitionRow) lipgloss.Style { return lagtext.DrainStyle(th, r.Progress.Drain) }},
		{Title: "history", Min: 8, Drop: 7, Style: func(partitionRow) lipgloss.Style { return th.Graph },
			Draw: func(r partitionRow, width int) string { return lagtext.Sparkline(r.History, width) }},
		client,
		word("host", 15, 0, 6, func(r partitionRow) string { return r.reader.Host }),
		number("log start", 10, 8, func(r partitionRow) int64 { return r.Lag.Log.Start }),
		number("last stable", 12, 9, func(r partitionRow) int64 { return r.Lag.Log.Stable }),
		word("member", 24, 2, 10, func(r partitionRow) string { return r.reader.ID }),
	}
}

// consumed is records read per second; going back is not reading.
func (r partitionRow) consumed() float64 {
	if r.Progress.Arrival < 0 {
		return -1
	}
	return max(0, r.Progress.Consumption)
}

// verdict is the state of the lag where that needs a word, and else the verdict.
func (r partitionRow) verdict() string {
	switch {
	case r.Lag.State == lag.Normal && r.waits():
		return "open txn"
	case r.Lag.State == lag.Normal:
		return lagtext.Verdict(r.Progress.Verdict)
	}
	return r.Lag.State.String()
}

// waits reports whether all that is left waits for a transaction to end.
func (r partitionRow) waits() bool {
	return r.Lag.Unstable() > 0 && r.Lag.Committed >= r.Lag.Log.Stable
}

func (r partitionRow) style(th *theme.Theme) lipgloss.Style {
	switch {
	case r.Lag.State == lag.Normal && !r.waits():
		return lagtext.FindingStyle(th, r.Progress.Finding)
	case r.Lag.State == lag.Normal:
		return th.Warn
	}
	return partitionStyle(th, r.Lag.State)
}

func partitionStyle(th *theme.Theme, s lag.State) lipgloss.Style {
	switch s {
	case lag.Normal, lag.Phantom:
		return th.Good
	case lag.Lost, lag.Ahead, lag.Leaderless:
		return th.Bad
	case lag.Uncommitted, lag.Gone, lag.Unauthorized, lag.Unread:
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

func (t *partitions) show(d groups.Detail) {
	t.detail = d
	rows := make([]partitionRow, len(d.Partitions))
	for i, p := range d.Partitions {
		rows[i] = partitionRow{PartitionLag: p, alone: len(p.Readers) < 2}
		if len(p.Readers) > 0 {
			rows[i].reader = d.Members[p.Readers[0]]
		}
	}
	t.SetItems(rows)
}

// about is all there is to say of a partition.
func (r partitionRow) about() string {
	verdict := ""
	switch {
	case r.Lag.State == lag.Phantom || r.waits():
	case r.Progress.Verdict == lag.OK || r.Progress.Verdict == lag.Measuring:
		verdict = r.Progress.Reason()
	case r.Progress.Verdict != lag.Unjudged:
		verdict = r.Progress.Verdict.String() + ": " + r.Progress.Reason()
	}
	reader := "nobody reads"
	if r.reader.ID != "" {
		reader = "read by " + r.client() + " on " + r.reader.Host
	}
	return r.name() + ": " + lagtext.Sentences(r.Lag.Explain(), verdict, reader,
		lagtext.DelaySentence(r.Progress.Delay), lagtext.PaceSentence(r.Progress), drainSentence(r.Progress.Verdict, r.Progress.Drain))
}

// onScreen is the partitions whose rows can be seen.
func (t *partitions) onScreen() []model.TopicPartitions {
	var shown []model.TopicPartitions
	for _, r := range t.Visible() {
		shown = append(shown, model.TopicPartitions{Topic: r.Topic, Partitions: []int32{r.Partition}})
	}
	return shown
}

// noPartitions says why a group has no partitions.
func noPartitions(d groups.Detail) string {
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
