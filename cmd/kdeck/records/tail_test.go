package records

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/cmdtest"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// tailLab is a cluster with a topic of two partitions, and "kdeck tail" on it.
type tailLab struct {
	producer *kgo.Client
	servers  []string
	connect  target.Connector
}

func newTailLab(t *testing.T) *tailLab {
	t.Helper()
	cluster := kafkatest.Start(t, kafkatest.Config{})
	producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	cluster.Create(2, 1, nil, "orders")
	return &tailLab{producer, cluster.Servers, cmdtest.ConnectTo(cluster.Servers)}
}

func (l *tailLab) write(t *testing.T, batch ...*kgo.Record) {
	t.Helper()
	for _, rec := range batch {
		rec.Topic = "orders"
	}
	if err := l.producer.ProduceSync(t.Context(), batch...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// run runs "kdeck tail" with arguments and returns what it prints.
func (l *tailLab) run(t *testing.T, args ...string) (out, errOut string, err error) {
	t.Helper()
	return cmdtest.Run(t.Context(), Tail(l.connect), nil, args...)
}

func at(second int64) time.Time { return time.Unix(1_772_366_400+second, 0) }

func TestTailText(t *testing.T) {
	l := newTailLab(t)
	l.write(t,
		&kgo.Record{Timestamp: at(0), Key: []byte("k"), Value: []byte("first\tline\nsecond \x1b[31mred")},
		&kgo.Record{Timestamp: at(1), Value: []byte("no key")},
		&kgo.Record{Timestamp: at(2), Partition: 1, Key: []byte("gone")},
	)
	out, errOut, err := l.run(t, "orders", "--from", "-3", "--follow=false")
	want := "2026-03-01T12:00:00.000Z\t0:0\tk\tfirst line⏎second ␛[31mred\n" +
		"2026-03-01T12:00:01.000Z\t0:1\t-\tno key\n" +
		"2026-03-01T12:00:02.000Z\t1:0\tgone\t(null)\n"
	if err != nil || errOut != "" || out != want {
		t.Errorf("printed %q (%q, %v), want %q", out, errOut, err, want)
	}
	out, _, err = l.run(t, "orders", "--partition", "1", "--from=earliest", "--max=1")
	if err != nil || out != "2026-03-01T12:00:02.000Z\t1:0\tgone\t(null)\n" {
		t.Errorf("partition 1: printed %q (%v)", out, err)
	}
	out, errOut, err = l.run(t, "orders", "--partition=0", "--from=7", "--follow=false")
	if err != nil || out != "" || !strings.Contains(errOut, "offset out of range: partition 0 holds 0 to 2") {
		t.Errorf("out of range: printed %q and %q (%v)", out, errOut, err)
	}
}

func TestTailJSONLosesNothing(t *testing.T) {
	l := newTailLab(t)
	wrote := &kgo.Record{
		Timestamp: at(0), Key: []byte("k\x1b\u0085\u202e\"\\"), Value: []byte{0xff, 0xfe, 0x00},
		Headers: []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a", Value: nil}, {Key: "b", Value: []byte{0x80}}},
	}
	l.write(t, wrote, &kgo.Record{Timestamp: at(1), Value: []byte(`{"n":12345678901234567890.10}`)})
	out, _, err := l.run(t, "orders", "--from=earliest", "--follow=false", "--output=json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out, "\x1b\u0085\u202e") {
		t.Errorf("%q holds what a terminal would obey", out)
	}
	type printed struct {
		Topic         string
		Partition     int
		Offset        int64
		Timestamp     time.Time
		TimestampType string
		Key, Value    any
		Headers       []struct{ Key, Value any }
	}
	var got []printed
	for line := range strings.Lines(out) {
		var p printed
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got = append(got, p)
	}
	base64Of := func(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
	first := got[0]
	if first.Topic != "orders" || !first.Timestamp.Equal(at(0)) || first.TimestampType != "CreateTime" || first.Key != string(wrote.Key) ||
		first.Value.(map[string]any)["base64"] != base64Of(wrote.Value) {
		t.Errorf("printed %+v", first)
	}
	if h := first.Headers; len(h) != 3 || h[0].Value != "1" || h[1].Key != "a" || h[1].Value != nil || h[2].Value.(map[string]any)["base64"] != base64Of([]byte{0x80}) {
		t.Errorf("headers printed as %+v", first.Headers)
	}
	if second := got[1]; second.Offset != 1 || second.Key != nil || second.Value != `{"n":12345678901234567890.10}` || second.Headers == nil {
		t.Errorf("printed %+v", second)
	}
}

func TestTailRaw(t *testing.T) {
	l := newTailLab(t)
	l.write(t, &kgo.Record{Value: []byte("a\x1b\xff")}, &kgo.Record{Value: nil}, &kgo.Record{Value: []byte("b\n")})
	out, _, err := l.run(t, "orders", "--from=earliest", "--follow=false", "--output=raw")
	if err != nil || out != "a\x1b\xff\n\nb\n\n" {
		t.Errorf("printed %q (%v)", out, err)
	}
}

func TestTailMistakes(t *testing.T) {
	l := newTailLab(t)
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"order", "--from=earliest"}, "did you mean orders?"},
		{[]string{"orders", "--partition=2"}, "there is no partition 2; it has partitions 0 to 1"},
		{[]string{"orders", "--from=yesterday"}, `--from: "yesterday" is not a place to read from`},
		{[]string{"orders", "--output=xml"}, `--output "xml": want text, json or raw`},
		{[]string{"orders", "--max=-1"}, "--max -1"},
		{[]string{}, "give one TOPIC, not 0: "},
	} {
		out, _, err := l.run(t, tc.args...)
		if err == nil || !strings.Contains(err.Error(), tc.want) || out != "" {
			t.Errorf("%v: printed %q, error %v; want %q", tc.args, out, err, tc.want)
		}
	}
}

// lockedBuffer is written by a command and read by its test.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
	wrote chan struct{}
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.wrote <- struct{}{}:
	default:
	}
	return b.Buffer.Write(p)
}

// TestTailFollows prints each record as it arrives, and ends in peace when it is
// interrupted.
func TestTailFollows(t *testing.T) {
	l := newTailLab(t)
	l.write(t, &kgo.Record{Value: []byte("old")})
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	out := &lockedBuffer{wrote: make(chan struct{}, 1)}
	cmd := Tail(l.connect)
	cmd.SetArgs([]string{"orders", "--output=raw", "--from=1", "--partition=0"})
	cmd.SetOut(out)
	ended := make(chan error, 1)
	go func() { ended <- cmd.ExecuteContext(ctx) }()
	for _, value := range []string{"one", "two"} {
		l.write(t, &kgo.Record{Value: []byte(value)})
		<-out.wrote
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Errorf("interrupted: %v", err)
	}
	if got := out.String(); got != "one\ntwo\n" {
		t.Errorf("printed %q", got)
	}
}

// TestTailIntoAClosedPipe is "kdeck tail … | head".
func TestTailIntoAClosedPipe(t *testing.T) {
	l := newTailLab(t)
	l.write(t, &kgo.Record{Value: []byte("one")})
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	cmd := Tail(l.connect)
	cmd.SetArgs([]string{"orders", "--from=earliest"})
	cmd.SetOut(output.Stdout{File: writer})
	if err := cmd.ExecuteContext(t.Context()); exit.Code(err) != exit.Done || !exit.Silent(err) {
		t.Errorf("ended with %v", err)
	}
}

func TestTailMergesByTimestamp(t *testing.T) {
	l := newTailLab(t)
	want := ""
	for i := range 10 {
		want += string(rune('0'+i)) + "\n"
	}
	for p := range int32(2) {
		for i := int(p); i < 10; i += 2 {
			l.write(t, &kgo.Record{Partition: p, Timestamp: at(int64(i)), Value: []byte{'0' + byte(i)}})
		}
	}
	for _, more := range [][]string{nil, {"--filter", "offset < 100"}} {
		args := append([]string{"orders", "--from", "earliest", "--until", "end", "--output", "raw", "--order", "timestamp"}, more...)
		if out, errOut, err := l.run(t, args...); out != want || err != nil {
			t.Errorf("%v printed %q (%s, %v)", args, out, errOut, err)
		}
	}
	if _, _, err := l.run(t, "orders", "--order", "size"); err == nil || !strings.Contains(err.Error(), `--order "size": want arrival or timestamp`) {
		t.Errorf("--order size: %v", err)
	}
}
