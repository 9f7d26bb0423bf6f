package topics_test

import (
	"context"
	"strconv"
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
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// lab is a three-broker cluster with a console on it.
type lab struct {
	*kafkatest.Cluster
	t   *testing.T
	ctx context.Context
}

func newLab(t *testing.T) *lab {
	t.Helper()
	return newLabOf(t, kafkatest.Config{})
}

func newLabOf(t *testing.T, cfg kafkatest.Config) *lab {
	t.Helper()
	cluster := kafkatest.Start(t, cfg)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return &lab{cluster, t, ctx}
}

// topic makes a topic with so many partitions, two replicas, and so many records
// in the first partition.
func (l *lab) topic(name string, partitions int32, records int, configs map[string]string) {
	l.t.Helper()
	values := make(map[string]*string)
	for k, v := range configs {
		values[k] = kadm.StringPtr(v)
	}
	l.Create(partitions, 2, values, name)
	if records == 0 {
		return
	}
	// A client that has known a topic of this name goes on by the id of that one.
	producer, err := kgo.NewClient(kgo.SeedBrokers(l.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		l.t.Fatal(err)
	}
	defer producer.Close()
	for i := range records {
		n := []byte(strconv.Itoa(i)) // the key too, which a compacted topic wants
		r := &kgo.Record{Topic: name, Key: n, Value: n}
		if err := producer.ProduceSync(l.ctx, r).FirstErr(); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l *lab) commit(group, topic string, offset int64) {
	l.t.Helper()
	offsets := make(kadm.Offsets)
	offsets.AddOffset(topic, 0, offset, -1)
	if err := l.Admin.CommitAllOffsets(l.ctx, group, offsets); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) console(open string, w, h int) *tuitest.Screen {
	l.t.Helper()
	client, err := admin.New(kafka.Config{Name: "lab", StateDir: l.t.TempDir(), RequestTimeout: 2 * time.Second, Opts: []kgo.Opt{kgo.SeedBrokers(l.Servers...)}})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(client.Close)
	keys, err := keymap.New(nil)
	if err != nil {
		l.t.Fatal(err)
	}
	return tuitest.Start(l.t, tui.New(l.t.Context(), tui.Options{Client: client, Keys: keys, Open: open}), w, h)
}

// line returns the line of the screen with a text, its columns one space apart.
func line(screen, with string) string {
	for l := range strings.Lines(screen) {
		if strings.Contains(l, with) {
			return strings.Join(strings.Fields(l), " ")
		}
	}
	return ""
}

// waitForLine waits until the line with a text has all the wanted parts.
func waitForLine(s *tuitest.Screen, with string, parts ...string) {
	s.WaitUntil(with+" with "+strings.Join(parts, ", "), func(screen string) bool {
		l := line(screen, with)
		for _, p := range parts {
			if !strings.Contains(l, p) {
				return false
			}
		}
		return true
	})
}

func TestJourneyThroughTopics(t *testing.T) {
	for _, size := range []struct{ w, h int }{{80, 24}, {160, 48}} {
		t.Run(strconv.Itoa(size.w), func(t *testing.T) {
			l := newLab(t)
			l.topic("orders", 3, 12, map[string]string{"retention.ms": "3600000"})
			l.topic("profiles", 1, 1, map[string]string{"cleanup.policy": "compact"})
			l.topic("strict", 2, 0, map[string]string{"min.insync.replicas": "3"})
			l.commit("billing", "orders", 5)

			s := l.console("topics", size.w, size.h)
			s.WaitFor("2 under min ISR")
			if !l.IsApache() {
				s.WaitFor("3 topics", "6 partitions")
			}
			s.Type("i") // Apache Kafka has internal topics
			waitForLine(s, "orders", "3", "in sync", "12", "7")
			waitForLine(s, "strict", "2 under min ISR")
			if size.w >= 160 {
				waitForLine(s, "orders", "3 2 in sync 12", "delete 1h 1 7")
				waitForLine(s, "profiles", "compact last of key 0")
			}

			s.Type("/", "ord", "enter").WaitFor("1 of 3").WaitGone("profiles")
			s.Type("esc").WaitFor("profiles")
			s.ClickOn("state").WaitFor("state↓").WaitFor("▌")
			s.ClickOn("topic ").WaitFor("topic↑")
			s.Type("g", "/", "orders", "enter", "enter")

			s.WaitFor("topics › orders", "3 partitions", "RF 2", "all in sync", "12 records", "on disk")
			waitForLine(s, "▌", "0", "yes", "in sync", "12")
			s.Type("t").WaitFor("topics › orders › tail orders/0").Type("esc").WaitFor("RF 2")
			s.Type("tab")
			waitForLine(s, "billing", "classic", "Empty", "0", "7")
			s.Type("enter").WaitFor("topics › orders › billing").Type("esc").WaitFor("lag here")
			s.Type("tab")
			waitForLine(s, "retention.ms", "3600000 = 1h", "topic")
			waitForLine(s, "cleanup.policy", "delete", "default")
			if !l.IsApache() { // whose default is in hours, by another name
				s.WaitFor("Without it: 604800000 = 7d.")
			}
			s.Type("enter").WaitFor("there is nothing more to a configuration entry")
			s.ClickOn("Messages").WaitFor("reads the newest records of all 3 partitions", "at most 12 records")
			s.Type("shift+tab").WaitFor("retention.ms")
			s.Type("esc").WaitFor("1 of 3")
			s.Type("t").WaitFor("topics › tail orders")
		})
	}
}

func TestTopicDeletedAndMadeAnew(t *testing.T) {
	l := newLab(t)
	l.topic("orders", 2, 3, nil)
	s := l.console("topic orders", 80, 24)
	s.WaitFor("2 partitions", "3 records")
	l.Delete("orders")
	s.Type("r").WaitFor("DELETED", "no longer exists", "part")
	l.topic("orders", 5, 1, nil)
	s.Type("r").WaitFor("topic orders was deleted and created again", "5 partitions", "1 record ").WaitGone("DELETED")
}

func TestTopicThatDoesNotExist(t *testing.T) {
	l := newLab(t)
	l.topic("orders", 1, 0, nil)
	l.topic("payments", 1, 0, nil)
	s := l.console("topic oders", 80, 24)
	s.WaitFor("topic oders does not exist", "did you mean orders?")
}

func TestNoTopics(t *testing.T) {
	l := newLab(t)
	s := l.console("topics", 80, 24)
	if !l.IsApache() { // which has internal topics from the start
		s.WaitFor("no topics yet", "kafka-topics.sh --create")
		l.topic("__transaction_state", 1, 0, map[string]string{"kfake.is_internal": "true"})
		s.Type("r")
	}
	s.WaitFor("__transaction_state")
	s.Type("i").WaitGone("__transaction_state").WaitFor(" internal hidden", "only the cluster's internal topics", "i shows them")
	s.Type("i").WaitFor("__transaction_state")
}

func TestRowsStayWhileABrokerIsSilent(t *testing.T) {
	t.Parallel()
	l := newLabOf(t, kafkatest.Config{Faults: true})
	l.topic("orders", 3, 7, nil)
	s := l.console("topics", 80, 24)
	waitForLine(s, "orders", "in sync", "7")
	l.Embedded.Stall(0, true)
	s.Type("r").WaitFor("list offsets: 1 of 3 partitions")
	waitForLine(s, "orders", "in sync", "7")
	l.Embedded.Stall(0, false)
	s.Type("r").WaitGone("list offsets")
	waitForLine(s, "orders", "in sync", "7")
}

// TestLongNamesLeaveTheColumnsInPlace: names of 200 characters, at any width.
func TestLongNamesLeaveTheColumnsInPlace(t *testing.T) {
	l := newLab(t)
	l.topic(strings.Repeat("long-name-", 20), 12, 1, nil)
	l.commit("группа\x1b[2J"+strings.Repeat("長", 60), strings.Repeat("long-name-", 20), 0)
	s := l.console("topics", 80, 24)
	waitForLine(s, "long-name-", "…", "12", "in sync", "1")
	s.Type("i").WaitGone("__consumer_offsets")
	s.Type("enter").WaitFor("12 partitions · RF 2")
	s.Type("tab").WaitFor("группа␛[2J長")
	for _, w := range []int{60, 80, 100, 160} {
		s.Resize(w, 24).WaitFor("группа")
		for l := range strings.Lines(s.Text()) {
			if got := text.Width(strings.TrimRight(l, "\n")); got > w {
				t.Errorf("at %d cells a line has %d: %q", w, got, l)
			}
		}
	}
}

// TestJourneyDeletesTopics: the preview says what is lost, a name has to be typed, and
// what is Kafka's own is refused beside what is deleted.
func TestJourneyDeletesTopics(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		t.Run(strconv.Itoa(size[0]), func(t *testing.T) {
			l := newLab(t)
			l.topic("orders", 3, 12, nil)
			l.topic("orders-old", 1, 2, nil)
			l.topic("orders-new", 1, 0, nil)
			s := l.console("topics", size[0], size[1])
			s.WaitFor("orders-new").Type("i", "/", "orders-old", "enter").WaitFor("1 of 3")
			s.Type("D").WaitFor("topics › delete orders-old", "orders-old: loses 1 partition, 2 records", "gone for good", "saved to a file first",
				"To delete 1 topic, type:", "nothing has been done")
			s.Type("orders-ol", "enter").WaitFor("not yet the name").Type("d").WaitFor("enter deletes 1 topic").Type("enter")
			s.WaitFor("✓ orders-old is deleted", "orders-old as it was before:", "delete topic orders-old: done", "enter closes")
			s.Type("enter").WaitFor("nothing matches").Type("esc").WaitFor("orders-new").WaitGone("orders-old")

			s.Type("g", "space", "space", "D").WaitFor("topics › delete 2 topics", "orders: loses 3 partitions, 12 records", "To delete 2 topics, type:", "delete 2 topics")
			s.Type("esc").WaitGone("gone for good").Type("D").WaitFor("orders: loses 3 partitions", "To delete 2 topics, type:")
			l.Delete("orders")
			s.Type("delete 2 topics").WaitFor("enter deletes 2 topics").Type("enter")
			s.WaitFor("✓ orders-new is deleted", "✗ delete topic orders:", "deleted 1 of 2")
			s.Type("enter").WaitFor("topics").WaitGone("orders-new")
		})
	}
}
