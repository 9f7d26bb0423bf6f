package records

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/cmdtest"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
)

// search runs "kdeck search" and returns what it prints and its exit code.
func (l *tailLab) search(t *testing.T, args ...string) (out, errOut string, code int, err error) {
	t.Helper()
	out, errOut, err = cmdtest.Run(t.Context(), Search(l.connect), nil, args...)
	var coded *exit.Error
	if err != nil && !errors.As(err, &coded) {
		t.Fatalf("%v: %v has no exit code", args, err)
	}
	return out, errOut, exit.Code(err), err
}

func TestSearchExitCodes(t *testing.T) {
	l := newTailLab(t)
	l.write(t,
		&kgo.Record{Timestamp: at(0), Key: []byte("a"), Value: []byte(`{"total":5,"status":"failed"}`)},
		&kgo.Record{Timestamp: at(1), Key: []byte("b"), Value: []byte(`{"total":50,"status":"paid"}`), Headers: []kgo.RecordHeader{{Key: "trace", Value: []byte("Abc")}}},
		&kgo.Record{Timestamp: at(2), Partition: 1, Key: []byte("c"), Value: []byte(`{"total":"many"}`)},
	)
	for _, tc := range []struct {
		args []string
		code int
		keys string // of what is found
		says string // on stderr, or in the error
	}{
		{[]string{"orders", "failed"}, 0, "a", ""},
		{[]string{"orders", "ABC"}, 1, "", "kdeck: 0 of 3 records match"},
		{[]string{"orders", "abc"}, 0, "b", ""},
		{[]string{"orders", "/\"total\":50?,/"}, 0, "a b", ""},
		{[]string{"orders", "value.total > 10"}, 0, "b", "1 of 3 records could not be compared"},
		{[]string{"orders", "value.total > 100"}, 1, "", "could not be compared"},
		{[]string{"orders", "total", "--partition=0", "--from=1"}, 0, "b", ""},
		{[]string{"orders", "total", "--partition=0", "--until=1"}, 0, "a", ""},
		{[]string{"orders", "total", "--until=2026-03-01T12:00:01Z", "--max=5"}, 0, "a", ""},
		{[]string{"orders", "value.total >"}, 2, "", "column 13: unexpected token"},
		{[]string{"orders", "/[/"}, 2, "", "missing closing ]"},
		{[]string{"order", "x"}, 2, "", "did you mean orders?"},
		{[]string{"orders", "x", "--from=nowhere"}, 2, "", "--from"},
		{[]string{"orders", "x", "--until=earliest"}, 2, "", "--until"},
		{[]string{"orders", "x", "--isolation=none"}, 2, "", "want read_uncommitted or read_committed"},
		{[]string{"orders", "x", "--nonsense"}, 2, "", "unknown flag"},
		{[]string{"orders"}, 2, "", "give a TOPIC and an EXPRESSION, not 1"},
	} {
		out, errOut, code, err := l.search(t, tc.args...)
		var keys []string
		for line := range strings.Lines(out) {
			_, rest, _ := strings.Cut(line, `"key":"`)
			key, _, _ := strings.Cut(rest, `"`)
			keys = append(keys, key)
		}
		if err != nil {
			errOut += err.Error()
		}
		if code != tc.code || strings.Join(keys, " ") != tc.keys || !strings.Contains(errOut, tc.says) {
			t.Errorf("%v: exit code %d, found %v, said %q; want %d, %q, %q", tc.args, code, keys, errOut, tc.code, tc.keys, tc.says)
		}
	}
}

// TestALargeBatchIsSaid by every output, and nothing of it can be produced again.
func TestALargeBatchIsSaid(t *testing.T) {
	l := newTailLab(t)
	gzip := kgo.ProducerBatchCompression(kgo.GzipCompression())
	producer, err := kgo.NewClient(kgo.SeedBrokers(l.producer.OptValue(kgo.SeedBrokers).([]string)...), kgo.DefaultProduceTopic("orders"), kgo.RecordPartitioner(kgo.ManualPartitioner()), gzip, kgo.ProducerBatchMaxBytes(8<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	for _, value := range []string{"first", strings.Repeat("x", 4<<20), "last"} {
		if err := producer.ProduceSync(t.Context(), &kgo.Record{Timestamp: at(0), Value: []byte(value)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	const sizes = "of gzip, would unpack to 4.0 MiB (1 MiB is the bound), offset 1"
	for output, want := range map[string]string{
		"text": "2026-03-01T12:00:00.000Z\t0:1\t-\t✗ not read: 1 record, ",
		"json": `"offset":1,"timestamp":"2026-03-01T12:00:00.000Z","timestampType":"CreateTime","lastOffset":1,"records":1,"packedBytes":`,
		"raw":  "first\nlast\n",
	} {
		args := []string{"orders", "--from", "earliest", "--follow=false", "--output", output}
		out, errOut, err := l.run(t, append(args, "--batch-limit", "1MiB")...)
		if err != nil || !strings.Contains(out, want) || !strings.Contains(errOut, sizes) || !strings.Contains(errOut, "--batch-limit") || len(out) > 2000 {
			t.Errorf("as %s: %q, %q, %v", output, out, errOut, err)
		}
		if out, errOut, err = l.run(t, args...); err != nil || errOut != "" || len(out) < 4<<20 {
			t.Errorf("as %s within the ordinary bound: %d bytes, %q, %v", output, len(out), errOut, err)
		}
	}
	for search, code := range map[string]int{"last": 2, "xx": 2, "key == nil": 2} {
		_, errOut, got, _ := l.search(t, "orders", search, "--batch-limit", "1MiB")
		if got != code || !strings.Contains(errOut, "1 of 3 records could not be compared") || !strings.Contains(errOut, sizes) {
			t.Errorf("search %s: exit code %d, %q", search, got, errOut)
		}
	}
	if _, errOut, code, _ := l.search(t, "orders", "xx"); code != 0 || errOut != "" {
		t.Errorf("within the ordinary bound: exit code %d, %q", code, errOut)
	}
	for _, size := range []string{"1", "2GiB", "-1", "x", "NaN"} {
		if _, _, code, err := l.search(t, "orders", "x", "--batch-limit", size); code != 2 || !strings.Contains(err.Error(), "256MiB") {
			t.Errorf("--batch-limit %s: %v", size, err)
		}
	}
}

// TestSearchIntoAClosedPipe is "kdeck search … | head".
func TestSearchIntoAClosedPipe(t *testing.T) {
	l := newTailLab(t)
	l.write(t, &kgo.Record{Value: []byte("one")})
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	cmd := Search(l.connect)
	cmd.SetArgs([]string{"orders", "one"})
	cmd.SetOut(output.Stdout{File: writer})
	if err := cmd.ExecuteContext(t.Context()); exit.Code(err) != exit.Done || !exit.Silent(err) {
		t.Errorf("ended with %v", err)
	}
}

func TestTailOfARange(t *testing.T) {
	l := newTailLab(t)
	producer, err := kgo.NewClient(kgo.SeedBrokers(l.producer.OptValue(kgo.SeedBrokers).([]string)...), kgo.TransactionalID("tx"), kgo.DefaultProduceTopic("orders"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	for value, end := range map[string]kgo.TransactionEndTry{"kept": kgo.TryCommit, "lost": kgo.TryAbort} {
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := producer.ProduceSync(t.Context(), kgo.StringRecord(value)).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := producer.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	// The coordinator writes the markers after it has answered.
	out, until := "", time.Now().Add(30*time.Second)
	for out == "" && err == nil && time.Now().Before(until) {
		out, _, err = l.run(t, "orders", "--from=earliest", "--until=end", "--isolation=read_committed", "--output=raw")
	}
	if err != nil || out != "kept\n" {
		t.Errorf("committed: printed %q (%v)", out, err)
	}
	out, _, err = l.run(t, "orders", "--from=earliest", "--until=end", "--filter=lost", "--output=raw")
	if err != nil || out != "lost\n" {
		t.Errorf("filtered: printed %q (%v)", out, err)
	}
	if _, _, err = l.run(t, "orders", "--from=committed:billing", "--until=end"); err == nil || !strings.Contains(err.Error(), "it has committed nothing there") {
		t.Errorf("of a group without commits: %v", err)
	}
}
