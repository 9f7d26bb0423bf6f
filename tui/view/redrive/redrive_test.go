package redrive_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/tuitest"
)

var sizes = [][2]int{{80, 24}, {160, 48}}

// lab is a cluster with a dead-letter queue, and a console.
type lab struct {
	*kafkatest.Cluster
	state string
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{kafkatest.Start(t, kafkatest.Config{}), t.TempDir()}
	compact := "compact"
	l.Create(2, 1, nil, "orders.dlq")
	l.Create(3, 1, nil, "orders", "other")
	l.Create(1, 1, map[string]*string{"cleanup.policy": &compact}, "compacted")
	producer, err := kgo.NewClient(kgo.SeedBrokers(l.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	for i := range 200 {
		rec := &kgo.Record{Topic: "orders.dlq", Partition: int32(i % 2), Value: fmt.Appendf(nil, `{"id":%d,"error":"timeout"}`, i)}
		if i%10 > 0 {
			rec.Key = fmt.Append(nil, "k", i)
		}
		if err := producer.ProduceSync(t.Context(), rec).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func (l *lab) client(t *testing.T, readOnly bool) *admin.Client {
	t.Helper()
	client, err := admin.New(kafka.Config{Name: "lab", ReadOnly: readOnly, StateDir: l.state, Opts: []kgo.Opt{kgo.SeedBrokers(l.Servers...)}})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// open starts the console on the tail of the dead-letter queue.
func (l *lab) open(t *testing.T, size [2]int, readOnly bool) *tuitest.Screen {
	t.Helper()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := tuitest.Start(t, tui.New(t.Context(), tui.Options{Client: l.client(t, readOnly), Keys: keys, Open: "tail orders.dlq"}), size[0], size[1])
	return s.WaitFor("100 held")
}

// count is how many records a topic holds.
func (l *lab) count(t *testing.T, topic string) (n int) {
	t.Helper()
	client := l.client(t, true)
	defer client.Close()
	r, err := records.Open(t.Context(), client.Conn, records.Query{Topic: topic, From: records.Start{Kind: records.Earliest}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		batch, err := r.Next(t.Context())
		n += len(batch)
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestRedriveEveryMatch(t *testing.T) {
	l := newLab(t)
	for i, size := range sizes {
		s := l.open(t, size, false)
		s.Type("/", "value.id < 50", "enter").WaitFor("50 found")
		s.Type("M").WaitFor("send records of orders.dlq to another topic", "value.id < 50", "from earliest to the end as of now", "every match", "tab takes")
		s.Type("oders", "enter").WaitFor("there is no topic oders; did you mean orders?")
		for range 5 {
			s.Type("backspace")
		}
		s.Type("ord").WaitFor("tab takes orders").Type("tab", "enter")
		s.WaitFor("50 records of orders.dlq to orders", "200 looked at", "from", "any", "Write on Topic:orders", "type the name of the destination")
		s.Type("orde", "enter").WaitFor("not yet")
		s.Type("rs").WaitFor("enter sends 50 records").Type("enter")
		s.WaitFor("50 of 50 records stored", "opens the tail of orders")
		if n := l.count(t, "orders"); n != 50*(i+1) {
			t.Errorf("%v: %d are there", size, n)
		}
		s.Type("t").WaitFor("tail orders", fmt.Sprint(min(100, 50*(i+1)), " held"))
		s.Type("enter").WaitFor("kdeck.redriven.from", "orders.dlq/")
		s.Type("esc").WaitGone("kdeck.redriven.from").Type("esc").WaitFor("50 of 50 records stored")
		s.Type("enter").WaitFor("50 found", "value.id < 50").WaitGone("stored")
	}
	log, err := os.ReadFile(filepath.Join(l.state, "audit.jsonl"))
	if err != nil || strings.Count(string(log), `"action":"redrive"`) != 4 {
		t.Errorf("the audit log, %v:\n%s", err, log)
	}
}

func TestRedriveMarkedRecords(t *testing.T) {
	l := newLab(t)
	for i, size := range sizes {
		s := l.open(t, size, false)
		s.Type("M").WaitFor("m marks records to send, and / searches for them")
		s.Type("home", "m", "m", "m").WaitFor("3 marked")
		s.Type("M").WaitFor("3 marked records", "and nothing else")
		s.Type("other").WaitFor("enter counts")
		s.Type("down", "down", "space").WaitFor("same number", "space changes it", "enter counts")
		s.Type("enter").WaitFor("3 records of orders.dlq to other", "from", "to")
		s.Type("other", "enter").WaitFor("3 of 3 records stored").Type("enter").WaitFor("3 marked")
		if n := l.count(t, "other"); n != 4*i+3 {
			t.Errorf("%v: %d are there", size, n)
		}
		// A single record takes a yes.
		s.Type("home", "m", "down", "m").WaitFor("1 marked").Type("M").WaitFor("1 marked record")
		s.Type("other", "enter").WaitFor("Send it to other?", "y sends 1 record")
		s.Type("n").WaitFor("send records of").Type("enter").WaitFor("Send it to other?")
		s.Type("y").WaitFor("1 of 1 record stored")
	}
}

func TestRedriveWhatIsRefused(t *testing.T) {
	l := newLab(t)
	for _, size := range sizes {
		s := l.open(t, size, false)
		s.Type("/", "value.id <= 20", "enter").WaitFor("21 found").Type("M").WaitFor("tab takes").Type("compacted", "enter")
		s.WaitFor("21 records of orders.dlq to compacted", "3 of them would be refused:", "orders.dlq/0@0: topic compacted is compacted", "type the name")
		s.Type("compacted").WaitFor("enter sends 18 records").Type("enter")
		s.WaitFor("18 of 21 records stored", "kdeck redrive --resume", "3 failed, 0 of them without an answer").Type("enter")
		s.WaitFor("21 found").Type("esc").WaitFor("100 held")
		s.Type("/", "key == nil", "enter").WaitFor("20 found").Type("M").WaitFor("tab takes").Type("compacted", "enter")
		s.WaitFor("the destination would refuse all of them")
		s.Type("esc", "esc").WaitFor("20 found").Type("esc").WaitFor("100 held")
		s.Type("/", "no such text", "enter").WaitFor("nothing found").Type("M").WaitFor("tab takes").Type("orders", "enter")
		s.WaitFor("nothing matches; there is nothing to send")
	}
	s := l.open(t, sizes[0], true)
	s.Type("home", "m").WaitFor("1 marked").Type("M").WaitFor("redrive: the context lab is read-only")
}

// TestARedriveIsStopped goes elsewhere while records are sent slowly, comes back and
// stops it.
func TestARedriveIsStopped(t *testing.T) {
	l := newLab(t)
	for _, size := range sizes {
		s := l.open(t, size, false)
		s.Type("/", "timeout", "enter").WaitFor("200 found").Type("M").WaitFor("tab takes").Type("orders", "up", "down", "down", "down", "down", "down", "down", "space")
		s.WaitFor("10 a second").Type("enter").WaitFor("200 records of orders.dlq to orders")
		s.Type("orders", "enter").WaitFor("sending", "of 200 stored", "s stops it")
		s.Type("esc").WaitFor("it is under way; s stops it")
		s.Type(":", "topic other", "enter").WaitFor("other").WaitGone("sending")
		s.Type("esc").WaitFor("sending", "s stops it")
		s.Type("s").WaitFor("of 200 records stored", "it was stopped", "not sent", "kdeck redrive --resume")
	}
	if files, err := os.ReadDir(filepath.Join(l.state, "redrives")); err != nil || len(files) != 2 {
		t.Errorf("kept %v, %v", files, err)
	}
	if n := l.count(t, "orders"); n == 0 || n > 300 {
		t.Errorf("%d were sent", n)
	}
}
