package redrive_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/redrive"
)

func TestRedriveOfADeadLetterQueue(t *testing.T) {
	const total = 10_000
	c := start(t, kafkatest.Config{})
	c.Create(4, 1, nil, "dlq")
	c.Create(3, 1, nil, "by-field", "by-header", "all", "kept")
	c.fill(t, total)
	for _, tc := range []struct {
		to, expression string
		matches        int64
		text           string // in the values of the matches
	}{
		{"by-field", `value.status == "failed"`, total / 2, "failed"},
		{"by-header", `headers["why"] == "timeout" and value.status == "late"`, total / 6, "late"},
		{"all", "", total, ""},
	} {
		plan := c.count(t, wanted(t, tc.expression, tc.to))
		if plan.Matches != tc.matches && plan.Matches != tc.matches+1 || len(plan.Source) != 4 || len(plan.Destination) != 3 || plan.Refused != 0 {
			t.Errorf("%s: planned %d of %d, from %v, to %v", tc.to, plan.Matches, tc.matches, plan.Source, plan.Destination)
		}
		if len(c.read(t, tc.to)) != 0 {
			t.Errorf("%s: counting has written", tc.to)
		}
		report := c.run(t, plan)
		if !report.Complete() || report.Stored != plan.Matches || report.State != "" || len(report.Left) != 0 {
			t.Errorf("%s: %+v", tc.to, report)
		}
		got := c.read(t, tc.to)
		sends := make(map[int32]int64)
		for _, rec := range got {
			sends[rec.Partition]++
		}
		for p, part := range plan.Destination {
			if sends[p] != part.Matches {
				t.Errorf("%s: partition %d got %d, and %d were counted", tc.to, p, sends[p], part.Matches)
			}
		}
		want := c.matching(t, tc.text)
		if tc.to == "by-header" {
			want = withHeader(want)
		}
		if wrong := same(got, want, true); wrong != "" {
			t.Errorf("%s: %s", tc.to, wrong)
		}
	}
	if files, err := os.ReadDir(c.client.RedriveDir()); err != nil || len(files) != 0 {
		t.Errorf("files are left: %v, %v", files, err)
	}
	log := c.audit(t)
	if strings.Count(log, `"action":"redrive"`) != 6 || !strings.Contains(log, `"expression":"value.status == \"failed\""`) || !strings.Contains(log, `"matches":5000`) || !strings.Contains(log, `"stored":5000`) {
		t.Errorf("the audit log:\n%s", log)
	}

	req := wanted(t, `value.id < 100`, "kept")
	req.KeepPartition, req.KeepTimestamp, req.NoOrigin = true, true, true
	plan := c.count(t, req)
	if plan.Matches != 100 || plan.Refused != 24 { // of partition 3, which kept has not
		t.Fatalf("planned %d, refused %d", plan.Matches, plan.Refused)
	}
	report := c.run(t, plan)
	if report.Stored != 76 || report.Failed != 24 || len(report.Failures) != 24 || !strings.Contains(report.Failures[0].Err.Error(), "no partition 3") || report.State == "" {
		t.Errorf("%+v", report)
	}
	for _, rec := range c.read(t, "kept") {
		was := c.at(t, rec)
		if len(rec.Headers) > 2 || !rec.Timestamp.Equal(was.Timestamp) || rec.Partition != was.Partition {
			t.Errorf("kept %+v of %+v", rec, was)
		}
	}
}

// at is the record of dlq with the same value.
func (c *cluster) at(t *testing.T, rec *kgo.Record) *kgo.Record {
	t.Helper()
	for _, was := range c.read(t, "dlq") {
		if string(was.Value) == string(rec.Value) {
			return was
		}
	}
	t.Fatalf("nothing has the value %s", rec.Value)
	return nil
}

func withHeader(all []*kgo.Record) (some []*kgo.Record) {
	for _, rec := range all {
		if len(rec.Headers) > 0 {
			some = append(some, rec)
		}
	}
	return some
}

func TestAbortedTransactionsStayDead(t *testing.T) {
	c := start(t, kafkatest.Config{})
	c.Create(2, 3, nil, "dlq", "orders", "everything")
	tx := c.newWriter(t, kgo.TransactionalID("dlq-writer"))
	for _, keep := range []bool{true, false, true} {
		if err := tx.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			rec := &kgo.Record{Topic: "dlq", Partition: int32(i % 2), Key: []byte("k"), Value: fmt.Appendf(nil, "kept %t", keep)}
			if err := tx.ProduceSync(t.Context(), rec).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.EndTransaction(t.Context(), kgo.TransactionEndTry(keep)); err != nil {
			t.Fatal(err)
		}
	}
	want := c.settled(t, "dlq", 20)
	for _, expression := range []string{"", "kept"} { // a consumer reads the one, and a scan the other
		plan := c.count(t, wanted(t, expression, "orders"))
		if report := c.run(t, plan); plan.Matches != 20 || !report.Complete() {
			t.Errorf("%q: %d matches, %+v", expression, plan.Matches, report)
		}
	}
	got := c.read(t, "orders")
	if len(got) != 40 {
		t.Errorf("%d were sent in two runs", len(got))
	}
	for _, rec := range got {
		if string(rec.Value) != "kept true" {
			t.Errorf("sent %q", rec.Value)
		}
	}
	if wrong := same(got[:0], want[:0], true); wrong != "" {
		t.Error(wrong)
	}
	req := wanted(t, "", "everything")
	req.Query.Committed = false
	if plan := c.count(t, req); plan.Matches != 30 || !strings.Contains(fmt.Sprint(plan.Warnings), "aborted") {
		t.Errorf("uncommitted: %d matches, %q", plan.Matches, plan.Warnings)
	} else if report := c.run(t, plan); report.Stored != 30 {
		t.Errorf("uncommitted: %+v", report)
	}
}

func TestTheLogStartMovesAfterTheCount(t *testing.T) {
	c := start(t, kafkatest.Config{})
	c.Create(4, 1, nil, "dlq")
	c.Create(3, 1, nil, "orders")
	c.fill(t, 400)
	plan := c.count(t, wanted(t, "failed", "orders"))
	c.deleteBefore(t, 10)
	_, err := redrive.Run(t.Context(), c.client, plan, &redrive.Meter{}, nil)
	var moved *redrive.MovedError
	if !errors.As(err, &moved) || !strings.Contains(err.Error(), "begins at offset 10 now") || !strings.Contains(err.Error(), "nothing was sent") {
		t.Errorf("%v", err)
	}
	if got := c.read(t, "orders"); len(got) != 0 || c.audit(t) != "" {
		t.Errorf("%d were sent; the audit log: %s", len(got), c.audit(t))
	}
	plan = c.count(t, wanted(t, "failed", "orders"))
	if report := c.run(t, plan); !report.Complete() {
		t.Errorf("counted again: %+v", report)
	}
}

// deleteBefore moves the start of partition 0 of dlq.
func (c *cluster) deleteBefore(t *testing.T, offset int64) {
	t.Helper()
	to := make(kadm.Offsets)
	to.AddOffset("dlq", 0, offset, -1)
	deleted, err := c.Admin.DeleteRecords(t.Context(), to)
	if err != nil || deleted.Error() != nil {
		t.Fatal(err, deleted.Error())
	}
}

func TestTheDestinationIsTheSource(t *testing.T) {
	c := start(t, kafkatest.Config{})
	c.Create(4, 1, nil, "dlq")
	c.fill(t, 1000)
	want := c.matching(t, "failed")
	plan := c.count(t, wanted(t, "failed", "dlq"))
	if !strings.Contains(fmt.Sprint(plan.Warnings), "the destination is the topic that is read") {
		t.Errorf("warns %q", plan.Warnings)
	}
	c.fill(t, 100) // what comes after the count
	if report := c.run(t, plan); !report.Complete() || report.Stored != 500 {
		t.Errorf("%+v", report)
	}
	var again []*kgo.Record
	for _, rec := range c.read(t, "dlq") {
		if n := len(rec.Headers); n > 0 && rec.Headers[n-1].Key == redrive.Origin {
			again = append(again, rec)
		}
	}
	if wrong := same(again, want, true); wrong != "" {
		t.Error(wrong)
	}
}

func TestACompactedDestination(t *testing.T) {
	compact := "compact"
	c := start(t, kafkatest.Config{})
	c.Create(1, 1, nil, "dlq")
	c.Create(2, 1, map[string]*string{"cleanup.policy": &compact}, "compacted")
	for i := range 30 {
		rec := &kgo.Record{Topic: "dlq", Value: fmt.Append(nil, i)}
		if i%3 > 0 {
			rec.Key = fmt.Append(nil, i)
		}
		c.write(t, rec)
	}
	plan := c.count(t, wanted(t, "", "compacted"))
	if plan.Matches != 30 || plan.Refused != 10 || !strings.Contains(plan.Refusals[0].Err.Error(), "every record needs a key") {
		t.Fatalf("%+v", plan)
	}
	var told int
	report, err := redrive.Run(t.Context(), c.client, plan, &redrive.Meter{}, func(redrive.Failure) { told++ })
	if err != nil || report.Stored != 20 || report.Failed != 10 || told != 10 || report.Unknown != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	// What is left is exactly what failed.
	req := c.left(t, report.State)
	if again := c.count(t, req); again.Matches != 10 || again.Refused != 10 {
		t.Errorf("left %+v", again)
	}
	if !strings.Contains(c.audit(t), `"left":{"0":[{"from":0,"to":1},{"from":3,"to":4}`) {
		t.Errorf("the audit log:\n%s", c.audit(t))
	}
	stop := wanted(t, "", "compacted")
	stop.StopOnError = true
	report = c.run(t, c.count(t, stop))
	if report.Stopped == nil || report.Failed == 0 || report.Stored+report.Failed+report.Unsent != 30 || !strings.Contains(report.Stopped.Error(), "first failure") {
		t.Errorf("stopped at the first: %+v", report)
	}
}

func TestOneTransaction(t *testing.T) {
	compact := "compact"
	c := start(t, kafkatest.Config{})
	c.Create(1, 3, nil, "dlq", "orders")
	c.Create(1, 3, map[string]*string{"cleanup.policy": &compact}, "compacted")
	c.write(t, rec("a"), rec("b"), rec(""), rec("c"))
	for _, tc := range []struct {
		to   string
		seen int
	}{{"orders", 4}, {"compacted", 0}} {
		req := wanted(t, "", tc.to)
		req.Options.Transaction = "kdeck-redrive-" + tc.to
		report := c.run(t, c.count(t, req))
		if report.Complete() != (tc.seen == 4) || report.Stored != int64(tc.seen) || (report.State == "") != (tc.seen == 4) {
			t.Errorf("%s: %+v", tc.to, report)
		}
		if got := c.settled(t, tc.to, tc.seen); len(got) != tc.seen {
			t.Errorf("%s: %d are seen", tc.to, len(got))
		}
		if report.State != "" {
			if again := c.count(t, c.left(t, report.State)); again.Matches != 4 {
				t.Errorf("%s: %d are left", tc.to, again.Matches)
			}
		}
	}
}

func rec(key string) *kgo.Record {
	r := &kgo.Record{Topic: "dlq", Value: []byte("v")}
	if key != "" {
		r.Key = []byte(key)
	}
	return r
}

func TestWhatIsRefusedAtOnce(t *testing.T) {
	c := start(t, kafkatest.Config{})
	c.Create(1, 1, nil, "dlq", "orders")
	c.write(t, rec("a"))
	for _, tc := range []struct {
		name   string
		change func(*redrive.Request)
		want   string
	}{
		{"no such destination", func(r *redrive.Request) { r.To = "order" }, "orders"},
		{"no such topic", func(r *redrive.Request) { r.Query.Topic = "dql" }, "did you mean dlq?"},
		{"no end", func(r *redrive.Request) { r.Query.Follow = true }, "without an end"},
		{"options", func(r *redrive.Request) { r.Options.Acks = produce.Leader }, "needs acks all"},
		{"rate", func(r *redrive.Request) { r.Rate = -1 }, "cannot be"},
	} {
		req := wanted(t, "", "orders")
		tc.change(&req)
		if _, err := redrive.Count(t.Context(), c.client, req, &redrive.Meter{}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	readOnly, err := kafka.New(kafka.Config{Name: "test", ReadOnly: true, StateDir: c.state, Opts: []kgo.Opt{kgo.SeedBrokers(c.Servers...)}})
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	plan := c.count(t, wanted(t, "", "orders"))
	if _, err := redrive.Run(context.Background(), readOnly, plan, &redrive.Meter{}, nil); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
	if _, err := os.Stat(c.client.RedriveDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a read-only context keeps a state: %v", err)
	}
	if plan := c.count(t, wanted(t, "nothing like it", "orders")); plan.Matches != 0 {
		t.Errorf("%d match", plan.Matches)
	} else if _, err := redrive.Run(t.Context(), c.client, plan, &redrive.Meter{}, nil); err == nil || !strings.Contains(err.Error(), "nothing matches") {
		t.Errorf("nothing to send: %v", err)
	}
}
