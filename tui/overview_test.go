package tui_test

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// openOn runs the console on a cluster.
func openOn(t *testing.T, addrs []string, w, h int) *tuitest.Screen {
	t.Helper()
	client, err := admin.New(kafka.Config{Name: "lab", Opts: []kgo.Opt{kgo.SeedBrokers(addrs...)}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return tuitest.Start(t, tui.New(ctx, tui.Options{Client: client, Keys: keys}), w, h)
}

// TestOverviewTellsOfABrokerThatIsCutOff: what was known stays, the problem comes
// first, leads to the broker, and goes away by itself.
func TestOverviewTellsOfABrokerThatIsCutOff(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Faults: true})
	cluster.Create(6, 3, nil, "orders")

	s := openOn(t, cluster.Servers, 80, 24)
	s.WaitFor("all 6 partitions are in sync, all 3 brokers answer", "3 of 3 up")
	cluster.Embedded.Cut(1, true)
	s.Type("r").WaitFor("What is wrong, worst first", "✗ broker 1 does not answer", "2 of 3 answer", "no answer", "Partitions  6")
	s.Type("enter").WaitFor("overview › broker 1", "does not answer")
	cluster.Embedded.Cut(1, false)
	s.Type("esc").WaitFor("all 6 partitions are in sync, all 3 brokers answer")
	s.Type("4").WaitFor("the controller is broker 2", "leaders", "size")
	s.Type("down", "enter").WaitFor("brokers › broker 1", "Configuration", "broker.id")
	s.Type("tab").WaitFor("usable", "online")
	s.Type("tab").WaitFor("orders", "in sync")
}
