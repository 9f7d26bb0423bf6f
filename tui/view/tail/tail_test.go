package tail_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// lab is a cluster, a producer on it, and a console.
type lab struct {
	*kafkatest.Cluster
	producer *kgo.Client
}

func newLab(t *testing.T) *lab {
	t.Helper()
	return newLabOf(t, kafkatest.Config{})
}

func newLabOf(t *testing.T, cfg kafkatest.Config) *lab {
	t.Helper()
	cluster := kafkatest.Start(t, cfg)
	producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(20<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	return &lab{cluster, producer}
}

func (l *lab) create(t *testing.T, topic string, partitions int32) {
	t.Helper()
	large := "20000000"
	l.Create(partitions, 1, map[string]*string{"max.message.bytes": &large}, topic)
}

func (l *lab) write(t *testing.T, batch ...*kgo.Record) {
	t.Helper()
	if err := l.producer.ProduceSync(t.Context(), batch...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// fill writes records with the values v-0, v-1, …
func (l *lab) fill(t *testing.T, topic string, from, to int) {
	t.Helper()
	var batch []*kgo.Record
	for i := from; i < to; i++ {
		batch = append(batch, &kgo.Record{Topic: topic, Key: fmt.Appendf(nil, "k-%d", i), Value: fmt.Appendf(nil, "v-%d.", i)})
	}
	l.write(t, batch...)
}

// commit commits an offset of partition 0 for a group.
func (l *lab) commit(t *testing.T, group, topic string, at int64) error {
	t.Helper()
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, 0, at, -1)
	return l.Admin.CommitAllOffsets(t.Context(), group, offsets)
}

// open starts the console on a command.
func (l *lab) open(t *testing.T, command string, w, h int) *tuitest.Screen {
	t.Helper()
	client, err := admin.New(kafka.Config{Name: "lab", RequestTimeout: 2 * time.Second, Opts: []kgo.Opt{kgo.SeedBrokers(l.Servers...)}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return tuitest.Start(t, tui.New(t.Context(), tui.Options{Client: client, Keys: keys, Open: command}), w, h)
}

func TestFollowStopAndFollowAgain(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.fill(t, "orders", 0, 50)
	s := l.open(t, "tail orders", 80, 24)
	s.WaitFor("● following", "50 held", "v-49.", "at the end", "from the last 100").WaitGone("v-10.")
	s.Type("up", "up").WaitFor("‖ stopped at 0:47")
	l.fill(t, "orders", 50, 60)
	s.WaitFor("10 new", "v-47.").WaitGone("v-55.")
	s.Type("G").WaitFor("● following", "v-59.")
	s.Type("space").WaitFor("‖ paused at 0:59")
	l.fill(t, "orders", 60, 63)
	s.WaitFor("3 behind the end").WaitGone("v-62.")
	s.Type("space").WaitFor("● following", "v-62.")
	s.Type("home").WaitFor("v-0.", "stopped at 0:0")
	if text := s.Text(); strings.Index(text, "v-9.") > strings.Index(text, "v-10.") {
		t.Errorf("the rows are not in the order of arrival:\n%s", text)
	}
	s.Type("end").WaitFor("● following")
}

func TestFilterHighlightsAndCounts(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.fill(t, "orders", 0, 50)
	s := l.open(t, "tail orders", 80, 24)
	s.WaitFor("50 held")
	s.Type("/", "V-1").WaitFor("0 of 50")
	s.Type("backspace", "backspace", "backspace", "v-1").WaitFor("11 of 50", "text; enter searches", "v-19.", "v-1.").WaitGone("v-20.")
	l.write(t, &kgo.Record{Topic: "orders", Value: []byte("a new V-1")})
	s.WaitFor("12 of 51", "a new V-1")
	s.Type("esc").WaitFor("v-49.", "51 held")
	l.write(t, &kgo.Record{Topic: "orders", Value: []byte(strings.Repeat("long ", 100) + "Needle é")})
	s.WaitFor("52 held")
	s.Type("/", "needle").WaitFor("1 of 52", "Needle é")
	s.Type("esc").WaitFor("52 held").WaitGone("Needle")
}

func TestSeek(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.fill(t, "orders", 0, 50)
	s := l.open(t, "tail orders 0 latest", 80, 24)
	s.WaitFor("tail orders/0", "no records since latest", "f reads from earlier")
	s.Type("f").WaitFor("read from", "enter reads from latest")
	s.Type("up", "enter").WaitFor("from earliest", "50 held")
	s.Type("f", "down", "down").WaitFor("want a number up to 1,000,000")
	s.Type("x").WaitFor("✗ want a number")
	s.Type("enter").WaitFor("✗ want a number", "read from")
	s.Type("backspace", "3", "enter").WaitFor("from the last 3", "v-47.", "3 held").WaitGone("v-46.")
	s.Type("f").WaitFor("enter reads from the last 3")
	s.Type("down", "down", "45", "enter").WaitFor("from offset 45", "5 held")
	s.Type("f", "down", "1h", "enter").WaitFor("50 held")
	s.Type("f", "esc").WaitFor("50 held").WaitGone("read from")
}

func TestTailOfSomePartitions(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 4)
	for p := range int32(4) {
		l.write(t, &kgo.Record{Topic: "orders", Partition: p, Value: fmt.Appendf(nil, "value-of-%d", p)})
	}
	s := l.open(t, "tail orders 0,2-3 earliest", 80, 24)
	s.WaitFor("tail orders/0,2,3", "3 held", "value-of-0", "value-of-2", "value-of-3").WaitGone("value-of-1")
}

func TestRecordWhole(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	at := time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)
	l.write(t,
		&kgo.Record{Topic: "orders", Timestamp: at, Key: []byte("one\x1b]0;evil\x07"), Value: []byte(`{"id":12345678901234567890,"price":1.10,"nested":{"ok":true}}`),
			Headers: []kgo.RecordHeader{{Key: "trace\x1b", Value: []byte("abc")}, {Key: "binary", Value: []byte{0xff, 0x01}}}},
		&kgo.Record{Topic: "orders", Timestamp: at, Key: []byte("two"), Value: []byte{0xde, 0xad, 0xbe, 0xef, 0x00, 0x1b}},
		&kgo.Record{Topic: "orders", Timestamp: at, Key: []byte("three")},
	)
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		s := l.open(t, "tail orders", size[0], size[1])
		s.WaitFor("3 held", "null (tombstone)", "one␛]0;evil␇")
		s.Type("home", "enter").WaitFor("orders/0 @0", "one␛]0;evil␇", "CreateTime", "unix ms 1772366400123", "leader epoch",
			`"id": 12345678901234567890,`, `"price": 1.10,`, "JSON (auto)", "trace␛  abc", "binary  0xff01")
		s.Type("tab").WaitFor(`{"id":12345678901234567890,"price":1.10`, "text,")
		s.Type("tab", "tab").WaitFor("hex,", "00000000  7b 22 69 64")
		s.Type("y").WaitUntil("the clipboard", func(string) bool {
			return s.Clipboard() == `{"id":12345678901234567890,"price":1.10,"nested":{"ok":true}}`
		})
		s.Type("tab", "n").WaitFor("orders/0 @1", "hex (auto)", "de ad be ef", "......")
		s.Type("n").WaitFor("orders/0 @2", "null", "a tombstone")
		s.Type("n").WaitFor("this is the newest record")
		s.Type("p", "p", "p").WaitFor("orders/0 @0", "this is the oldest record")
		s.Type("n").WaitFor("orders/0 @1")
		s.Type("esc").WaitFor("stopped at 0:1")
		s.Type("q")
		if err := s.WaitEnd(); err != nil {
			t.Error(err)
		}
	}
}

// TestAnotherFormComesIntoSight asks for the value in another form where the
// screen ends above it.
func TestAnotherFormComesIntoSight(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.write(t, &kgo.Record{Topic: "orders", Key: []byte("key"), Value: []byte(`{"first":1,"second":2}`), Headers: []kgo.RecordHeader{{Key: "a"}, {Key: "b"}}})
	s := l.open(t, "record orders 0 0", 60, 15)
	s.WaitFor("orders/0 @0", "partition 0").WaitGone(`{"first"`)
	s.Type("tab").WaitFor("text,", `{"first":1,"second":2}`)
	s.Type("g").WaitFor("partition 0")
}

func TestRecordOfTheCluster(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.fill(t, "orders", 0, 5)
	s := l.open(t, "record orders 0 3", 80, 24)
	s.WaitFor("orders/0 @3", "v-3.")
	s.Type("n").WaitFor("orders/0 @4", "v-4.")
	s.Type("n").WaitFor("no record at offset 5")
	s.Type("p").WaitFor("v-3.")
	s = l.open(t, "record orders 7 3", 80, 24)
	s.WaitFor("no partition 7", "r tries again")
}

func TestALargeRecord(t *testing.T) {
	l := newLab(t)
	l.create(t, "large", 1)
	l.write(t, &kgo.Record{Topic: "large", Value: bytes.Repeat([]byte("0123456789"), 1<<20)})
	s := l.open(t, "tail large", 160, 48)
	s.WaitFor("10.0 MiB")
	s.Type("enter").WaitFor("the first 256.0 KiB of 10.0 MiB; hex shows all")
	s.Type("tab", "tab", "tab", "G").WaitFor("009ffff0")
	s.Type("y").WaitFor("too large for the clipboard")
	headers := make([]kgo.RecordHeader, 100_000)
	for i := range headers {
		headers[i] = kgo.RecordHeader{Key: fmt.Sprint("h-", i), Value: []byte("v")}
	}
	l.write(t, &kgo.Record{Topic: "large", Value: []byte("behind the headers"), Headers: headers})
	s.Type("esc", "end").WaitFor("behind the headers")
	s.Type("enter").WaitFor("headers 100000", "h-1  v")
	s.Type("G").WaitFor("h-499  v", "… and 99,500 more", "behind the headers")
}

func TestWhatStandsInTheWayIsSaid(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	s := l.open(t, "tail ordres", 80, 24)
	s.WaitFor("✗ cannot read", "did you mean orders?", "NO DATA")
	l.create(t, "ordres", 1)
	l.fill(t, "ordres", 0, 3)
	s.WaitFor("● following", "v-2.")
	s = l.open(t, "tail orders x earliest", 80, 24)
	s.WaitFor("✗ not reading", `"x" is not a partition`)
	s.Type("f", "enter").WaitFor("● following")
}

func TestAStalledBrokerIsSaidAndComesBack(t *testing.T) {
	l := newLabOf(t, kafkatest.Config{Faults: true})
	l.create(t, "orders", 3)
	l.fill(t, "orders", 0, 5)
	s := l.open(t, "tail orders", 80, 24)
	s.WaitFor("● following", "5 held")
	for broker := range int32(3) {
		l.Embedded.Stall(broker, true)
	}
	s.WaitFor("! following", "v-4.")
	for broker := range int32(3) {
		l.Embedded.Stall(broker, false)
	}
	l.fill(t, "orders", 5, 6)
	s.WaitFor("● following", "v-5.")
}

// TestEveryLineFits looks at every row that the screens draw.
func TestEveryLineFits(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.write(t, &kgo.Record{Topic: "orders", Key: []byte(strings.Repeat("键", 200)), Value: []byte(strings.Repeat("wide 値 \x1b[2J\u202e", 100)),
		Headers: []kgo.RecordHeader{{Key: strings.Repeat("h", 300), Value: []byte(strings.Repeat("値", 300))}}})
	for _, w := range []int{60, 80, 160} {
		s := l.open(t, "tail orders", w, 24)
		s.WaitFor("1 held", "键", "…")
		s.Type("enter").WaitFor("headers 1", "値")
		for _, line := range strings.Split(s.Text(), "\n") {
			if strings.ContainsAny(line, "\x1b\u202e") {
				t.Errorf("%q holds what could deceive", line)
			}
		}
	}
}
