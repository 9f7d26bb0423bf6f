package groups

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// members is the table of who reads.
type members struct {
	*page.List[memberRow]
}

type memberRow struct {
	kafka.Member
	idle string // why it reads nothing, or ""
}

func newMembers(env page.Env) *members {
	table := widget.NewTable(env.Theme, func(r memberRow) string { return r.ID }, memberColumns(env.Theme)...)
	return &members{page.NewList(env, table, func(r memberRow) string { return r.ID })}
}

func memberColumns(th *theme.Theme) []widget.Column[memberRow] {
	word := func(title string, min, flex, drop int, of func(memberRow) string) widget.Column[memberRow] {
		return widget.Column[memberRow]{
			Title: title, Min: min, Flex: flex, Drop: drop, Cell: of,
			Cmp: func(a, b memberRow) int { return strings.Compare(of(a), of(b)) },
		}
	}
	assigned := word("assigned", 20, 8, 0, func(r memberRow) string { return cmp.Or(r.idle, topicsText(r.Assigned)) })
	assigned.Style = func(r memberRow) lipgloss.Style {
		if r.idle != "" {
			return th.Warn
		}
		return th.Text
	}
	return []widget.Column[memberRow]{
		word("client id", 23, 1, 0, func(r memberRow) string { return r.ClientID }),
		word("instance id", 12, 0, 3, func(r memberRow) string { return cmp.Or(r.InstanceID, text.Unknown) }),
		word("host", 15, 0, 0, func(r memberRow) string { return r.Host }),
		{Title: "partitions", Right: true, Cell: func(r memberRow) string { return text.Count(r.Partitions()) },
			Cmp: func(a, b memberRow) int { return cmp.Compare(a.Partitions(), b.Partitions()) }, Descending: true},
		assigned,
		word("subscribed", 16, 1, 4, subscription),
		{Title: "epoch", Right: true, Drop: 6, Cell: func(r memberRow) string { return text.Count(r.Epoch) },
			Cmp: func(a, b memberRow) int { return cmp.Compare(a.Epoch, b.Epoch) }},
		word("member id", 20, 1, 5, func(r memberRow) string { return r.ID }),
	}
}

func subscription(r memberRow) string {
	if r.SubscribedRegex != "" {
		return "regex " + r.SubscribedRegex
	}
	return strings.Join(r.Subscribed, ", ")
}

// topicsText is partitions by topic, as in "orders 0-3,7; stock 1".
func topicsText(topics []kafka.TopicPartitions) string {
	parts := make([]string, len(topics))
	for i, t := range topics {
		parts[i] = t.Topic + " " + ranges(t.Partitions)
	}
	return strings.Join(parts, "; ")
}

// ranges writes ordered numbers with runs drawn together, as in "0-3,7".
func ranges(numbers []int32) string {
	var parts []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		part := strconv.Itoa(int(numbers[i]))
		if end > i {
			part += "-" + strconv.Itoa(int(numbers[end]))
		}
		parts = append(parts, part)
		i = end + 1
	}
	return strings.Join(parts, ",")
}

func (t *members) title() string { return fmt.Sprintf("Members (%d)", len(t.Items())) }

func (t *members) show(d kafka.GroupDetail) {
	rows := make([]memberRow, len(d.Members))
	for i, m := range d.Members {
		rows[i] = memberRow{m, d.Idle(m)}
	}
	t.SetItems(rows)
}

// about names the member whole, and what it still has to take over or give up.
func (t *members) about() string {
	r, ok := t.Selected()
	if !ok {
		return ""
	}
	parts := []string{cmp.Or(r.idle, "reads "+topicsText(r.Assigned))}
	if target, now := topicsText(r.Target), topicsText(r.Assigned); r.Target != nil && target != now {
		parts = append(parts, "shall read "+cmp.Or(target, "nothing"))
	}
	if r.Rack != "" {
		parts = append(parts, "rack "+r.Rack)
	}
	return strings.Join(append(parts, "member id "+r.ID), " · ")
}

func (t *members) act(keymap.Action) tea.Cmd { return nil }

func (t *members) refuses(a keymap.Action) string {
	if a == keymap.Open || a == keymap.TailTopic {
		return "choose a partition on the other tab"
	}
	return ""
}

func (t *members) empty(d kafka.GroupDetail) string {
	if d.Group.Err != nil {
		return d.Group.Err.Error()
	}
	return "no members: nobody reads with this group now"
}
