package brokers

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/overview"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

func newEnv(t *testing.T) page.Env {
	t.Helper()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client, err := admin.New(kafka.Config{Name: "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return page.Env{Client: client, Theme: theme.New(true), Keys: keys}
}

func aRow(id int32, state brokers.State, leaders int, preferred overview.Preferred) row {
	r := row{Broker: brokers.Broker{Node: model.Node{ID: id}, State: state}, leaders: leaders, preferred: preferred}
	if state == brokers.Silent {
		r.Err = syscall.ECONNRESET
	}
	return r
}

func TestSummary(t *testing.T) {
	const up, silent, down = brokers.Up, brokers.Silent, brokers.Down
	leads := func(id int32) kafka.Controller { return kafka.Controller{ID: id} }
	for want, tc := range map[string]struct {
		states     []brokers.State
		controller kafka.Controller
		well       bool
	}{
		"all 3 brokers answer; the controller is broker 2":                                                  {[]brokers.State{up, up, up}, leads(2), true},
		"the broker answers; the controller is node 3000, which is no broker":                               {[]brokers.State{up}, leads(3000), true},
		"broker 1 is down; the controller is broker 0":                                                      {[]brokers.State{up, down}, leads(0), false},
		"brokers 1, 2 and 3 are down; the controller is broker 0":                                           {[]brokers.State{up, down, down, down}, leads(0), false},
		"broker 1 is down; broker 0 (connection reset by peer) does not answer; the controller is broker 1": {[]brokers.State{silent, down}, leads(1), false},
		"the broker answers; no controller: topics and leaders cannot change":                               {[]brokers.State{up}, leads(-1), false},
		"the broker answers; the controller is not told: needs Describe on Cluster": {
			[]brokers.State{up}, kafka.Controller{ID: -1, Why: kerr.ClusterAuthorizationFailed}, true},
	} {
		var rows []row
		for i, s := range tc.states {
			rows = append(rows, aRow(int32(i), s, 0, overview.Preferred{}))
		}
		if got, well := summary(rows, tc.controller, false); got != want || well != tc.well {
			t.Errorf("got %q, %v; want %q, %v", got, well, want, tc.well)
		}
	}
}

func TestBalance(t *testing.T) {
	even := overview.Preferred{Partitions: 10, Led: 10}
	for name, tc := range map[string]struct {
		rows []row
		want string
	}{
		"even":            {[]row{aRow(1, 0, 10, even), aRow(2, 0, 11, even)}, ""},
		"one leads most":  {[]row{aRow(1, 0, 28, even), aRow(2, 0, 2, even), aRow(3, 0, 0, even)}, "broker 1 leads 93% of the partitions"},
		"too few to tell": {[]row{aRow(1, 0, 2, even), aRow(2, 0, 0, even)}, ""},
		"after a restart": {[]row{aRow(1, 0, 12, even), aRow(2, 0, 8, overview.Preferred{Partitions: 10, Led: 8})}, "2 of 20 partitions are not led by their preferred broker"},
		"not read yet":    {[]row{aRow(1, 0, -1, even)}, ""},
		"no partitions":   {[]row{aRow(1, 0, 0, overview.Preferred{})}, ""},
	} {
		if got := balance(tc.rows); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestDuties(t *testing.T) {
	replicas := []brokers.Replica{
		{Topic: "a", Leads: true, Preferred: true, InSync: true},
		{Topic: "b", Preferred: true, InSync: true},
		{Topic: "c", InSync: false},
	}
	for want, rs := range map[string][]brokers.Replica{
		"no replica is assigned to it":                                                        nil,
		"leads 1 partition, holds 1 replica, all in sync":                                     replicas[:1],
		"leads 1 partition, holds 3 replicas, 1 not in sync; leads 1 of the 2 that prefer it": replicas,
	} {
		if got := duties(rs); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// hostile is a broker whose texts try to break out of their places.
func hostile(id int32, state brokers.State) brokers.Broker {
	b := brokers.Broker{Node: model.Node{ID: id, Host: strings.Repeat("very-long-host.", 15) + "\x1b[2J", Port: 9092, Rack: "注文履歴サービス注文履歴サービス"}, State: state, Latency: time.Millisecond}
	if state == brokers.Silent {
		b.Err = fmt.Errorf("\x1b[2J%s", strings.Repeat("because ", 40))
	}
	return b
}

func checkSizes(t *testing.T, p page.Page) {
	t.Helper()
	for _, size := range [][2]int{{60, 11}, {80, 20}, {100, 26}, {160, 44}} {
		p.Resize(size[0], size[1])
		lines := strings.Split(p.View(), "\n")
		if len(lines) != size[1] {
			t.Errorf("%v: %d lines", size, len(lines))
		}
		for i, line := range lines {
			if got := text.Width(line); got > size[0] {
				t.Errorf("%v: line %d has %d cells: %q", size, i, got, line)
			}
			if strings.Contains(line, "\x1b[2J") {
				t.Errorf("%v: an escape sequence of the cluster in line %d", size, i)
			}
		}
	}
}

func TestPagesFillTheirPlaceExactly(t *testing.T) {
	env := newEnv(t)
	check := brokers.Check{Brokers: []brokers.Broker{hostile(0, brokers.Up), hostile(1, brokers.Silent), hostile(2, brokers.Down)}}
	t.Run("list", func(t *testing.T) {
		l := New(env)
		checkSizes(t, l)
		l.Poll.Value, l.Poll.At = check, time.Unix(1, 0)
		l.Show()
		checkSizes(t, l)
	})
	for id := range int32(4) { // broker 3 does not exist
		t.Run(fmt.Sprint("broker ", id), func(t *testing.T) {
			d := NewDetail(env, fmt.Sprint(id))
			checkSizes(t, d)
			d.Poll.Value, d.Poll.At = check, time.Unix(1, 0)
			d.replicas.Value.Items, d.replicas.At = []brokers.Replica{{Topic: "\x1b[2J" + strings.Repeat("x", 200)}}, time.Unix(1, 0)
			d.storage.Value.Dirs, d.storage.At = []kafka.LogDir{{Path: "/data/注文\x1b[2J", Err: kerr.KafkaStorageError}}, time.Unix(1, 0)
			d.partitions.SetItems(join(d.replicas.Value.Items, d.storage.Value))
			d.dirs.SetItems(d.storage.Value.Dirs)
			for range 3 {
				checkSizes(t, d)
				d.Do(keymap.NextTab)
			}
		})
	}
	t.Run("no id", func(t *testing.T) { checkSizes(t, NewDetail(env, "one\x1b[2J")) })
}

func TestBrokerThatIsDownStaysInTheList(t *testing.T) {
	l := New(newEnv(t))
	l.Poll.Value = brokers.Check{Brokers: []brokers.Broker{hostile(0, brokers.Up), {Node: model.Node{ID: 7}, State: brokers.Down, Latency: -1}}}
	l.Poll.At = time.Unix(1, 0)
	l.partitions.Value.ReplicasByBroker = map[int32]int{0: 4, 7: 31}
	l.partitions.At = time.Unix(1, 0)
	l.Show()
	l.Resize(120, 20)
	lines := strings.Split(l.View(), "\n")
	if !strings.Contains(lines[0], "broker 7 is down") {
		t.Errorf("the summary is %q", lines[0])
	}
	row := lines[3] // behind the summary, the titles and the broker that is up
	for _, want := range []string{"down", "never seen up", "31"} {
		if !strings.Contains(row, want) {
			t.Errorf("the row of the broker that is down has no %q: %q", want, row)
		}
	}
}

func TestSizesThatFailDoNotMakeTheBrokersOld(t *testing.T) {
	l := New(newEnv(t))
	l.Poll.At, l.dirs.Err = time.Unix(1, 0), errors.New("read log dirs: no answer in time")
	if at, problem := l.Freshness(); at != l.Poll.At || !page.IsPartial(problem) {
		t.Errorf("freshness %v, %v", at, problem)
	}
	l.dirs.Err = kerr.ClusterAuthorizationFailed // the page says so in their place
	if _, problem := l.Freshness(); problem != nil {
		t.Errorf("the problem is %v", problem)
	}
}
