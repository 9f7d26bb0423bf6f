package records

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/cmdtest"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// produceLab is a cluster with a topic of three partitions, and "kdeck produce" on
// it.
type produceLab struct {
	*kafkatest.Cluster
	state    string
	readOnly bool
}

func newProduceLab(t *testing.T) *produceLab {
	t.Helper()
	l := &produceLab{Cluster: kafkatest.Start(t, kafkatest.Config{}), state: t.TempDir()}
	l.Create(3, 1, nil, "orders")
	return l
}

func (l *produceLab) connect(context.Context, *target.Flags) (*admin.Client, error) {
	return admin.New(kafka.Config{Name: "lab", ReadOnly: l.readOnly, StateDir: l.state, Opts: []kgo.Opt{kgo.SeedBrokers(l.Servers...)}})
}

// run runs "kdeck produce" and returns what it prints and its exit code.
func (l *produceLab) run(ctx context.Context, in io.Reader, args ...string) (out, notes string, code int) {
	out, notes, err := cmdtest.Run(ctx, Produce(l.connect), in, args...)
	if err != nil {
		notes += err.Error() + "\n"
	}
	return out, notes, exit.Code(err)
}

// tail returns what "kdeck tail" prints of a topic, sorted.
func (l *produceLab) tail(t *testing.T, args ...string) []string {
	t.Helper()
	out, _, err := cmdtest.Run(t.Context(), Tail(l.connect), nil, append([]string{"--from=earliest", "--until=end"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	slices.Sort(lines)
	return lines
}

func TestProduceExitCodes(t *testing.T) {
	l := newProduceLab(t)
	compact := "compact"
	l.Create(1, 1, map[string]*string{"cleanup.policy": &compact}, "compacted")
	for _, tc := range []struct {
		input string
		args  string
		code  int
		says  string // on stderr
	}{
		{"a\nb", "orders", 0, "stored 2 records, 2 B"},
		{"", "orders", 0, "stored 0 records"},
		{"k:v\nbad\nk:w\n", "orders --key-separator :", 2, `line 2 is not stored: it has no key: there is no ":" in it; write KEY:VALUE`},
		{"k:v\nbad\n", "orders --key-separator :", 2, "write to topic orders: done for 1 of 2"},
		{"bad\n", "orders --key-separator :", 1, "refused; nothing was changed"},
		{"{}\n", "orders --input jsonl", 1, `it has no "value"`},
		{"x\n5\n", "orders --encode int64", 2, `line 1 is not stored: encode the value for orders as int64: "x" is no int64`},
		{"{\"a\":\n{}\n", "orders --encode json", 2, "not JSON"},
		{"v\n", "orders --encode-key int64 --key x", 1, "encode the key"},
		{"v\n", "compacted", 1, "topic compacted is compacted, so every record needs a key"},
		{"v\n", "orders --partition 3", 1, "there is no partition 3: topic orders has 0 to 2"},
		{"v\n", "order", 1, "did you mean orders?"},
		{"v\n", "orders --acks 1 --compression zstd", 0, "stored 1 record"},
		{"v\n", "orders --acks 0", 0, "sent without confirmation: 1 record"},
		{"v\n", "orders --acks 1 --idempotent", 1, "an idempotent producer needs acks all, not 1"},
		{"v\n", "orders --acks 1 --transaction", 1, "a transaction needs an idempotent producer"},
		{"v\n", "orders --acks 2", 1, `--acks "2": want all, 1 or 0`},
		{"v\n", "orders --compression rar", 1, `--compression "rar": want none, gzip, snappy, lz4 or zstd`},
		{"v\n", "orders --input xml", 1, "want lines, jsonl or raw"},
		{"v\n", "orders --input raw --headers", 1, "--headers is for --input lines"},
		{"v\n", "orders --keep-partition", 1, "--keep-partition is for --input jsonl"},
		{"v\n", "orders --value v --key-separator :", 1, "--key-separator is for --input lines"},
		{"v\n", "orders --encode xml", 1, `--as "xml": want auto, text, json,`},
		{"v\n", "orders --header a", 1, `--header: header "a": want NAME=VALUE`},
		{"v\n", "orders --rate -1", 1, "--rate -1"},
		{"v\n", "orders --count -1", 1, "--count -1"},
		{"v\n", "orders --partition -2", 1, "--partition -2"},
		{"v\n", "orders --timeout 10ms", 1, "want 1s at least"},
		{"v\n", "orders --timeout 0s", 1, "want a time from 1s on"},
		{"v\n", "orders --output xml", 1, `--output "xml": want text or json`},
		{"v\n", "orders --file /does/not/exist", 1, "--file: open /does/not/exist"},
		{"v\n", "orders --file . ", 1, "read .: read .: is a directory"},
		{"v\n", "", 1, "give one TOPIC, not 0"},
	} {
		_, notes, code := l.run(t.Context(), strings.NewReader(tc.input), strings.Fields(tc.args)...)
		if code != tc.code || !strings.Contains(notes, tc.says) {
			t.Errorf("%q, %s: exit code %d, want %d; says %q, want %q", tc.input, tc.args, code, tc.code, notes, tc.says)
		}
	}
	if _, notes, _ := l.run(t.Context(), strings.NewReader("a:b\nc"), "orders", "--quiet", "--key-separator=:"); strings.Contains(notes, "stored 1") || !strings.Contains(notes, "line 2 is not stored") {
		t.Errorf("quiet says %q", notes)
	}
}

func TestProduceIsRefusedWhenReadOnly(t *testing.T) {
	l := newProduceLab(t)
	l.readOnly = true
	if _, notes, code := l.run(t.Context(), strings.NewReader("v"), "orders"); code != 1 || !strings.Contains(notes, "the context is read-only") {
		t.Errorf("exit code %d: %s", code, notes)
	}
	_, notes, code := l.run(t.Context(), strings.NewReader("a:v\nb:v\nc\n:v\n"), "orders", "--dry-run", "--key-separator=:")
	if code != 1 || !strings.Contains(notes, "dry run: nothing was changed; 3 records, 5 B, would be written") || !strings.Contains(notes, "read-only") || !strings.Contains(notes, "1 of 4 would be refused") {
		t.Errorf("dry run: exit code %d: %s", code, notes)
	}
	out, _, code := l.run(t.Context(), strings.NewReader("a\nb\n"), "orders", "--dry-run", "--output=json", "--partition=2")
	if code != 0 || strings.Join(strings.Fields(out), "") != `{"messages":2,"bytes":2,"places":{"2":2}}` {
		t.Errorf("dry run: exit code %d: %s", code, out)
	}
	if got := l.tail(t, "orders"); got[0] != "" {
		t.Errorf("it was written: %q", got)
	}
	if _, err := os.Stat(filepath.Join(l.state, "audit.jsonl")); err == nil {
		t.Error("what was not done is in the audit log")
	}
}

// TestProduceWritesWhatTailPrints, field by field, from one topic into another.
func TestProduceWritesWhatTailPrints(t *testing.T) {
	l := newProduceLab(t)
	l.Create(3, 1, nil, "copy")
	input := "h:1,g:\tk\tv\n\t\t\n-\t-\t-\n\tk\t{\"a\": 1.10}\n\t\xff\t\xfe\x1b\u202e\r\r\n\t\x00\x00\x00\x00\x00\x00\x00*\t\x82\xa1a\x01\xa1b\xc3\n"
	if _, notes, code := l.run(t.Context(), strings.NewReader(input), "orders", "--headers", "--key-separator", `\t`, "--null-marker=-"); code != 0 {
		t.Fatal(notes)
	}
	for _, decode := range []string{"auto", "raw", "hex"} {
		l.Create(3, 1, nil, "copy-"+decode)
		printed := l.tail(t, "orders", "--output=json", "--decode", decode)
		in := strings.NewReader(strings.Join(printed, "\n"))
		if _, notes, code := l.run(t.Context(), in, "copy-"+decode, "--input=jsonl", "--keep-partition", "--keep-timestamp"); code != 0 {
			t.Fatal(notes)
		}
		want := l.tail(t, "orders", "--output=json", "--decode=raw")
		for i := range want {
			want[i] = strings.Replace(want[i], `"orders"`, `"copy-`+decode+`"`, 1)
		}
		if got := l.tail(t, "copy-"+decode, "--output=json", "--decode=raw"); !slices.Equal(got, want) {
			t.Errorf("decoded as %s:\n%s\nbecomes\n%s", decode, strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
	}
}

// TestProduceBesideKcat: kcat reads what was written as it was written.
func TestProduceBesideKcat(t *testing.T) {
	path, err := exec.LookPath("kcat")
	if err != nil {
		t.Skip("kcat is not installed")
	}
	l := newProduceLab(t)
	large := strings.Repeat("x", 900_000)
	input := "a\t1\nb\t" + large + "\nc\t\xff\n"
	if _, notes, code := l.run(t.Context(), strings.NewReader(input), "orders", `--key-separator=\t`, "--header=source=test", "--compression=lz4"); code != 0 {
		t.Fatal(notes)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "-C", "-e", "-q", "-b", strings.Join(l.Servers, ","), "-t", "orders", "-f", "%h|%k|%s\n").Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(lines)
	want := []string{"source=test|a|1", "source=test|b|" + large, "source=test|c|\xff"}
	if err != nil || !slices.Equal(lines, want) {
		t.Errorf("%v: kcat reads %.300q", err, lines)
	}
}

func TestProduceTransactions(t *testing.T) {
	l := newProduceLab(t)
	committed := func() []string { return l.tail(t, "orders", "--isolation=read_committed", "--output=raw") }
	wait := func(what string, holds func([]string) bool) {
		t.Helper()
		for until := time.Now().Add(time.Minute); !holds(committed()); { // markers are written after the answer
			if time.Now().After(until) {
				t.Fatalf("%s: there is %q", what, committed())
			}
		}
	}
	_, notes, code := l.run(t.Context(), strings.NewReader("a:1\nb:2\nc\nd:4\n"), "orders", "--transaction", "--key-separator=:")
	if code != 1 || !strings.Contains(notes, "line 3 is not stored") || !strings.Contains(notes, "the transaction was aborted") {
		t.Errorf("exit code %d: %s", code, notes)
	}
	_, notes, code = l.run(t.Context(), strings.NewReader("a:1\nb:2\n"), "orders", "--transaction=mine", "--key-separator=:")
	if code != 0 || !strings.Contains(notes, "stored 2 records") {
		t.Errorf("exit code %d: %s", code, notes)
	}
	wait("after a commit", func(got []string) bool { return slices.Equal(got, []string{"1", "2"}) })
	log, err := os.ReadFile(filepath.Join(l.state, "audit.jsonl"))
	if err != nil || !strings.Contains(string(log), `"stored":2`) || !strings.Contains(string(log), `"transaction":"mine"`) {
		t.Errorf("%v: the audit log is\n%s", err, log)
	}
}

// TestProduceIsInterrupted: what was read is written and told; a transaction is given
// up.
func TestProduceIsInterrupted(t *testing.T) {
	l := newProduceLab(t)
	interruptAfter := func(lines int, args ...string) (string, int) {
		ctx, interrupt := context.WithCancel(t.Context())
		defer interrupt()
		reader, writer := io.Pipe()
		defer writer.Close()
		go func() {
			for i := range lines {
				_, _ = fmt.Fprintln(writer, i) // nobody may be there any more
			}
			for l.stored(ctx, "orders") < int64(lines) && ctx.Err() == nil {
				<-time.After(10 * time.Millisecond)
			}
			interrupt()
		}()
		_, notes, code := l.run(ctx, reader, append([]string{"orders", "--partition=0"}, args...)...)
		return notes, code
	}
	notes, code := interruptAfter(5)
	if code != 2 || !strings.Contains(notes, "interrupted before the end of the input; 5 records stored") {
		t.Errorf("exit code %d: %s", code, notes)
	}
	notes, code = interruptAfter(11, "--transaction")
	if code != 1 || !strings.Contains(notes, "interrupted") || !strings.Contains(notes, "the transaction was aborted") {
		t.Errorf("exit code %d: %s", code, notes)
	}
	if got := l.tail(t, "orders", "--isolation=read_committed", "--output=raw"); len(got) != 5 {
		t.Errorf("there is %q", got)
	}
}

// stored is the log end offset of partition 0.
func (l *produceLab) stored(ctx context.Context, topic string) int64 {
	ends, err := l.Admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return -1
	}
	end, _ := ends.Lookup(topic, 0)
	return end.Offset
}

func TestProduceReports(t *testing.T) {
	l := newProduceLab(t)
	var input strings.Builder
	for i := range 100 {
		if i >= 40 && i < 70 || i == 80 {
			fmt.Fprintln(&input, "bad")
			continue
		}
		fmt.Fprintf(&input, "k:%d\n", i)
	}
	out, notes, code := l.run(t.Context(), strings.NewReader(input.String()), "orders", "--key-separator=:", "--partition=1", "--output=json")
	var report produceReport
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	if code != 2 || report.Read != 100 || report.Stored != 69 || report.Refused != 31 || len(report.Failures) != 20 || report.Failures[0].Line != 41 ||
		fmt.Sprint(report.FailedLines) != "[[41 70] [81 81]]" || len(report.Partitions) != 1 || *report.Partitions[0].Last != 68 || report.P99Millis <= 0 {
		t.Errorf("exit code %d: %s", code, out)
	}
	if strings.Count(notes, "is not stored") != 20 {
		t.Errorf("stderr has %s", notes)
	}
	_, notes, _ = l.run(t.Context(), strings.NewReader(input.String()), "orders", "--key-separator=:", "--partition=1")
	if !strings.Contains(notes, "31 lines not stored, or not certainly: 41-70, 81\n") || !strings.Contains(notes, "        1       69     69   137") {
		t.Errorf("stderr has %s", notes)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	cmd := Produce(l.connect)
	cmd.SetArgs([]string{"orders", "--value=v", "--output=json"})
	cmd.SetErr(io.Discard)
	cmd.SetOut(output.Stdout{File: writer})
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Errorf("into a closed pipe: %v", err)
	}
}

func TestProduceOneValue(t *testing.T) {
	l := newProduceLab(t)
	file := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(file, []byte("two\nlines\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, notes, code := l.run(t.Context(), nil, "orders", "--value=v", "--count=3", "--rate=100000", "--partition=0"); code != 0 || !strings.Contains(notes, "stored 3 records") {
		t.Errorf("exit code %d: %s", code, notes)
	}
	if _, notes, code := l.run(t.Context(), nil, "orders", "--input=raw", "--file", file, "--partition=0"); code != 0 || !strings.Contains(notes, "stored 1 record") {
		t.Errorf("exit code %d: %s", code, notes)
	}
	if got := l.tail(t, "orders", "--output=raw"); !slices.Equal(got, []string{"", "lines", "two", "v", "v", "v"}) {
		t.Errorf("there is %q", got)
	}
}

// TestProduceLargeRecords: 10 MB and 100,000 headers.
func TestProduceLargeRecords(t *testing.T) {
	l := newProduceLab(t)
	most := "20000000"
	l.Create(1, 1, map[string]*string{"max.message.bytes": &most}, "large")
	value := strings.Repeat("0123456789", 1<<20)
	var headers strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&headers, "h%d:%d,", i, i)
	}
	input := "\t" + value + "\n" + strings.TrimSuffix(headers.String(), ",") + "\tv\n"
	if _, notes, code := l.run(t.Context(), strings.NewReader(input), "large", "--headers"); code != 0 || !strings.Contains(notes, "stored 2 records") {
		t.Fatalf("exit code %d: %.500s", code, notes)
	}
	got := l.tail(t, "large", "--output=json")
	if len(got) != 2 || !strings.Contains(got[0]+got[1], value) || !strings.Contains(got[0]+got[1], `{"key":"h99999","value":"99999"}]`) {
		t.Errorf("%d records, the first %.200s", len(got), got[0])
	}
	_, notes, code := l.run(t.Context(), strings.NewReader("a\n"+value+"\nb\n"), "orders")
	if code != 2 || !strings.Contains(notes, "line 2 is not stored: the record is too large") || !strings.Contains(notes, "done for 2 of 3") {
		t.Errorf("exit code %d: %.500s", code, notes)
	}
}
