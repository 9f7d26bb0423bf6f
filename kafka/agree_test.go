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
	static := func(id string) []kgo.Opt { return append(slices.Clone(classic), kgo.InstanceID(id)) }
	after := func(first, then func(*groupLab)) func(*groupLab) {
		return func(l *groupLab) {
			first(l)
			then(l)
		}
	}
	for _, tc := range []struct {
		name    string
		members [][]kgo.Opt
		prepare func(*groupLab)
	}{
		{"without members", nil, (*groupLab).commitSome},
		{"open transaction", nil, (*groupLab).openTransaction},
		{"ended transactions", nil, (*groupLab).endTransactions},
		{"after DeleteRecords", nil, (*groupLab).deleteSome},
		{"topic made anew", nil, (*groupLab).makeAnew},
		{"topic gone", nil, (*groupLab).deleteTopic},

		{"classic", [][]kgo.Opt{classic, classic}, (*groupLab).commitSome},
		{"classic, more members than partitions", [][]kgo.Opt{classic, classic, classic, classic}, nil},
		{"classic, static members", [][]kgo.Opt{static("one"), static("two")}, (*groupLab).commitSome},
		{"classic, open transaction", [][]kgo.Opt{classic}, (*groupLab).openTransaction},
		{"classic, ended transactions", [][]kgo.Opt{classic}, (*groupLab).endTransactions},
		{"classic, after DeleteRecords", [][]kgo.Opt{classic}, (*groupLab).deleteSome},
		{"classic, topic made anew", [][]kgo.Opt{classic}, (*groupLab).makeAnew},

		{"consumer", [][]kgo.Opt{next, next}, (*groupLab).commitSome},
		{"consumer without commits", [][]kgo.Opt{next}, nil},
		{"consumer without members", nil, (*groupLab).leaveConsumer},
		{"consumer, open transaction", [][]kgo.Opt{next}, (*groupLab).openTransaction},
		{"consumer, ended transactions", [][]kgo.Opt{next}, (*groupLab).endTransactions},
		{"consumer, after DeleteRecords", [][]kgo.Opt{next}, (*groupLab).deleteSome},
		{"consumer, topic made anew", [][]kgo.Opt{next}, (*groupLab).makeAnew},

		{"share", [][]kgo.Opt{share}, nil},
		{"share without members", nil, (*groupLab).readShared},
		{"share, members again", [][]kgo.Opt{share}, (*groupLab).readShared},
		{"share, open transaction", nil, after((*groupLab).readShared, (*groupLab).startTransaction)},
		{"share, after DeleteRecords", nil, after((*groupLab).readShared, (*groupLab).deleteAll)},
		{"share, topic made anew", [][]kgo.Opt{share}, after((*groupLab).readShared, (*groupLab).makeTopicAnew)},
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
	l.startTransaction()
}

// endTransactions leaves markers behind the commits: no member will ever read them.
func (l *groupLab) endTransactions() {
	l.commitSome()
	for partition, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		producer := l.join(kgo.TransactionalID(fmt.Sprint("agree-ended-", partition)))
		if err := producer.BeginTransaction(); err != nil {
			l.Fatal(err)
		}
		if err := producer.ProduceSync(l.ctx, &kgo.Record{Topic: "orders", Partition: int32(partition)}).FirstErr(); err != nil {
			l.Fatal(err)
		}
		if err := producer.EndTransaction(l.ctx, end); err != nil {
			l.Fatal(err)
		}
	}
	l.commit("g", "orders", 0, 11) // behind the record, before its marker
}

func (l *groupLab) startTransaction() {
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

// deleteAll deletes what share groups have read and what they have not.
func (l *groupLab) deleteAll() {
	before := make(kadm.Offsets)
	before.AddOffset("orders", 0, -1, -1)
	before.AddOffset("orders", 1, -1, -1)
	if _, err := l.adm.DeleteRecords(l.ctx, before); err != nil {
		l.Fatal(err)
	}
}

// leaveConsumer lets a member of a KIP-848 group commit and leave.
func (l *groupLab) leaveConsumer() {
	member := l.join(kgo.ConsumerGroup("g"), kgo.ServerSideBalancer(), kgo.DisableAutoCommit(), kgo.ConsumeTopics("orders"))
	if err := member.CommitRecords(l.ctx, member.PollRecords(l.ctx, 5).Records()...); err != nil {
		l.Fatal(err)
	}
	member.CloseAllowingRebalance()
	l.detail("g", func(d kafka.GroupDetail) bool { return d.Group.State == kafka.GroupEmpty })
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

func (l *groupLab) makeTopicAnew() {
	l.cluster.Delete("orders")
	l.topic("orders", 3)
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
