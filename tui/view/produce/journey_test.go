package produce_test

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// form is what the form alone has on the screen: its label of the settings.
const form = "settings    "

// patience bounds what a broker does in a test.
const patience = time.Minute

// lab is a cluster and a producer on it.
type lab struct {
	*kafkatest.Cluster
	client *kgo.Client
}

func newLab(t *testing.T, cfg kafkatest.Config) *lab {
	t.Helper()
	c := kafkatest.Start(t, cfg)
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(8<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &lab{c, client}
}

// write stores records in partition 0.
func (l *lab) write(t *testing.T, records ...*kgo.Record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := l.client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// read returns so many records of a topic.
func (l *lab) read(t *testing.T, topic string, n int) (found []*kgo.Record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	reader, err := kgo.NewClient(kgo.SeedBrokers(l.Servers...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for len(found) < n {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%d of %d records of %s: %v", len(found), n, topic, err)
		}
		found = append(found, fetches.Records()...)
	}
	return found
}

// open starts the console on a command.
func (l *lab) open(t *testing.T, cfg kafka.Config, command string, w, h int) *tuitest.Screen {
	t.Helper()
	cfg.Name, cfg.RequestTimeout, cfg.StateDir, cfg.Opts = "lab", 5*time.Second, t.TempDir(), []kgo.Opt{kgo.SeedBrokers(l.Servers...)}
	client, err := admin.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return tuitest.Start(t, tui.New(t.Context(), tui.Options{Client: client, Keys: keys, Open: command}), w, h)
}

func eachSize(t *testing.T, run func(t *testing.T, w, h int)) {
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		t.Run(strconv.Itoa(size[0]), func(t *testing.T) { run(t, size[0], size[1]) })
	}
}

func TestJourneyProduceARecordAndSeeIt(t *testing.T) {
	eachSize(t, func(t *testing.T, w, h int) {
		l := newLab(t, kafkatest.Config{})
		l.Create(3, 3, nil, "orders")
		s := l.open(t, kafka.Config{}, "topics", w, h)
		s.WaitFor("orders").Type("/", "orders", "enter").WaitFor("1 of ").Type("p").WaitFor("topics › produce to orders", "3 partitions", "an empty value; ctrl+n makes it a tombstone", "ctrl+s send", "f1 help")
		s.Type(`{"id": 1`, "enter", ` x}`).WaitFor("not JSON: 2:2 invalid character 'x'")
		s.Type("backspace", "backspace", `,"name":"注文"}`).WaitFor("✓ JSON")
		s.Type("shift+tab", "user-42").WaitFor("text · → partition ")
		s.Type("tab", "tab", "trace=abc", "enter", `raw=\xff`)
		s.Type("ctrl+s").WaitFor("Send ", " of orders with acks all, idempotent", "by the key", "user-42", "trace=abc", `raw=\xff`, `,"name":"注文"}`, "nothing has been sent", "enter send it")
		s.Type("esc").WaitFor("✓ JSON", "trace=abc").Type("ctrl+s", "enter")
		s.WaitFor("✓ stored in partition ", " of orders at offset 0", "took", "acks all, idempotent")
		rec := l.read(t, "orders", 1)[0]
		if string(rec.Key) != "user-42" || string(rec.Value) != "{\"id\": 1\n ,\"name\":\"注文\"}" || len(rec.Headers) != 2 || !bytes.Equal(rec.Headers[1].Value, []byte{0xff}) {
			t.Errorf("stored %q: %q, %v", rec.Key, rec.Value, rec.Headers)
		}
		s.Type("enter").WaitFor(fmt.Sprintf("orders/%d @0", rec.Partition), "user-42", `"name": "注文"`)
		s.Type("esc").WaitFor("✓ stored").Type("n").WaitFor("✓ JSON", "user-42")
		s.Type("ctrl+n").WaitFor("null, a tombstone")
		s.Type("tab").Type("ctrl+s").WaitFor("Send ").Type("enter").WaitFor("at offset 1")
		if rec := l.read(t, "orders", 2)[1]; rec.Value != nil {
			t.Errorf("a tombstone has the value %q", rec.Value)
		}
		s.Type("esc").WaitFor("orders").WaitGone("produce to")
		s.Type("t").WaitFor("tail orders", "2 held", "null (tombstone)", "注文")
		s.Type("p").WaitFor("produce to orders", "an empty value")
		s.Type("from the tail", "ctrl+s").WaitFor("Send ", "no key, any would do").Type("enter").WaitFor("✓ stored").Type("esc").WaitFor("3 held", "from the tail")
	})
}

func TestJourneySendARecordAgain(t *testing.T) {
	binary := append([]byte{0, 1, 0xff, 0x1b}, bytes.Repeat([]byte{0xfe, 0}, 50)...)
	eachSize(t, func(t *testing.T, w, h int) {
		l := newLab(t, kafkatest.Config{})
		l.Create(1, 3, nil, "orders-dlq", "orders")
		at := time.UnixMilli(1_750_000_000_123)
		l.write(t,
			&kgo.Record{Topic: "orders-dlq", Key: []byte{0, 0, 0, 0, 0, 0, 0, 42}, Value: binary, Timestamp: at, Headers: []kgo.RecordHeader{{Key: "offset", Value: []byte{0, 0xff}}, {Key: "none"}}},
			&kgo.Record{Topic: "orders-dlq", Key: []byte("k"), Value: []byte(`{"id":1,"total":"broken"}`), Timestamp: at},
		)
		s := l.open(t, kafka.Config{}, "tail orders-dlq", w, h)
		s.WaitFor("2 held").Type("home", "R").WaitFor("send orders-dlq/0 @0 again", "00 01 ff 1b", "as it was, byte for byte", "int64, as it was", "hex, as it was")
		s.Type("shift+tab", "shift+tab", "shift+tab", "up").WaitFor("timestamp") // from below, the last row of the settings is the timestamp
		s.Type("down", "right").WaitFor("as it was  2025-06-15 15:06:40.123 UTC")
		s.Type("ctrl+s").WaitFor("hex, as it was", "2025-06-15 15:06:40.123 UTC", `offset=\x00\xff`).Type("enter").WaitFor("stored in partition 0 of orders-dlq at offset 2")
		rec := l.read(t, "orders-dlq", 3)[2]
		if !bytes.Equal(rec.Value, binary) || !bytes.Equal(rec.Key, []byte{0, 0, 0, 0, 0, 0, 0, 42}) || !rec.Timestamp.Equal(at) ||
			len(rec.Headers) != 2 || !bytes.Equal(rec.Headers[0].Value, []byte{0, 0xff}) || rec.Headers[1].Value != nil {
			t.Errorf("sent again it is %+v", rec)
		}

		// Edited, from the screen of the record to another topic.
		s.Type("esc").WaitFor("stopped at 0:0", "3 held")
		s.Type("down", "enter").WaitFor("orders-dlq/0 @1", `"total": "broken"`)
		s.Type("R").WaitFor("send orders-dlq/0 @1 again", "json, as it was")
		s.Type("right").Type("end") // the end of the only line
		for range len(`"broken"}`) {
			s.Type("backspace")
		}
		s.Type("12}").WaitFor("✓ json").WaitGone("json, as it was")
		s.Type("shift+tab", "shift+tab", "end", "backspace", "backspace").WaitFor("orders-d does not exist", "orders-dlq").Type("backspace", "backspace").WaitFor("1 partition").WaitGone("does not exist")
		s.Type("ctrl+s").WaitFor("Send ", "of orders with", `{"id":1,"total":12}`).Type("enter").WaitFor("stored in partition 0 of orders at offset 0")
		if rec := l.read(t, "orders", 1)[0]; string(rec.Value) != `{"id":1,"total":12}` || string(rec.Key) != "k" || rec.Timestamp.Equal(at) {
			t.Errorf("edited it is %+v", rec)
		}
	})
}

func TestJourneyWhatIsRefusedWhileWriting(t *testing.T) {
	compact, small := "compact", "1000"
	eachSize(t, func(t *testing.T, w, h int) {
		l := newLab(t, kafkatest.Config{})
		l.Create(1, 3, map[string]*string{"cleanup.policy": &compact}, "profiles")
		l.Create(1, 3, map[string]*string{"max.message.bytes": &small}, "small")

		s := l.open(t, kafka.Config{}, "produce profiles", w, h)
		s.WaitFor("1 partition, compacted", "every record needs a key")
		s.Type("ctrl+s").WaitFor("not sent: topic profiles is compacted")
		s.Type("shift+tab", "k").WaitGone("✗ topic profiles is compacted").WaitFor("to partition 0; ctrl+s")
		s.Type("esc").WaitFor("what was typed is kept").WaitGone(form)
		s.Type(":", "produce profiles", "enter").WaitFor("what was typed before is here again", "text · → partition 0")
		s.Type("ctrl+x").WaitGone("text · →").WaitFor("every record needs a key")
		s.Type("esc").WaitGone(form)

		// What a topic makes of a compressed record only the broker can say.
		s.Type(":", "produce small", "enter").WaitFor("produce to small", "an empty value")
		s.Paste(noise(3000)).WaitFor("✗ the record is too large: it has 3000 bytes, and max.message.bytes of topic", "small is 1000")
		s.Type("ctrl+s").WaitFor("not sent: the record is too large")
		s.Type("tab", "tab", "down", "down", "down", "down", "left").WaitFor("zstd").WaitGone("✗ the record is too large")
		s.Type("ctrl+s").WaitFor("zstd", "enter send it").Type("enter").WaitFor("✗ the record is too large", "too large compressed as well", "enter sends it again")
		s.Type("esc").WaitFor(form, "zstd", "3,000 bytes")

		internal := l.Differs("internal-topics", "does not exist", "refused: Kafka")
		s.Type("esc").WaitGone(form).Type(":", "produce __consumer_offsets", "enter").WaitFor("produce to __consumer_offsets", internal)
		s.Type("ctrl+s").WaitFor("not sent: ", internal)
		s.Type("esc").WaitGone(form).Type(":", "produce profilse", "enter").WaitFor("topic profilse does not exist", "did you mean")
	})
}

// noise is text that does not become small when it is compressed.
func noise(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-"
	var b strings.Builder
	state := uint64(1)
	for range n {
		state = state*6364136223846793005 + 1442695040888963407 // Knuth's MMIX
		b.WriteByte(letters[state>>58])
	}
	return b.String()
}

func TestJourneyReadOnlyProducesNothing(t *testing.T) {
	eachSize(t, func(t *testing.T, w, h int) {
		l := newLab(t, kafkatest.Config{})
		l.Create(1, 3, nil, "orders")
		l.write(t, &kgo.Record{Topic: "orders", Value: []byte("v")})
		s := l.open(t, kafka.Config{ReadOnly: true}, "topics", w, h)
		s.WaitFor("READ-ONLY", "orders").Type("/", "orders", "enter").WaitFor("1 of ").Type("p").WaitFor("produce: the context lab is read-only").WaitGone("produce to orders")
		s.Type("t").WaitFor("1 held").Type("R").WaitFor("send-again: the context lab is read-only")
		s.Type("enter").WaitFor("orders/0 @0").Type("R").WaitFor("send again: the context lab is read-only")
		s.Type("esc", ":", "produce orders", "enter").WaitFor("✗ the context lab is read-only: nothing can be sent")
		s.Type("v", "ctrl+s").WaitFor("send: the context lab is read-only", "✗ the context").WaitGone("enter send it")
	})
}

// TestJourneyAMaskedRecordIsSentAsItWas shows what is masked nowhere.
func TestJourneyAMaskedRecordIsSentAsItWas(t *testing.T) {
	eachSize(t, func(t *testing.T, w, h int) {
		l := newLab(t, kafkatest.Config{})
		l.Create(1, 3, nil, "orders", "other")
		value := []byte(`{"id":1,"card":"visa-41111111111"}`)
		l.write(t, &kgo.Record{Topic: "orders", Value: value})
		masked, err := serde.New(serde.Config{Masks: []serde.MaskRule{{Fields: []string{"card"}, Topics: []string{"orders"}}}})
		if err != nil {
			t.Fatal(err)
		}
		s := l.open(t, kafka.Config{Serde: masked}, "tail orders", w, h)
		s.WaitFor("1 held", serde.Hidden).Type("R").WaitFor("send orders/0 @0 again", `"card":"********"`, "sent as it was; a masking rule hides part of it")
		s.Type("x").WaitFor("value: a masking rule hides part of it").Type("ctrl+e").WaitFor("what is hidden cannot be edited")
		s.Type("shift+tab", "shift+tab", "end")
		for range "orders" {
			s.Type("backspace")
		}
		s.Type("other").WaitFor("! no masking rule holds for other")
		s.Type("ctrl+s").WaitFor("of other with", `"card":"********"`, "! no masking rule holds for other").WaitGone("visa")
		s.Type("enter").WaitFor("stored in partition 0 of other at offset 0")
		if rec := l.read(t, "other", 1)[0]; !bytes.Equal(rec.Value, value) {
			t.Errorf("stored %q", rec.Value)
		}
	})
}

// TestJourneyAMegabyteIsPasted bounds what a field takes, and loses nothing.
func TestJourneyAMegabyteIsPasted(t *testing.T) {
	l := newLab(t, kafkatest.Config{})
	large := "4000000"
	l.Create(1, 3, map[string]*string{"max.message.bytes": &large}, "large")
	document := "[\n\t" + strings.Repeat("{\"id\": 1, \"name\": \"注文\"},\n\t", 40_000) + "{}]"
	s := l.open(t, kafka.Config{}, "produce large", 80, 24)
	s.WaitFor("an empty value").Paste(document).WaitFor("1.1 MiB pasted; it is sent as it is, and ctrl+e edits it")
	s.Type("x").WaitFor("value: it is too large for this field").Resize(160, 48).Resize(80, 24)
	s.Type("ctrl+s").WaitFor("Send 1.1 MiB to partition 0 of large").Type("enter").WaitFor("✓ stored in partition 0 of large at offset 0")
	if rec := l.read(t, "large", 1)[0]; string(rec.Value) != document {
		t.Errorf("stored %d bytes, want %d", len(rec.Value), len(document))
	}
}

// TestASilentBrokerHoldsNothingUp sends to a broker that does not answer, and goes
// elsewhere meanwhile.
func TestASilentBrokerHoldsNothingUp(t *testing.T) {
	l := newLab(t, kafkatest.Config{Faults: true})
	l.Create(1, 1, nil, "orders")
	s := l.open(t, kafka.Config{}, "produce orders", 80, 24)
	s.WaitFor("1 partition").Type("typed", "ctrl+s").WaitFor("Send ")
	l.Stall(true)
	s.Type("enter").WaitFor("sending …").Type("q").WaitFor("the record is being sent; wait for the answer")
	s.Type("esc").WaitGone("produce to orders").Type(":", "produce orders", "enter").WaitFor("sending …")
	s.WaitFor("enter sends it again")
	l.Stall(false)
	s.Type("esc").WaitFor("typed").WaitFor("1 partition").Type("ctrl+s").WaitFor("enter sends it").Type("enter").WaitFor("✓ stored")
}
