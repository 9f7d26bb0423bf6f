package kafka_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/lag"
)

// TestAgreeOnGroups compares what kdeck says of a group with what
// kafka-consumer-groups --describe and kafka-share-groups --describe say.
func TestAgreeOnGroups(t *testing.T) {
	tools := kafkatest.NewTools(t)
	classic := []kgo.Opt{kgo.ConsumerGroup("g"), kgo.Balancers(kgo.RangeBalancer()), kgo.DisableAutoCommit()}
	next := []kgo.Opt{kgo.ConsumerGroup("g"), kgo.ServerSideBalancer(), kgo.DisableAutoCommit()}
	share := []kgo.Opt{kgo.ShareGroup("g")}
	for _, tc := range []struct {
		name    string
		members [][]kgo.Opt
		prepare func(*groupLab)
	}{
		{"without members", nil, (*groupLab).commitSome},
		{"classic", [][]kgo.Opt{classic, classic}, (*groupLab).commitSome},
		{"classic, more members than partitions", [][]kgo.Opt{classic, classic, classic, classic}, nil},
		{"consumer", [][]kgo.Opt{next, next}, (*groupLab).commitSome},
		{"consumer without commits", [][]kgo.Opt{next}, nil},
		{"share", [][]kgo.Opt{share}, nil},
		{"share without members", nil, (*groupLab).readShared},
		{"open transaction", nil, (*groupLab).openTransaction},
		{"after DeleteRecords", nil, (*groupLab).deleteSome},
		{"topic made anew", nil, (*groupLab).makeAnew},
		{"topic gone", nil, (*groupLab).deleteTopic},
	} {
		t.Run(tc.name, func(t *testing.T) {
			lab := newGroupLab(t)
			lab.topic("orders", 3)
			for p := range int32(3) {
				lab.produce("orders", p, 10)
			}
			if tc.prepare != nil {
				tc.prepare(lab)
			}
			for i, opts := range tc.members {
				lab.join(append(slices.Clone(opts), kgo.ConsumeTopics("orders"), kgo.ClientID(fmt.Sprint("app-", i)))...)
			}
			d := lab.detail("g", func(d kafka.GroupDetail) bool {
				return len(d.Members) == len(tc.members) && (len(tc.members) == 0 || d.Group.State == kafka.GroupStable && assigned(d) == 3)
			})
			tool := "kafka-consumer-groups"
			if d.Group.Type == kafka.ShareGroup {
				tool = "kafka-share-groups"
			}
			ran := tools.Try(lab.cluster, tool+" --describe --group g")
			got, want := ourRows(lab, d), theirRows(ran.Out)
			if !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("kdeck says\n%s\n%s says\n%s\n%s%s", strings.Join(got, "\n"), tool, strings.Join(want, "\n"), ran.Out, ran.Err)
			}
			lab.agreeOnState(tools, tool, d)
		})
	}
}

// assigned is how many partitions the members read.
func assigned(d kafka.GroupDetail) int {
	n := 0
	for _, m := range d.Members {
		for _, topic := range m.Assigned {
			n += len(topic.Partitions)
		}
	}
	return n
}

func (l *groupLab) commitSome() {
	l.commit("g", "orders", 0, 4)
	l.commit("g", "orders", 1, 10)
}

func (l *groupLab) openTransaction() {
	l.commitSome()
	producer := l.join(kgo.TransactionalID("agree"))
	l.Cleanup(func() { _ = producer.EndTransaction(l.ctx, kgo.TryAbort) }) // or it expires
	if err := producer.BeginTransaction(); err != nil {
		l.Fatal(err)
	}
	if err := producer.ProduceSync(l.ctx, &kgo.Record{Topic: "orders"}).FirstErr(); err != nil {
		l.Fatal(err)
	}
}

func (l *groupLab) deleteSome() {
	l.commitSome()
	before := make(kadm.Offsets)
	before.AddOffset("orders", 0, 7, -1)
	if _, err := l.adm.DeleteRecords(l.ctx, before); err != nil {
		l.Fatal(err)
	}
}

// deleteTopic deletes orders and waits until its commits are deleted too, which
// the coordinator does a moment later.
func (l *groupLab) deleteTopic() {
	l.topic("users", 1)
	l.commit("g", "users", 0, 0)
	l.commitSome()
	l.cluster.Delete("orders")
	l.detail("g", func(d kafka.GroupDetail) bool { return len(d.Partitions) == 1 })
}

func (l *groupLab) makeAnew() {
	l.deleteTopic()
	l.topic("orders", 3)
	attachGroupLab(l, l.cluster, l.cluster.Servers).commitSome() // the old client remembers the old topic's id
}

// readShared lets a member of a share group read all records, and one more come.
func (l *groupLab) readShared() {
	member := l.join(kgo.ShareGroup("g"), kgo.ConsumeTopics("orders"))
	go func() {
		for member.PollFetches(l.ctx).Err0() == nil {
		}
	}()
	l.detail("g", func(d kafka.GroupDetail) bool {
		if assigned(d) < 3 {
			return false
		}
		for _, p := range d.Partitions {
			if p.Lag.State == lag.Uncommitted { // until the first record is done
				l.produce("orders", p.Partition, 1)
			}
			if p.Lag.State != lag.Normal || p.Lag.Records != 0 {
				return false
			}
		}
		return true
	})
	member.CloseAllowingRebalance()
	l.detail("g", func(d kafka.GroupDetail) bool { return d.Group.State == kafka.GroupEmpty })
	l.produce("orders", 1, 1)
}

// ourRows is a line for each partition: topic, partition, committed offset, log
// end offset, lag and client id, with "-" for what is not there. Of a share group
// it is topic, partition, start offset and lag.
func ourRows(l *groupLab, d kafka.GroupDetail) []string {
	number := func(n int64) string {
		if n < 0 {
			return "-"
		}
		return strconv.FormatInt(n, 10)
	}
	var rows []string
	for _, p := range d.Partitions {
		reader := "-"
		for _, r := range p.Readers {
			reader = d.Members[r].ClientID
		}
		behind := number(p.Lag.Records)
		if p.Lag.State == lag.Ahead {
			behind = l.cluster.Differs("lag-past-the-end", behind, strconv.FormatInt(p.Lag.Log.End-p.Lag.Committed, 10))
		}
		if d.Group.Type == kafka.ShareGroup {
			rows = append(rows, fmt.Sprintf("%s %d %s %s", p.Topic, p.Partition, number(p.Lag.Committed), behind))
			continue
		}
		rows = append(rows, fmt.Sprintf("%s %d %s %s %s %s", p.Topic, p.Partition, number(p.Lag.Committed), number(p.Lag.Log.End), behind, reader))
	}
	slices.Sort(rows)
	return rows
}

// theirRows is the same from a tool's table. It lists members that read nothing
// as rows without a topic; kdeck has another page for members.
func theirRows(out string) []string {
	var rows []string
	for _, r := range kafkatest.Columns(out) {
		if r["TOPIC"] == "-" {
			continue
		}
		if start, share := r["START-OFFSET"]; share {
			rows = append(rows, fmt.Sprintf("%s %s %s %s", r["TOPIC"], r["PARTITION"], start, r["LAG"]))
			continue
		}
		rows = append(rows, fmt.Sprintf("%s %s %s %s %s %s", r["TOPIC"], r["PARTITION"], r["CURRENT-OFFSET"], r["LOG-END-OFFSET"], r["LAG"], r["CLIENT-ID"]))
	}
	slices.Sort(rows)
	return rows
}

// agreeOnState compares state, coordinator, number of members, and the assignor,
// which kafka-share-groups does not tell.
func (l *groupLab) agreeOnState(tools *kafkatest.Tools, tool string, d kafka.GroupDetail) {
	l.Helper()
	ran := tools.Try(l.cluster, tool+" --describe --state --group g")
	rows := kafkatest.Columns(ran.Out)
	if len(rows) != 1 {
		l.Errorf("%s --state says\n%s%s", tool, ran.Out, ran.Err)
		return
	}
	if rows[0]["STATE"] != d.Group.State || rows[0]["#MEMBERS"] != strconv.Itoa(d.Group.Members) ||
		!strings.Contains(ran.Out, fmt.Sprintf("(%d)", d.Group.Coordinator)) || d.Group.Type != kafka.ShareGroup && !strings.Contains(ran.Out, d.Assignor) {
		l.Errorf("kdeck says %s, %d members, coordinator %d, assignor %q; %s says\n%s", d.Group.State, d.Group.Members, d.Group.Coordinator, d.Assignor, tool, ran.Out)
	}
}
