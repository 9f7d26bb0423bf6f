package groups

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/tui/lagtext"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// row is a group in the list.
type row struct {
	groups.Group
	loading bool // only the name has been read
	stale   bool // the cluster did not tell this time: what is shown is older
}

// listed is rows of names alone.
func listed(groups []groups.Group) []row {
	rows := make([]row, len(groups))
	for i, g := range groups {
		rows[i] = row{Group: g, loading: true}
	}
	return rows
}

// merge turns a whole answer into rows, and keeps what was known before of the
// groups that it could not tell about: those of brokers that did not answer, and
// those that were listed but not read.
func merge(before []row, answer kafka.Snapshot[groups.Group]) []row {
	old := make(map[string]row, len(before))
	for _, r := range before {
		old[r.Name] = r
	}
	rows := make([]row, 0, len(answer.Items))
	for _, g := range answer.Items {
		r := row{Group: g}
		if known, ok := old[g.Name]; ok && g.Err != nil && !known.loading && known.Members >= 0 {
			r = known.aged(g.Err)
		}
		rows = append(rows, r)
		delete(old, g.Name)
	}
	var unlisted *groups.UnlistedError
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
	r.Err, r.stale, r.loading, r.Watched = why, true, false, lag.Watched{}
	return r
}

// verdict is the worst of the group's partitions.
func (r row) verdict() lag.Verdict { return r.Watched.Worst.Verdict }

// about is the sentence on the group, for when the cursor is on it.
func (r row) about() string {
	if r.Err != nil {
		return r.Err.Error()
	}
	unread, unknown, verdict, trend := "", "", "", trendSentence(r.Watched.Trend)
	if r.Unread() && r.verdict() != lag.Stop { // which says so itself
		unread = "nobody reads, and " + lagtext.Sum(r.Lag) + " records wait"
	}
	if r.Lag.Unknown > 0 {
		unknown = "the lag of " + text.Plural(r.Lag.Unknown, "partition") + " is not known; enter shows why"
	}
	switch worst := r.Watched.Worst; worst.Verdict {
	case lag.OK:
		if worst.Slips {
			verdict = lagtext.Where(r.Watched.Summary) + ": " + worst.Reason()
		}
	case lag.Warn, lag.Rewind, lag.Stall, lag.Stop:
		verdict = worst.Verdict.String() + " on " + lagtext.Where(r.Watched.Summary) + ": " + worst.Reason()
		if r.Watched.Direction == lag.Steady {
			trend = ""
		}
	case lag.Unjudged, lag.Measuring:
	}
	said := lagtext.Sentences(unread, verdict, unknown, trend, drainSentence(r.verdict(), r.Watched.Slowest()), lagtext.DelaySentence(r.Watched.Delay))
	if said == "" {
		return r.Name
	}
	return r.Name + ": " + said
}

// topicCount is -1 when it is not known.
func (r row) topicCount() int64 {
	if r.Members < 0 && len(r.Topics) == 0 {
		return -1
	}
	return int64(len(r.Topics))
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

func stateStyle(th *theme.Theme, g groups.Group) lipgloss.Style {
	switch {
	case g.Err != nil:
		return th.Warn
	case g.Unread(), g.Rebalancing():
		return th.Warn
	case g.State == model.StateStable:
		return th.Good
	case g.State == model.StateDead:
		return th.Bad
	}
	return th.Dim
}

// drainSentence says when all is read, where the verdict does not say that it never
// will be.
func drainSentence(v lag.Verdict, drain time.Duration) string {
	if v.Bad() {
		return ""
	}
	return lagtext.DrainSentence(drain)
}

func trendSentence(t lag.Trend) string {
	switch t.Direction {
	case lag.Growing:
		return fmt.Sprintf("falling behind by %s rec/s", text.Rate(t.Rate))
	case lag.Shrinking:
		return fmt.Sprintf("catching up by %s rec/s", text.Rate(-t.Rate))
	case lag.Undecided, lag.CaughtUp, lag.Steady:
	}
	return t.String()
}

// refuseReset says why the offsets of a type of group cannot be reset, or "".
func refuseReset(typ model.GroupType) string {
	switch typ {
	case model.Classic, model.Consumer, model.Share:
		return ""
	}
	return "kdeck cannot reset groups of type " + string(typ)
}
