package groups

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// members is the tab of who reads.
type members struct {
	*page.TablePage[groups.Detail, memberRow]
	detail groups.Detail
}

type memberRow struct {
	model.Member
	idle string // why it reads nothing, or ""
	// pending is what it has to give up and to take over, or what else it waits
	// for.
	pending string
}

func newMembers(env page.Env) *members {
	t := &members{}
	const other = "choose a partition on the other tab"
	t.TablePage = page.NewTablePage(env, page.TableSpec[groups.Detail, memberRow]{
		Title: "Members", Counted: true, Scope: keymap.Group, Row: "member",
		Columns: memberColumns(env.Theme), Key: func(r memberRow) string { return r.ID },
		Never: map[keymap.Action]string{keymap.Open: other, keymap.TailTopic: other},
		Actions: map[keymap.Action]func(memberRow) tea.Cmd{keymap.Remove: func(r memberRow) tea.Cmd {
			return page.Ask(page.Show{Page: removeMember(env, t.detail.Group.Name, r.InstanceID)})
		}},
		Refuse: func(a keymap.Action, r memberRow) string {
			if a == keymap.Remove {
				return groups.RefuseRemoval(r.Member)
			}
			return ""
		},
		Empty: func() string {
			if t.detail.Group.Err != nil {
				return t.detail.Group.Err.Error()
			}
			return "no members: nobody reads with this group now"
		},
		About: memberRow.about, AboutLines: aboutLines,
	})
	return t
}

func memberColumns(th *theme.Theme) []widget.Column[memberRow] {
	word := func(title string, min, flex, drop int, of func(memberRow) string) widget.Column[memberRow] {
		return widget.Column[memberRow]{
			Title: title, Min: min, Flex: flex, Drop: drop, Cell: of,
			Cmp: func(a, b memberRow) int { return strings.Compare(of(a), of(b)) },
		}
	}
	assigned := word("assigned", 33, 8, 0, memberRow.assigned)
	assigned.Style = func(r memberRow) lipgloss.Style {
		if r.idle != "" || r.pending != "" {
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
		word("rack", 8, 0, 7, func(r memberRow) string { return cmp.Or(r.Rack, text.Unknown) }),
		word("member id", 20, 1, 5, func(r memberRow) string { return r.ID }),
	}
}

// assigned is what the member reads, with what it shall read instead, or why it
// reads nothing.
func (r memberRow) assigned() string {
	now := topicsText(r.Assigned)
	if gives, takes := r.Moves(); len(gives)+len(takes) > 0 {
		return cmp.Or(now, "nothing") + " → " + cmp.Or(topicsText(r.Target), "nothing")
	}
	return cmp.Or(r.idle, now)
}

func subscription(r memberRow) string {
	if r.SubscribedRegex != "" {
		return "regex " + r.SubscribedRegex
	}
	return strings.Join(r.Subscribed, ", ")
}

// topicsText is partitions by topic, as in "orders 0-3,7; stock 1".
func topicsText(topics []model.TopicPartitions) string {
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

func (t *members) show(d groups.Detail) {
	t.detail = d
	rows := make([]memberRow, len(d.Members))
	for i, m := range d.Members {
		rows[i] = memberRow{m, d.Idle(m), pendingText(d, m)}
	}
	t.SetItems(rows)
}

// pendingText says what a member waits for, or "".
func pendingText(d groups.Detail, m model.Member) string {
	gives, takes := m.Moves()
	var parts []string
	if len(gives) > 0 {
		parts = append(parts, "gives up "+topicsText(gives))
	}
	if len(takes) > 0 {
		parts = append(parts, "takes "+topicsText(takes))
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ")
	case d.Waits(m) && m.Epoch >= 0:
		return fmt.Sprintf("epoch %d of %d", m.Epoch, d.AssignmentEpoch)
	case d.Waits(m):
		return "waits"
	}
	return ""
}

// about names the member whole, with what it reads and what it still has to take over
// or give up.
func (r memberRow) about() string {
	parts := []string{cmp.Or(r.idle, "reads "+topicsText(r.Assigned))}
	add := func(what, value string) {
		if value != "" {
			parts = append(parts, what+value)
		}
	}
	add("", r.pending)
	add("static as ", r.InstanceID)
	add("rack ", r.Rack)
	if r.Epoch >= 0 {
		add("epoch ", strconv.Itoa(int(r.Epoch)))
	}
	add("member id ", r.ID)
	return r.ClientID + ": " + strings.Join(parts, " · ")
}
