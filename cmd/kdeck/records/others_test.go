package records

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/cmdtest"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/kdeck/kdeck/kafka/serde/recordcases"
)

// othersLab is a cluster and a registry that has the schemas of all cases.
type othersLab struct {
	*kafkatest.Cluster
	cases    []*recordcases.Case
	registry *profile.SchemaRegistry
	state    string
}

func newOthersLab(t *testing.T) *othersLab {
	t.Helper()
	l := &othersLab{Cluster: kafkatest.Start(t, kafkatest.Config{}), state: t.TempDir(), cases: recordcases.Read(t, "../../../testdata/records/cases.jsonl")}
	answers := recordcases.Registry{}
	for _, c := range l.cases {
		answers.Add(c, topicOf(c))
	}
	server := httptest.NewServer(answers)
	t.Cleanup(server.Close)
	l.registry = &profile.SchemaRegistry{URL: server.URL}
	return l
}

// topicOf is the topic whose subject has the schema of a case.
func topicOf(c *recordcases.Case) string { return "case." + c.ID }

func (l *othersLab) connect(ctx context.Context, _ *target.Flags) (*admin.Client, error) {
	decoder, err := profile.Context{SchemaRegistry: l.registry}.Serde(ctx, "")
	if err != nil {
		return nil, err
	}
	return admin.New(kafka.Config{Name: "lab", StateDir: l.state, Serde: decoder, Opts: []kgo.Opt{kgo.SeedBrokers(l.Servers...)}})
}

func (l *othersLab) client(t *testing.T, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(l.Servers...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// read returns the first records of a topic.
func (l *othersLab) read(t *testing.T, topic string, count int) []*kgo.Record {
	t.Helper()
	client := l.client(t, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	var all []*kgo.Record
	for len(all) < count {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		all = append(all, fetches.Records()...)
	}
	return all
}

// TestRecordsOfOthersThroughTheCommands: what kdeck tail prints as JSON says what other
// implementations have written, and kdeck produce makes the same records of it.
func TestRecordsOfOthersThroughTheCommands(t *testing.T) {
	l := newOthersLab(t)
	byForm := make(map[string][]*recordcases.Case)
	for _, c := range l.cases {
		if c.Must == "refuse to encode" {
			continue
		}
		form := "auto"
		if c.Chosen {
			form = c.Form
		}
		byForm[form] = append(byForm[form], c)
	}
	for form, cases := range byForm {
		t.Run(form, func(t *testing.T) { l.copy(t, form, cases) })
	}
}

func (l *othersLab) copy(t *testing.T, form string, cases []*recordcases.Case) {
	from, to, bare := "from."+form, "to."+form, "bare."+form
	l.Create(1, 1, nil, from, to, bare)
	producer := l.client(t)
	for _, c := range cases {
		if err := producer.ProduceSync(t.Context(), c.Record(t, from)).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	out, _, err := cmdtest.Run(t.Context(), Tail(l.connect), nil, from, "--from=earliest", "--until=end", "--output=json", "--decode="+form)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != len(cases) {
		t.Fatalf("%d lines of %d records", len(lines), len(cases))
	}
	for i, c := range cases {
		checkLine(t, c, lines[i])
	}
	_, notes, err := cmdtest.Run(t.Context(), Produce(l.connect), strings.NewReader(out), to, "--input=jsonl")
	if err != nil {
		t.Fatalf("%v: %s", err, notes)
	}
	for i, rec := range l.read(t, to, len(cases)) {
		want := cases[i].Record(t, from)
		if !sameRecord(rec, want) {
			t.Errorf("%s\nbecame %x %x %v\nwant   %x %x %v", lines[i], rec.Key, rec.Value, rec.Headers, want.Key, want.Value, want.Headers)
		}
	}
	l.copyWithoutBytes(t, bare, lines, cases)
}

// copyWithoutBytes writes what is printed without the bytes beside it, as someone does
// who has changed the value.
func (l *othersLab) copyWithoutBytes(t *testing.T, to string, lines []string, cases []*recordcases.Case) {
	t.Helper()
	keep := regexp.MustCompile(`,"(key|value)Bytes":"[^"]*"`)
	input := keep.ReplaceAllString(strings.Join(lines, ""), "")
	_, notes, _ := cmdtest.Run(t.Context(), Produce(l.connect), strings.NewReader(input), to, "--input=jsonl")
	refused := make(map[int]bool)
	for i := range cases {
		refused[i] = strings.Contains(notes, "kdeck: line "+strconv.Itoa(i+1)+" is not stored")
	}
	written := l.read(t, to, len(cases)-count(refused))
	for i, c := range cases {
		if refused[i] {
			if c.Again == "same bytes" {
				t.Errorf("%s is refused: %s", lines[i], notes)
			}
			continue
		}
		rec, want := written[0], c.Record(t, to)
		written = written[1:]
		if c.Again == "same bytes" && !sameRecord(rec, want) {
			t.Errorf("without its bytes, %s\nbecame %x %x\nwant   %x %x", lines[i], rec.Key, rec.Value, want.Key, want.Value)
		}
	}
}

func count(all map[int]bool) (n int) {
	for _, is := range all {
		if is {
			n++
		}
	}
	return n
}

// checkLine looks at what is printed of a case.
func checkLine(t *testing.T, c *recordcases.Case, line string) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &members); err != nil {
		t.Errorf("%s: %v", line, err)
		return
	}
	side := "value"
	if c.Side == "key" {
		side = "key"
	}
	told := string(members[side+"Note"]) + string(members[side+"Error"])
	if c.Must == "decode with a note" && told == "" {
		t.Errorf("%s: nothing says what is odd about %s", c.ID, line)
	}
	if c.ID == "avro-bytes-left" && strings.Contains(told, "cannot be decoded") {
		return // debatable: 8 bytes are a number, or a value that does not decode
	}
	if err := c.Check(members[side], told, members[side+"Error"] != nil); err != nil {
		t.Errorf("%s: %v", c.ID, err)
	}
	if tombstone := c.PayloadHex == nil; tombstone != (string(members[side]) == "null" && members[side+"Form"] == nil) {
		t.Errorf("%s: a value and a tombstone look alike: %s", c.ID, line)
	}
}

func sameRecord(a, b *kgo.Record) bool {
	equal := func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
	return equal(a.Key, b.Key) && equal(a.Value, b.Value) && slices.EqualFunc(a.Headers, b.Headers, func(a, b kgo.RecordHeader) bool {
		return a.Key == b.Key && equal(a.Value, b.Value)
	})
}

// TestProduceByTheSchemaOfTheTopic: without a flag, what fits no schema is refused, and
// branches are named as a person writes them.
func TestProduceByTheSchemaOfTheTopic(t *testing.T) {
	l := newOthersLab(t)
	for _, c := range l.cases {
		inputs := c.Inputs
		if c.Must == "refuse to encode" {
			inputs = []string{c.Input}
		}
		if inputs == nil || c.Side == "key" {
			continue
		}
		l.Create(1, 1, nil, topicOf(c))
		for i, input := range inputs {
			_, notes, err := cmdtest.Run(t.Context(), Produce(l.connect), strings.NewReader(input), topicOf(c), "--input=raw")
			if refused := c.Must == "refuse to encode"; (err != nil) != refused {
				t.Errorf("%s: %s gives %v: %s", c.ID, input, err, notes)
			} else if !refused {
				if rec := l.read(t, topicOf(c), i+1)[i]; !bytes.Equal(rec.Value, c.Framed(t)) {
					t.Errorf("%s: %s became %x, want %x", c.ID, input, rec.Value, c.Framed(t))
				}
			}
		}
	}
}
