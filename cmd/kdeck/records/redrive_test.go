package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/cmdtest"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/redrive"
)

// redriveLab is a cluster with a dead-letter queue, and "kdeck redrive" on it.
type redriveLab struct {
	*tailLab
	state string
}

func newRedriveLab(t *testing.T) *redriveLab {
	t.Helper()
	cluster := kafkatest.Start(t, kafkatest.Config{})
	cluster.Create(2, 1, nil, "dlq")
	compact := "compact"
	cluster.Create(3, 1, nil, "orders")
	cluster.Create(1, 1, map[string]*string{"cleanup.policy": &compact}, "compacted")
	producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	l := &redriveLab{&tailLab{producer: producer, servers: cluster.Servers}, t.TempDir()}
	l.connect = func(context.Context, *target.Flags) (*admin.Client, error) {
		return admin.New(kafka.Config{Name: "lab", StateDir: l.state, Opts: []kgo.Opt{kgo.SeedBrokers(l.servers...)}})
	}
	for i := range 10 {
		rec := &kgo.Record{Topic: "dlq", Partition: int32(i % 2), Value: fmt.Appendf(nil, `{"n":%d}`, i)}
		if i < 8 {
			rec.Key = fmt.Append(nil, "k", i)
		}
		if err := producer.ProduceSync(t.Context(), rec).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func (l *redriveLab) redrive(t *testing.T, args ...string) (out, errOut string, err error) {
	t.Helper()
	return cmdtest.Run(t.Context(), Redrive(l.connect), nil, args...)
}

func (l *redriveLab) count(t *testing.T, topic string) int {
	t.Helper()
	out, errOut, err := l.run(t, topic, "--from", "earliest", "--follow=false")
	if err != nil {
		t.Fatal(err, errOut)
	}
	return strings.Count(out, "\n")
}

func TestRedriveCountsFirst(t *testing.T) {
	l := newRedriveLab(t)
	out, errOut, err := l.redrive(t, "dlq", "value.n >= 4", "--to", "orders")
	if err != nil || !strings.Contains(errOut, "dry run: nothing was changed; --execute makes the change") || l.count(t, "orders") != 0 {
		t.Errorf("%v, said %q", err, errOut)
	}
	for _, want := range []string{"from  dlq     0          3", "from  dlq     1          3", "to    orders  any        2", "6 of 10 records match"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q lacks %q", out, want)
		}
	}
	out, errOut, err = l.redrive(t, "dlq", "value.n >= 4", "--to", "orders", "--execute", "-o", "json")
	var got redriveResult
	if jsonErr := json.Unmarshal([]byte(out), &got); err != nil || jsonErr != nil || got.Outcome != "done" || *got.Stored != 6 || got.Resume != nil {
		t.Errorf("%v, %v, said %q, printed %s", err, jsonErr, errOut, out)
	}
	if n := l.count(t, "orders"); n != 6 {
		t.Errorf("%d were sent", n)
	}
	if out, _, err = l.redrive(t, "dlq", "--all", "--to", "orders", "--partition", "0", "--from", "1", "--until", "4", "--max", "2", "--execute"); err != nil || !strings.Contains(out, "2 of 2 records stored") {
		t.Errorf("%v, printed %s", err, out)
	}
}

func TestRedriveExitCodes(t *testing.T) {
	l := newRedriveLab(t)
	for _, tc := range []struct {
		args []string
		code int
		says string // on stderr, or in the error
	}{
		{[]string{"dlq", "no such text", "--to", "orders"}, 1, "nothing matches"},
		{[]string{"dlq", "no such text", "--to", "orders", "--execute"}, 1, "nothing matches"},
		{[]string{"dlq", "--all", "--to", "compacted"}, 1, "2 of 10 would be refused"},
		{[]string{"dlq", "--all", "--to", "compacted", "--execute"}, 2, "refused: dlq/0@4: topic compacted is compacted"},
		{[]string{"dlq", "key == nil", "--to", "compacted", "--execute"}, 1, "nothing was changed"},
		{[]string{"dlq", "--all", "--to", "compacted", "--execute", "--transaction"}, 1, "nothing was sent"},
		{[]string{"dlq", "value.n > \"x\"", "--to", "orders"}, 1, "10 of 10 records could not be compared"},
		{[]string{"dlq", "--all", "--to", "nowhere"}, 1, "nowhere"},
		{[]string{"dlq", "--to", "orders"}, 1, "--all to send every record"},
		{[]string{"dlq", "x", "--all", "--to", "orders"}, 1, "not both"},
		{[]string{"dlq", "x"}, 1, "at least one of the flags in the group [to resume]"},
		{[]string{"dlq", "value.n >", "--to", "orders"}, 1, "column 9"},
		{[]string{"dlq", "x", "--to", "orders", "--acks", "2"}, 1, "--acks"},
		{[]string{"dlq", "x", "--to", "orders", "--compression", "zip"}, 1, "--compression"},
		{[]string{"--resume", "nowhere.json"}, 1, "nowhere.json"},
		{[]string{"--resume", "x", "--to", "orders"}, 1, "none of the others can be"},
		{[]string{"dlq", "--resume", "x"}, 1, "give no arguments"},
	} {
		_, errOut, err := l.redrive(t, tc.args...)
		if err != nil {
			errOut += err.Error()
		}
		if code := exit.Code(err); code != tc.code || !strings.Contains(errOut, tc.says) {
			t.Errorf("%v: exit code %d, said %q; want %d, %q", tc.args, code, errOut, tc.code, tc.says)
		}
	}
}

// TestRedriveGoesOn sends what a run has left, once the destination takes it.
func TestRedriveGoesOn(t *testing.T) {
	l := newRedriveLab(t)
	_, errOut, err := l.redrive(t, "dlq", "--all", "--to", "compacted", "--execute")
	_, after, _ := strings.Cut(errOut, `kdeck redrive --resume "`)
	path, _, found := strings.Cut(after, `" --execute`)
	if exit.Code(err) != exit.InPart || !found {
		t.Fatalf("%v, said %q", err, errOut)
	}
	out, errOut, err := l.redrive(t, "--resume", path)
	if err == nil || !strings.Contains(errOut, "continuing: redrive dlq to compacted of every record") || !strings.Contains(out, "2 of ") || !strings.Contains(errOut, "would be refused: dlq/0@4") {
		t.Errorf("%v, said %q, printed %s", err, errOut, out)
	}
	state, err := redrive.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	state.Left = redrive.Ranges{} // as when the rest was found in the destination
	data, err := json.Marshal(state)
	if err != nil || os.WriteFile(path, data, 0o600) != nil {
		t.Fatal(err)
	}
	if _, errOut, err = l.redrive(t, "--resume", path, "--execute"); err != nil {
		t.Errorf("nothing is left: %v, said %q", err, errOut)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}
