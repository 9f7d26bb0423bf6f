package topics

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/cmdtest"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// topicLab is a cluster with a topic orders, and "kdeck topics" on it.
type topicLab struct {
	*kafkatest.Cluster
	state    string
	readOnly bool
}

func newTopicLab(t *testing.T) *topicLab {
	t.Helper()
	l := &topicLab{Cluster: kafkatest.Start(t, kafkatest.Config{}), state: t.TempDir()}
	l.Create(2, 3, nil, "orders")
	return l
}

func (l *topicLab) run(t *testing.T, args string) (out, notes string, err error) {
	t.Helper()
	connect := cmdtest.ConnectTo(l.Servers, func(cfg *kafka.Config) { cfg.ReadOnly, cfg.StateDir = l.readOnly, l.state })
	return cmdtest.Run(t.Context(), Command(connect), nil, strings.Fields(args)...)
}

// rows are the lines of a table, with one blank between cells.
func rows(table string) []string {
	var all []string
	for line := range strings.Lines(table) {
		all = append(all, strings.Join(strings.Fields(line), " "))
	}
	return all
}

func TestListAndDescribeTopics(t *testing.T) {
	l := newTopicLab(t)
	out, _, err := l.run(t, "list --exclude-internal")
	if got := rows(out); err != nil || len(got) != 2 || got[0] != "TOPIC PARTITIONS REPLICATION-FACTOR RECORDS STATE NOTES" || got[1] != "orders 2 3 0 in sync -" {
		t.Errorf("printed %q (%v)", got, err)
	}
	out, _, err = l.run(t, "list -o json")
	if err != nil || !strings.Contains(out, `"topic": "orders"`) || !strings.Contains(out, `"records": 0`) {
		t.Errorf("printed %s (%v)", out, err)
	}
	out, _, err = l.run(t, "describe orders")
	if got := rows(out); err != nil || len(got) != 3 || got[0] != "TOPIC PARTITION LEADER REPLICAS ISR LOG-START-OFFSET LOG-END-OFFSET SIZE STATE" ||
		!strings.HasPrefix(got[1], "orders 0 ") || !strings.HasSuffix(got[1], " 0 0 0 in sync") {
		t.Errorf("printed %q (%v)", got, err)
	}
	var described []struct{ Replicas, ISR, OfflineReplicas []int32 }
	if out, _, err = l.run(t, "describe orders -o json"); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(out), &described); err != nil || len(described) != 2 || len(described[1].Replicas) != 3 || len(described[1].ISR) != 3 || described[1].OfflineReplicas == nil {
		t.Errorf("printed %s (%v)", out, err)
	}
	if _, _, err = l.run(t, "describe order"); err == nil || !strings.Contains(err.Error(), "did you mean orders?") {
		t.Errorf("another name: %v", err)
	}
}

func TestCreateTopic(t *testing.T) {
	l := newTopicLab(t)
	out, notes, err := l.run(t, "create stock --partitions 4 --replication-factor 2 --config cleanup.policy=compact --dry-run")
	if got := rows(out); err != nil || len(got) != 2 || got[1] != "stock 4 2 cleanup.policy=compact planned -" || notes != "dry run: nothing was changed\n" {
		t.Errorf("the dry run printed %q, %q (%v)", got, notes, err)
	}
	if out, _, _ := l.run(t, "list"); strings.Contains(out, "stock") {
		t.Error("a dry run created the topic")
	}
	out, notes, err = l.run(t, "create stock --partitions 4 --replication-factor 2 --config cleanup.policy=compact -o json")
	if err != nil || notes != "" || !strings.Contains(out, `"outcome": "done"`) || !strings.Contains(out, `"cleanup.policy": "compact"`) {
		t.Errorf("printed %s, %q (%v)", out, notes, err)
	}
	if out, _, _ := l.run(t, "list"); !strings.Contains(strings.Join(rows(out), "\n"), "stock 4 2 0 in sync") {
		t.Errorf("there are %s", out)
	}
	for args, want := range map[string]string{
		"create stock":                               "TOPIC_ALREADY_EXISTS",
		"create a b":                                 "give one TOPIC, not 2",
		"create other --partitions 0":                "--partitions 0: want a number from 1 on",
		"create other --replication-factor -1":       "--replication-factor -1: want a number from 1 on",
		"create other --config retention":            "--config:",
		"create ../up":                               "the name has '/'",
		"create other --replication-factor 9":        "create topic other:",
		"create other --partitions x":                `--partitions "x"`,
		"create other --config retention.mss=1 -o x": `--output "x": want table or json`,
	} {
		if _, _, err := l.run(t, args); exit.Code(err) != exit.Refused || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}

func TestDeleteTopics(t *testing.T) {
	l := newTopicLab(t)
	l.Create(1, 1, nil, "stock")
	out, notes, err := l.run(t, "delete orders stock")
	if got := rows(out); err != nil || len(got) != 3 || got[1] != "orders 2 0 planned -" || got[2] != "stock 1 0 planned -" || notes != "dry run: nothing was changed; --execute makes the change\n" {
		t.Errorf("the dry run printed %q, %q (%v)", got, notes, err)
	}
	if out, _, _ := l.run(t, "list"); !strings.Contains(out, "orders") {
		t.Error("a dry run deleted the topic")
	}
	out, notes, err = l.run(t, "delete stock order --execute -o json")
	if exit.Code(err) != exit.InPart || !strings.Contains(out, `"topic": "stock"`) || !strings.Contains(out, `"outcome": "done"`) || !strings.Contains(out, `"target": "order"`) {
		t.Errorf("printed %s, %q (%v)", out, notes, err)
	}
	_, path, _ := strings.Cut(strings.TrimSpace(notes), "stock as it was before: ")
	if _, err := os.Stat(path); err != nil {
		t.Errorf("noted %q: %v", notes, err)
	}
	if out, _, _ := l.run(t, "list"); strings.Contains(out, "stock") || !strings.Contains(out, "orders") {
		t.Errorf("left are %s", out)
	}
	l.readOnly = true
	if _, _, err := l.run(t, "delete orders --execute"); exit.Code(err) != exit.Refused || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("in a read-only context: %v", err)
	}
}
