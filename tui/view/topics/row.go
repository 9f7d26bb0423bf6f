package topics

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/tui/lagtext"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// row is a topic with what the slower questions have told of it.
type row struct {
	topics.Topic
	size    int64          // bytes of all replicas, -1 when not known
	policy  *topics.Policy // nil when not known
	readers int            // groups that read it, -1 when not known
	lag     int64          // of all of them, -1 when not known
	verdict lag.Verdict    // the worst of them
}

func columns(th *theme.Theme) []widget.Column[*row] {
	name := func(r *row) lipgloss.Style { return dimmed(th, r, th.Link) }
	plain := func(r *row) lipgloss.Style { return dimmed(th, r, th.Text) }
	return []widget.Column[*row]{
		{Title: "topic", Min: 19, Flex: 1, Style: name,
			Cell: func(r *row) string { return r.Name },
			Cmp:  func(a, b *row) int { return strings.Compare(a.Name, b.Name) }},
		{Title: "parts", Right: true, Style: plain, Descending: true,
			Cell: func(r *row) string { return text.Count(r.Partitions) },
			Cmp:  func(a, b *row) int { return cmp.Compare(a.Partitions, b.Partitions) }},
		{Title: "RF", Min: 3, Right: true, Drop: 7, Style: plain, Descending: true,
			Cell: func(r *row) string { return text.Count(r.ReplicationFactor) },
			Cmp:  func(a, b *row) int { return cmp.Compare(a.ReplicationFactor, b.ReplicationFactor) }},
		{Title: "state", Min: 18, Descending: true,
			Style: func(r *row) lipgloss.Style { return stateStyle(th, r) },
			Cell:  func(r *row) string { return stateWords(&r.Topic) }, Cmp: byState},
		{Title: "records", Min: 9, Right: true, Drop: 2, Style: plain, Descending: true,
			Cell: func(r *row) string { return text.Count(r.Records) },
			Cmp:  func(a, b *row) int { return cmp.Compare(a.Records, b.Records) }},
		{Title: "rec/s", Min: 6, Right: true, Drop: 3, Style: plain, Descending: true,
			Cell: func(r *row) string { return text.Rate(r.Rate) },
			Cmp:  func(a, b *row) int { return cmp.Compare(a.Rate, b.Rate) }},
		{Title: "size", Min: 10, Right: true, Drop: 5, Style: plain, Descending: true,
			Cell: func(r *row) string { return text.Bytes(r.size) },
			Cmp:  func(a, b *row) int { return cmp.Compare(a.size, b.size) }},
		{Title: "cleanup", Min: 14, Drop: 8, Style: plain, Cell: cleanup,
			Cmp: func(a, b *row) int { return strings.Compare(cleanup(a), cleanup(b)) }},
		{Title: "retention", Min: 11, Right: true, Drop: 9, Style: plain, Descending: true, Cell: retention,
			Cmp: func(a, b *row) int { return cmp.Compare(retentionRank(a), retentionRank(b)) }},
		{Title: "groups", Right: true, Drop: 6, Style: plain, Descending: true,
			Cell: func(r *row) string { return text.Count(r.readers) },
			Cmp:  func(a, b *row) int { return cmp.Compare(a.readers, b.readers) }},
		{Title: "lag", Min: 9, Right: true, Drop: 4, Descending: true,
			Style: func(r *row) lipgloss.Style { return lagStyle(th, r) },
			Cell:  totalLag,
			Cmp:   func(a, b *row) int { return cmp.Compare(a.lag, b.lag) }},
	}
}

// dimmed shows the cluster's own topics faintly, so that the eye lands on the
// others.
func dimmed(th *theme.Theme, r *row, style lipgloss.Style) lipgloss.Style {
	if r.Internal {
		return th.Dim
	}
	return style
}

// byState puts the worst last: topics the cluster will not describe, then by
// state and by how many partitions are in it.
func byState(a, b *row) int {
	broken := func(r *row) int {
		if r.Err != nil {
			return 1
		}
		return 0
	}
	s, t := a.State(), b.State()
	c := cmp.Or(cmp.Compare(broken(a), broken(b)), cmp.Compare(s, t))
	if c == 0 && s != model.InSync {
		c = cmp.Compare(a.Count(s), b.Count(t))
	}
	return c
}

// stateWords says how well the topic is replicated, or what the cluster says
// instead.
func stateWords(t *topics.Topic) string {
	var ke *kerr.Error
	switch {
	case t.Err == nil:
		return t.Words()
	case kafka.IsAuthorization(t.Err):
		return "not authorized"
	case errors.Is(t.Err, kerr.LeaderNotAvailable):
		return "being created"
	case errors.As(t.Err, &ke):
		return strings.ReplaceAll(strings.ToLower(ke.Message), "_", " ")
	}
	return "unknown"
}

func stateStyle(th *theme.Theme, r *row) lipgloss.Style {
	if r.Err != nil {
		return th.Warn
	}
	if s := r.State(); s != model.InSync {
		return replicationStyle(th, s)
	}
	return dimmed(th, r, th.Good)
}

// replicationStyle colours the state of partitions.
func replicationStyle(th *theme.Theme, s model.PartitionState) lipgloss.Style {
	switch s {
	case model.InSync:
		return th.Good
	case model.UnderReplicated:
		return th.Warn
	}
	return th.Bad
}

func cleanup(r *row) string {
	if r.policy == nil {
		return text.Unknown
	}
	return r.policy.Cleanup
}

// totalLag is empty for a topic that nobody reads, where 0 would look like groups
// that keep up.
func totalLag(r *row) string {
	if r.readers == 0 {
		return ""
	}
	return text.Count(r.lag)
}

// lagStyle draws the eye to a topic that some group does not get on with.
func lagStyle(th *theme.Theme, r *row) lipgloss.Style {
	if r.verdict.Bad() || r.verdict == lag.Warn || r.verdict == lag.Rewind {
		return lagtext.VerdictStyle(th, r.verdict)
	}
	return dimmed(th, r, th.Text)
}

// retention is how long records are kept, or how much of them where only the
// size is limited. Topics that are compacted alone keep the last record of each
// key, whatever retention.ms says.
func retention(r *row) string {
	switch {
	case r.policy == nil:
		return text.Unknown
	case r.policy.Cleanup == "compact":
		return "last of key"
	case r.policy.Retention >= 0:
		return text.Duration(r.policy.Retention)
	case r.policy.RetentionBytes >= 0:
		return text.Bytes(r.policy.RetentionBytes)
	}
	return "for ever"
}

// retentionRank sorts retention by time; what no time limits comes last.
func retentionRank(r *row) time.Duration {
	switch {
	case r.policy == nil:
		return -1
	case r.policy.Cleanup == "compact" || r.policy.Retention < 0:
		return math.MaxInt64
	}
	return r.policy.Retention
}

// join makes one row of each topic. before has the rows that were shown until
// now, ordered by name as the topics are: a topic of which some broker told
// nothing keeps its records.
func join(topics []topics.Topic, before []*row, sizes map[string]int64, policies map[string]topics.Policy, readers map[string]reading) []*row {
	rows := make([]row, len(topics))
	out := make([]*row, len(topics))
	for i, t := range topics {
		r := &rows[i]
		*r = row{Topic: t, size: -1, readers: -1, lag: -1}
		if t.Records < 0 && t.Offline < t.Partitions {
			if j, ok := slices.BinarySearchFunc(before, t.Name, compareName); ok {
				r.Records = before[j].Records
			}
		}
		if n, ok := sizes[t.Name]; ok {
			r.size = n
		}
		if p, ok := policies[t.Name]; ok {
			r.policy = &p
		}
		if readers != nil { // read, so a topic without an entry has no readers
			r.readers = readers[t.Name].groups
			if r.readers > 0 {
				r.lag, r.verdict = readers[t.Name].lag, readers[t.Name].verdict
			}
		}
		out[i] = r
	}
	return out
}

func compareName(r *row, name string) int { return strings.Compare(r.Name, name) }

// reading is how groups read one topic.
type reading struct {
	groups  int
	lag     int64
	verdict lag.Verdict // the worst
}

// readings adds up the readers of each topic.
func readings(all []groups.Group) map[string]reading {
	byTopic := make(map[string]reading)
	for topic, readers := range groups.ReadersByTopic(all) {
		var sum lag.Sum
		var watched lag.Summary
		for _, r := range readers {
			sum.Merge(r.Lag)
			watched.Merge(r.Watched)
		}
		byTopic[topic] = reading{len(readers), sum.Total(), watched.Worst.Verdict}
	}
	return byTopic
}
