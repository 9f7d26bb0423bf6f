package topics_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// lab is a three-broker cluster with a console on it.
type lab struct {
	*testing.T
	ctx     context.Context
	cluster *embedbroker.Cluster
	kgo     *kgo.Client
	adm     *kadm.Client
}

func newLab(t *testing.T) *lab {
	t.Helper()
	cluster, err := embedbroker.Start(embedbroker.Config{Ephemeral: true, Brokers: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	cl, err := kgo.NewClient(kgo.SeedBrokers(cluster.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return &lab{t, ctx, cluster, cl, kadm.NewClient(cl)}
}

// topic makes a topic with so many partitions, two replicas, and so many records
// in the first partition.
func (l *lab) topic(name string, partitions int32, records int, configs map[string]string) {
	l.Helper()
	values := make(map[string]*string)
	for k, v := range configs {
		values[k] = kadm.StringPtr(v)
	}
	if _, err := l.adm.CreateTopic(l.ctx, partitions, 2, values, name); err != nil {
		l.Fatal(err)
	}
	for i := range records {
		r := &kgo.Record{Topic: name, Value: []byte(strconv.Itoa(i))}
		if err := l.kgo.ProduceSync(l.ctx, r).FirstErr(); err != nil {
			l.Fatal(err)
		}
	}
}

func (l *lab) commit(group, topic string, offset int64) {
	l.Helper()
	offsets := make(kadm.Offsets)
	offsets.AddOffset(topic, 0, offset, -1)
	if err := l.adm.CommitAllOffsets(l.ctx, group, offsets); err != nil {
		l.Fatal(err)
	}
}

func (l *lab) console(open string, w, h int) *tuitest.Screen {
	l.Helper()
	client, err := admin.New(kafka.Config{Name: "lab", RequestTimeout: 2 * time.Second, Opts: []kgo.Opt{kgo.SeedBrokers(l.cluster.Addrs()...)}})
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(client.Close)
	keys, err := keymap.New(nil)
	if err != nil {
		l.Fatal(err)
	}
	return tuitest.Start(l.T, tui.New(l.Context(), tui.Options{Client: client, Keys: keys, Open: open}), w, h)
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
			s.WaitFor("3 topics", "6 partitions", "2 under min ISR")
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
			s.WaitFor("Without it: 604800000 = 7d.")
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
	if _, err := l.adm.DeleteTopics(l.ctx, "orders"); err != nil {
		t.Fatal(err)
	}
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
	s.WaitFor("no topics yet", "kafka-topics.sh --create")
	l.topic("__transaction_state", 1, 0, map[string]string{"kfake.is_internal": "true"})
	s.Type("r").WaitFor("__transaction_state")
	s.Type("i").WaitGone("__transaction_state").WaitFor("1 internal hidden", "only the cluster's internal topics", "i shows them")
	s.Type("i").WaitFor("__transaction_state")
}

func TestRowsStayWhileABrokerIsSilent(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.topic("orders", 3, 7, nil)
	s := l.console("topics", 80, 24)
	waitForLine(s, "orders", "in sync", "7")
	l.cluster.Stall(0, true)
	s.Type("r").WaitFor("list offsets: 1 of 3 partitions")
	waitForLine(s, "orders", "in sync", "7")
	l.cluster.Stall(0, false)
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
