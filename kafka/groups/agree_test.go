package groups_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
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
			lab.Topic("orders", 3)
			for p := range int32(3) {
				lab.Produce("orders", p, 10)
			}
			if tc.prepare != nil {
				tc.prepare(lab)
			}
			for i, opts := range tc.members {
				lab.Join(append(slices.Clone(opts), kgo.ConsumeTopics("orders"), kgo.ClientID(fmt.Sprint("app-", i)))...)
			}
			d := lab.Detail("g", func(d groups.Detail) bool {
				return len(d.Members) == len(tc.members) && (len(tc.members) == 0 || d.Group.State == model.StateStable && assigned(d) == 3)
			})
			tool := "kafka-consumer-groups"
			if d.Group.Type == model.Share {
				tool = "kafka-share-groups"
			}
			ran := tools.Try(lab.Cluster, tool+" --describe --group g")
			got, want := ourRows(lab, d), theirRows(ran.Out)
			if !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("kdeck says\n%s\n%s says\n%s\n%s%s", strings.Join(got, "\n"), tool, strings.Join(want, "\n"), ran.Out, ran.Err)
			}
			lab.agreeOnState(tools, tool, d)
		})
	}
}

// assigned is how many partitions the members read.
func assigned(d groups.Detail) int {
	n := 0
	for _, m := range d.Members {
		for _, topic := range m.Assigned {
			n += len(topic.Partitions)
		}
	}
	return n
}

func (l *groupLab) commitSome() {
	l.Commit("g", "orders", 0, 4)
	l.Commit("g", "orders", 1, 10)
}

func (l *groupLab) openTransaction() {
	l.commitSome()
	l.startTransaction()
}

// endTransactions leaves markers behind the commits: no member will ever read them.
func (l *groupLab) endTransactions() {
	l.commitSome()
	for partition, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		producer := l.Join(kgo.TransactionalID(fmt.Sprint("agree-ended-", partition)))
		if err := producer.BeginTransaction(); err != nil {
			l.Fatal(err)
		}
		if err := producer.ProduceSync(l.Ctx, &kgo.Record{Topic: "orders", Partition: int32(partition)}).FirstErr(); err != nil {
			l.Fatal(err)
		}
		if err := producer.EndTransaction(l.Ctx, end); err != nil {
			l.Fatal(err)
		}
	}
	l.Commit("g", "orders", 0, 11) // behind the record, before its marker
}

func (l *groupLab) startTransaction() {
	producer := l.Join(kgo.TransactionalID("agree"))
	l.Cleanup(func() { _ = producer.EndTransaction(l.Ctx, kgo.TryAbort) }) // or it expires
	if err := producer.BeginTransaction(); err != nil {
		l.Fatal(err)
	}
	if err := producer.ProduceSync(l.Ctx, &kgo.Record{Topic: "orders"}).FirstErr(); err != nil {
		l.Fatal(err)
	}
}

func (l *groupLab) deleteSome() {
	l.commitSome()
	before := make(kadm.Offsets)
	before.AddOffset("orders", 0, 7, -1)
	if _, err := l.Adm.DeleteRecords(l.Ctx, before); err != nil {
		l.Fatal(err)
	}
}

// deleteAll deletes what share groups have read and what they have not.
func (l *groupLab) deleteAll() {
	before := make(kadm.Offsets)
	before.AddOffset("orders", 0, -1, -1)
	before.AddOffset("orders", 1, -1, -1)
	if _, err := l.Adm.DeleteRecords(l.Ctx, before); err != nil {
		l.Fatal(err)
	}
}

// leaveConsumer lets a member of a KIP-848 group commit and leave.
func (l *groupLab) leaveConsumer() {
	member := l.Join(kgo.ConsumerGroup("g"), kgo.ServerSideBalancer(), kgo.DisableAutoCommit(), kgo.ConsumeTopics("orders"))
	if err := member.CommitRecords(l.Ctx, member.PollRecords(l.Ctx, 5).Records()...); err != nil {
		l.Fatal(err)
	}
	member.CloseAllowingRebalance()
	l.Detail("g", func(d groups.Detail) bool { return d.Group.State == model.StateEmpty })
}

// deleteTopic deletes orders and waits until its commits are deleted too, which
// the coordinator does a moment later.
func (l *groupLab) deleteTopic() {
	l.Topic("users", 1)
	l.Commit("g", "users", 0, 0)
	l.commitSome()
	l.Cluster.Delete("orders")
	l.Detail("g", func(d groups.Detail) bool { return len(d.Partitions) == 1 })
}

func (l *groupLab) makeTopicAnew() {
	l.Cluster.Delete("orders")
	l.Topic("orders", 3)
}

func (l *groupLab) makeAnew() {
	l.deleteTopic()
	l.Topic("orders", 3)
	attachGroupLab(l, l.Cluster, l.Cluster.Servers).commitSome() // the old client remembers the old topic's id
}

// readShared lets a member of a share group read all records, and one more come.
func (l *groupLab) readShared() {
	member := l.Join(kgo.ShareGroup("g"), kgo.ConsumeTopics("orders"))
	go func() {
		for member.PollFetches(l.Ctx).Err0() == nil {
		}
	}()
	l.Detail("g", func(d groups.Detail) bool {
		if assigned(d) < 3 {
			return false
		}
		for _, p := range d.Partitions {
			if p.Lag.State == lag.Uncommitted { // until the first record is done
				l.Produce("orders", p.Partition, 1)
			}
			if p.Lag.State != lag.Normal || p.Lag.Records != 0 {
				return false
			}
		}
		return true
	})
	member.CloseAllowingRebalance()
	l.Detail("g", func(d groups.Detail) bool { return d.Group.State == model.StateEmpty })
	l.Produce("orders", 1, 1)
}

// ourRows is a line for each partition: topic, partition, committed offset, log
// end offset, lag and client id, with "-" for what is not there. Of a share group
// it is topic, partition, start offset and lag.
func ourRows(l *groupLab, d groups.Detail) []string {
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
			behind = l.Cluster.Differs("lag-past-the-end", behind, strconv.FormatInt(p.Lag.Log.End-p.Lag.Committed, 10))
		}
		if d.Group.Type == model.Share {
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
func (l *groupLab) agreeOnState(tools *kafkatest.Tools, tool string, d groups.Detail) {
	l.Helper()
	ran := tools.Try(l.Cluster, tool+" --describe --state --group g")
	rows := kafkatest.Columns(ran.Out)
	if len(rows) != 1 {
		l.Errorf("%s --state says\n%s%s", tool, ran.Out, ran.Err)
		return
	}
	if rows[0]["STATE"] != d.Group.State || rows[0]["#MEMBERS"] != strconv.Itoa(d.Group.Members) ||
		!strings.Contains(ran.Out, fmt.Sprintf("(%d)", d.Group.Coordinator)) || d.Group.Type != model.Share && !strings.Contains(ran.Out, d.Assignor) {
		l.Errorf("kdeck says %s, %d members, coordinator %d, assignor %q; %s says\n%s", d.Group.State, d.Group.Members, d.Group.Coordinator, d.Assignor, tool, ran.Out)
	}
}
