package topics

import (
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/tui/text"
)

func TestStateWords(t *testing.T) {
	for _, tc := range []struct {
		topic topics.Topic
		want  string
	}{
		{topics.Topic{}, "in sync"},
		{topics.Topic{Replication: model.Replication{Partitions: 3, UnderReplicated: 2}}, "2 under-replicated"},
		{topics.Topic{Err: kafka.Explain("describe topic x", "", kerr.TopicAuthorizationFailed)}, "not authorized"},
		{topics.Topic{Err: kafka.Explain("describe topic x", "", kerr.LeaderNotAvailable)}, "being created"},
		{topics.Topic{Err: kafka.Explain("describe topic x", "", kerr.InvalidTopicException)}, "invalid topic exception"},
	} {
		if got := stateWords(&tc.topic); got != tc.want {
			t.Errorf("%+v reads %q, want %q", tc.topic, got, tc.want)
		}
	}
}

func TestRetentionWordsAndOrder(t *testing.T) {
	inWords := []struct {
		policy *topics.Policy
		want   string
	}{ // in the order of the column
		{nil, text.Unknown},
		{&topics.Policy{Cleanup: "delete", Retention: time.Hour, RetentionBytes: 1 << 20}, "1h"},
		{&topics.Policy{Cleanup: "compact,delete", Retention: 7 * 24 * time.Hour, RetentionBytes: -1}, "7d"},
		{&topics.Policy{Cleanup: "delete", Retention: -1, RetentionBytes: -1}, "for ever"},
		{&topics.Policy{Cleanup: "delete", Retention: -1, RetentionBytes: 1 << 20}, "1.0 MiB"},
		{&topics.Policy{Cleanup: "compact", Retention: time.Hour, RetentionBytes: -1}, "last of key"},
	}
	rank := time.Duration(-2)
	for _, tc := range inWords {
		r := &row{policy: tc.policy}
		if got := retention(r); got != tc.want {
			t.Errorf("%+v reads %q, want %q", tc.policy, got, tc.want)
		}
		if got := retentionRank(r); got < rank {
			t.Errorf("%q sorts before the one above it", tc.want)
		} else {
			rank = got
		}
	}
}

func TestByStatePutsTheWorstLast(t *testing.T) {
	broken := func(name string, r model.Replication, err error) *row {
		return &row{Topic: topics.Topic{Name: name, Replication: r, Err: err}}
	}
	rows := []*row{
		broken("refused", model.Replication{}, kerr.TopicAuthorizationFailed),
		broken("dead", model.Replication{Partitions: 9, Offline: 1, UnderReplicated: 1}, nil),
		broken("thin", model.Replication{Partitions: 9, UnderMinISR: 1, UnderReplicated: 9}, nil),
		broken("behind", model.Replication{Partitions: 9, UnderReplicated: 9}, nil),
		broken("lagging", model.Replication{Partitions: 9, UnderReplicated: 1}, nil),
		broken("whole", model.Replication{Partitions: 9}, nil),
	}
	slices.SortStableFunc(rows, byState)
	var got []string
	for _, r := range rows {
		got = append(got, r.Name)
	}
	if want := []string{"whole", "lagging", "behind", "thin", "dead", "refused"}; !slices.Equal(got, want) {
		t.Errorf("sorted %v, want %v", got, want)
	}
}

func TestJoin(t *testing.T) {
	list := []topics.Topic{
		{Name: "dead", Records: -1, Replication: model.Replication{Partitions: 2, Offline: 2}},
		{Name: "new", Records: -1, Replication: model.Replication{Partitions: 2}},
		{Name: "orders", Records: -1, Replication: model.Replication{Partitions: 2}},
		{Name: "payments", Records: 9, Replication: model.Replication{Partitions: 2}},
	}
	before := []*row{
		{Topic: topics.Topic{Name: "dead", Records: 4}},
		{Topic: topics.Topic{Name: "orders", Records: 5}},
		{Topic: topics.Topic{Name: "payments", Records: 6}},
	}
	rows := join(list, before, map[string]int64{"orders": 7}, map[string]topics.Policy{"orders": {MinISR: 2}},
		map[string]reading{"orders": {2, 8, lag.Stall}})
	for i, want := range []int64{
		-1, // nobody leads it: what it had is not there to read
		-1, // never known
		5,  // a broker did not answer: what was known stays
		9,
	} {
		if rows[i].Records != want {
			t.Errorf("%s has %d records, want %d", rows[i].Name, rows[i].Records, want)
		}
	}
	orders, payments := rows[2], rows[3]
	if orders.size != 7 || orders.policy.MinISR != 2 || orders.readers != 2 || orders.verdict != lag.Stall || totalLag(orders) != "8" {
		t.Errorf("orders is %+v", orders)
	}
	if payments.size != -1 || payments.policy != nil || payments.readers != 0 || totalLag(payments) != "" {
		t.Errorf("payments is %+v", payments)
	}
	if r := join(list, nil, nil, nil, nil)[2]; r.readers != -1 || totalLag(r) != text.Unknown {
		t.Errorf("before the groups are read, orders is %+v", r)
	}
}

func TestReadingsAddUpGroups(t *testing.T) {
	known := lag.Sum{Records: 5, Known: 2}
	var w lag.Watch
	look := w.Begin("a", time.Unix(100, 0))
	progress := look.Add("orders", 0, lag.Of(5, lag.Log{End: 10}), true)
	look.End()
	var watched lag.Summary
	watched.Add("orders", 0, progress)
	got := readings([]groups.Group{
		{Name: "a", Topics: []groups.TopicLag{{Topic: "orders", Lag: known, Watched: watched}, {Topic: "dark", Lag: lag.Sum{Unknown: 1}}}},
		{Name: "b", Topics: []groups.TopicLag{{Topic: "orders", Lag: known}}},
	})
	if got["orders"] != (reading{2, 10, lag.Measuring}) || got["dark"] != (reading{1, -1, lag.Unjudged}) || len(got) != 2 {
		t.Errorf("readings are %+v", got)
	}
}
