package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// agreeStart is the time of record 0 of every partition; record n is n seconds
// later.
var agreeStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// seedAgreement fills a cluster with what makes strategies differ: a log that
// starts later, a commit before that start, one after the end, partitions without
// a commit and without records, and an open transaction.
func seedAgreement(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	keep := "-1" // the records are old
	c.Create(4, 1, map[string]*string{"retention.ms": &keep}, "orders")
	c.Create(2, 3, map[string]*string{"retention.ms": &keep}, "stock")
	producer, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	for topic, partitions := range map[string]int32{"orders": 3, "stock": 2} {
		for p := range partitions {
			for n := range 100 {
				producer.Produce(t.Context(), &kgo.Record{Topic: topic, Partition: p, Timestamp: agreeStart.Add(time.Duration(n) * time.Second)}, nil)
			}
		}
	}
	if err := producer.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var deleted, billing, late kadm.Offsets
	deleted.AddOffset("orders", 0, 10, -1)
	deleted.AddOffset("orders", 1, 40, -1)
	if _, err := c.Admin.DeleteRecords(t.Context(), deleted); err != nil {
		t.Fatal(err)
	}
	billing.AddOffset("orders", 0, 50, -1)
	billing.AddOffset("orders", 1, 4, -1)
	billing.AddOffset("stock", 0, 500, -1)
	late.AddOffset("stock", 1, 90, -1)
	for group, offsets := range map[string]kadm.Offsets{"billing": billing, "late": late} {
		if err := c.Admin.CommitAllOffsets(t.Context(), group, offsets); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID("agree-"+fmt.Sprint(time.Now().UnixNano())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tx.Close)
	if err := tx.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := tx.ProduceSync(t.Context(), &kgo.Record{Topic: "stock", Partition: 1, Timestamp: agreeStart.Add(200 * time.Second)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.EndTransaction(t.Context(), kgo.TryAbort) }) // or it expires
}

// TestAgreeOnResetPlans compares every strategy and scope with
// kafka-consumer-groups.sh --reset-offsets --dry-run --export: the same partitions
// go to the same offsets, or both refuse.
func TestAgreeOnResetPlans(t *testing.T) {
	tools := kafkatest.NewTools(t)
	cluster := kafkatest.Start(t, kafkatest.Config{})
	seedAgreement(t, cluster)
	strategies := []string{
		"--to-earliest", "--to-latest", "--to-current",
		"--to-offset 33", "--to-offset 0", "--to-offset 100", "--to-offset 9999",
		"--shift-by -15", "--shift-by 15", "--shift-by -1000", "--shift-by 1000",
		"--to-datetime 2026-03-01T12:01:10.000", "--to-datetime 2026-03-01T12:01:09.999", "--to-datetime 2026-03-01T12:01:10.001",
		"--to-datetime 2026-03-01T12:00:00.000", "--to-datetime 2026-03-01T13:00:00.000", "--to-datetime 2020-01-01T00:00:00.000",
		"--to-datetime 2026-03-01T14:01:10.000+02:00",
		"--by-duration PT0S", "--by-duration P1D", "--by-duration P9000DT1H30M", "--by-duration PT2.5S",
	}
	scopes := []string{
		"billing --all-topics", "late --all-topics", "billing --topic orders:0", "billing --topic orders:0,1 --topic stock:0",
		"billing --topic orders", "billing --topic stock", "none-yet --topic orders --topic stock", "billing --topic orders:9", "billing --topic nowhere",
	}
	planned := 0
	for _, scope := range scopes {
		for _, strategy := range strategies {
			group, topics, _ := strings.Cut(scope, " ")
			want, refused := theirPlan(tools, cluster, group, topics+" "+strategy)
			got, err := ourPlan(t, cluster, group, topics+" "+strategy)
			if !refused {
				planned++
			}
			switch {
			case (err != nil) != refused:
				t.Errorf("%s %s: kdeck: %v %v\nkafka-consumer-groups: %v (refused: %v)", scope, strategy, got, err, want, refused)
			case !slices.Equal(got, want):
				t.Errorf("%s %s: kdeck plans %v, kafka-consumer-groups %v", scope, strategy, got, want)
			}
		}
	}
	if planned < len(scopes)*len(strategies)/2 {
		t.Errorf("kafka-consumer-groups planned in %d of %d cases only", planned, len(scopes)*len(strategies))
	}
}

// TestAgreeOnPlanFiles compares what the two tools export for one group and for
// several, and lets each read what the other has written.
func TestAgreeOnPlanFiles(t *testing.T) {
	tools := kafkatest.NewTools(t)
	cluster := kafkatest.Start(t, kafkatest.Config{})
	seedAgreement(t, cluster)
	for _, groups := range []string{"--group billing", "--group billing --group late"} {
		theirs := func(args string) []string {
			ran := tools.Try(cluster, "kafka-consumer-groups --reset-offsets --dry-run --export "+groups+" "+args)
			return csvLines(ran.Out)
		}
		ours := func(args string) []string {
			out, err := ourReset(t, cluster, groups+" --export "+args)
			if err != nil {
				t.Errorf("%s %s: %v", groups, args, err)
			}
			return csvLines(out)
		}
		plan, want := ours("--all-topics --to-offset 60"), theirs("--all-topics --to-offset 60")
		if len(want) < 3 || !slices.Equal(plan, want) {
			t.Errorf("%s: kdeck exports %q, kafka-consumer-groups %q", groups, plan, want)
		}
		for name, lines := range map[string][]string{"ours": plan, "theirs": want} {
			path := filepath.Join(t.TempDir(), name+".csv")
			if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := ours("--from-file " + path); !slices.Equal(got, want) {
				t.Errorf("%s: kdeck reads %s as %q, want %q", groups, name, got, want)
			}
			if got := theirs("--from-file " + path); !slices.Equal(got, want) {
				t.Errorf("%s: kafka-consumer-groups reads %s as %q, want %q", groups, name, got, want)
			}
		}
	}
}

// csvLines is the lines of a plan in what a tool has printed, sorted.
func csvLines(out string) []string {
	var lines []string
	for line := range strings.Lines(out) {
		if line = strings.ReplaceAll(strings.TrimSpace(line), `"`, ""); strings.Count(line, ",") >= 2 && !strings.Contains(line, " ") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// ourReset runs kdeck groups reset-offsets, and returns what it prints.
func ourReset(t *testing.T, c *kafkatest.Cluster, args string) (string, error) {
	t.Helper()
	return runKdeck(t, c, "groups reset-offsets "+args)
}

// theirPlan is the plan of kafka-consumer-groups, as sorted lines of
// topic,partition,offset.
func theirPlan(tools *kafkatest.Tools, c *kafkatest.Cluster, group, args string) (plan []string, refused bool) {
	ran := tools.Try(c, "kafka-consumer-groups --reset-offsets --dry-run --export --group "+group+" "+args)
	for line := range strings.Lines(ran.Out) {
		if line = strings.ReplaceAll(strings.TrimSpace(line), `"`, ""); strings.Count(line, ",") == 2 {
			plan = append(plan, line)
		}
	}
	slices.Sort(plan)
	return plan, ran.Code != 0 || len(plan) == 0
}

// ourPlan is the same of kdeck.
func ourPlan(t *testing.T, c *kafkatest.Cluster, group, args string) ([]string, error) {
	t.Helper()
	out, err := ourReset(t, c, group+" --output json "+args)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Topic     string
		Partition int32
		NewOffset int64
	}
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatal(err)
	}
	var plan []string
	for _, r := range rows {
		plan = append(plan, fmt.Sprintf("%s,%d,%d", r.Topic, r.Partition, r.NewOffset))
	}
	slices.Sort(plan)
	return plan, nil
}
