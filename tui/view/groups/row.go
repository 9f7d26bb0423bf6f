package groups

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// row is a group in the list.
type row struct {
	kafka.Group
	trend   lag.Trend
	loading bool // only the name has been read
	stale   bool // the cluster did not tell this time: what is shown is older
}

// listed is rows of names alone.
func listed(groups []kafka.Group) []row {
	rows := make([]row, len(groups))
	for i, g := range groups {
		rows[i] = row{Group: g, loading: true}
	}
	return rows
}

// merge turns a whole answer into rows, and keeps what was known before of the
// groups that it could not tell about: those of brokers that did not answer, and
// those that were listed but not read.
func merge(before []row, answer kafka.Snapshot[kafka.Group], trends *lag.Histories) []row {
	old := make(map[string]row, len(before))
	for _, r := range before {
		old[r.Name] = r
	}
	rows := make([]row, 0, len(answer.Items))
	for _, g := range answer.Items {
		r := row{Group: g, trend: trends.Trend(g.Name)}
		if known, ok := old[g.Name]; ok && g.Err != nil && !known.loading && known.Members >= 0 {
			r = known.aged(g.Err)
		}
		rows = append(rows, r)
		delete(old, g.Name)
	}
	var unlisted *kafka.UnlistedError
	if errors.As(answer.Partial, &unlisted) {
		for _, r := range before {
			if _, missing := old[r.Name]; missing && slices.Contains(unlisted.Brokers, r.Coordinator) {
				rows = append(rows, r.aged(fmt.Errorf("coordinator %d does not answer; this is what it said last", r.Coordinator)))
			}
		}
	}
	return rows
}

// aged is what was known of a group, when the cluster cannot tell anew.
func (r row) aged(why error) row {
	r.Err, r.stale, r.loading, r.trend = why, true, false, lag.Trend{}
	return r
}

// about is the sentence on the group, for when the cursor is on it.
func (r row) about() string {
	switch {
	case r.Err != nil:
		return r.Err.Error()
	case r.Unread():
		return fmt.Sprintf("%s: nobody reads, and %s records wait", r.Name, sumText(r.Lag))
	case r.Lag.Unknown > 0:
		return fmt.Sprintf("%s: the lag of %s is not known; enter shows why", r.Name, plural(r.Lag.Unknown, "partition"))
	case r.trend.Verdict != lag.Undecided:
		return r.Name + ": " + trendSentence(r.trend)
	}
	return r.Name
}

func (r row) style(th *theme.Theme, fresh lipgloss.Style) lipgloss.Style {
	if r.stale {
		return th.Dim
	}
	return fresh
}

func (r row) number(n int64) string {
	if r.loading {
		return "…"
	}
	return text.Count(n)
}

// topicCount is -1 when it is not known.
func (r row) topicCount() int64 {
	if r.Members < 0 && len(r.Topics) == 0 {
		return -1
	}
	return int64(len(r.Topics))
}

func (r row) lagText() string {
	if r.loading {
		return "…"
	}
	return sumText(r.Lag) + " " + r.trend.Arrow()
}

func (r row) stateText() string {
	switch {
	case r.stale:
		return "no answer"
	case kafka.IsAuthorization(r.Err):
		return "not allowed"
	case r.Unread():
		return "Empty, unread"
	case r.Rebalancing():
		return "Rebalancing"
	case r.State == "":
		return text.Unknown
	}
	return r.State
}

func (r row) stateStyle(th *theme.Theme) lipgloss.Style {
	if r.stale {
		return th.Bad
	}
	return stateStyle(th, r.Group)
}

func stateStyle(th *theme.Theme, g kafka.Group) lipgloss.Style {
	switch {
	case g.Err != nil:
		return th.Warn
	case g.Unread(), g.Rebalancing():
		return th.Warn
	case g.State == kafka.GroupStable:
		return th.Good
	case g.State == kafka.GroupDead:
		return th.Bad
	}
	return th.Dim
}

// lagStyle draws the eye to lag that nobody works off.
func lagStyle(th *theme.Theme, g kafka.Group, t lag.Trend) lipgloss.Style {
	switch {
	case g.Unread() || t.Verdict == lag.Growing:
		return th.Warn
	case g.Lag.Total() == 0:
		return th.Good
	}
	return th.Text
}

func trendStyle(th *theme.Theme, t lag.Trend) lipgloss.Style {
	switch t.Verdict {
	case lag.Growing:
		return th.Warn
	case lag.Shrinking, lag.CaughtUp:
		return th.Good
	}
	return th.Dim
}

// sumText is a total, marked where partitions are missing from it.
func sumText(s lag.Sum) string {
	if s.Partial() {
		return "≥ " + text.Count(s.Total())
	}
	return text.Count(s.Total())
}

// trendText is a trend in a few words, as in "falling behind 120 rec/s".
func trendText(t lag.Trend) string {
	switch t.Verdict {
	case lag.Growing:
		return t.String() + " " + text.Rate(t.Rate) + " rec/s"
	case lag.Shrinking:
		return t.String() + " " + text.Rate(-t.Rate) + " rec/s"
	}
	return t.String()
}

func trendSentence(t lag.Trend) string {
	switch t.Verdict {
	case lag.Growing:
		return fmt.Sprintf("falling behind by %s rec/s", text.Rate(t.Rate))
	case lag.Shrinking:
		return fmt.Sprintf("catching up by %s rec/s; at this rate it takes %s more", text.Rate(-t.Rate), text.Duration(t.Left))
	}
	return t.String()
}

// refuseReset says why the offsets of a type of group cannot be reset, or "".
func refuseReset(typ kafka.GroupType) string {
	if typ == kafka.ShareGroup {
		return "share groups have no committed offsets"
	}
	return ""
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return text.Count(n) + " " + strings.TrimSuffix(what, "s") + "s"
}
