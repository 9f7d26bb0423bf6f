package start_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// console is the real console without a cluster; launch and connect reach one
// that runs beside it.
func console(t *testing.T, w, h int) *tuitest.Screen {
	t.Helper()
	cluster := kafkatest.Start(t, kafkatest.Config{})
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	connect := func(servers ...string) (*admin.Client, error) {
		client, err := admin.New(kafka.Config{Name: strings.Join(servers, ","), Opts: []kgo.Opt{kgo.SeedBrokers(servers...)}})
		if err == nil {
			t.Cleanup(client.Close)
		}
		return client, err
	}
	launches := 0
	return tuitest.Start(t, tui.New(t.Context(), tui.Options{
		Keys: keys,
		Connect: func(_ context.Context, target string) (*admin.Client, error) {
			if target == "here:9092" {
				return connect(cluster.Servers...)
			}
			return connect(strings.Split(target, ",")...)
		},
		Launch: func(context.Context) (*admin.Client, error) {
			if launches++; launches == 1 {
				return nil, errors.New("launch a local cluster: port 9092 is in use by another process; stop it, or choose another port")
			}
			return connect(cluster.Servers...)
		},
	}), w, h)
}

func TestLaunch(t *testing.T) {
	s := console(t, 80, 24)
	s.WaitFor("no cluster", "▌ l   Launch a local cluster", "Attach to a cluster", "Quit")
	s.Type("l").WaitFor("✗ launch a local cluster: port 9092 is in use")
	s.Type("enter").WaitFor("✓ attached to", "3 brokers up")
}

func TestAttachByTyping(t *testing.T) {
	s := console(t, 60, 15)
	s.Type("a").WaitFor("enter accept")
	s.Type("broker1", "enter").WaitFor("✗ broker1 has no port", "broker1:9092 is the usual")
	s.Type(":").WaitGone("✗").WaitFor("broker1:")

	s.Type("backspace", "backspace", "backspace", "backspace", "backspace", "backspace", "backspace", "backspace")
	s.Type("127.0.0.1:1", "enter").WaitFor("✗", "refused", "127.0.0.1:1", "no cluster")

	s.Type("esc").WaitFor("? help") // the servers that failed are still there to be corrected
	s.Type("down", "down", "up", "enter").WaitFor("› 127.0.0.1:1", "enter accept")
	s.Type("ctrl+u").Paste("here:9092").Type("enter").WaitFor("✓ attached to", "3 brokers up")
}

func TestQuitAndMouse(t *testing.T) {
	s := console(t, 80, 24)
	s.ClickOn("Any Kafka cluster").WaitFor("enter accept").Type("esc").WaitFor("? help")
	s.Type(":", "nonsense", "enter").WaitFor("there is no command").Type("esc")
	s.ClickOn("Leave kdeck.")
	if err := s.WaitEnd(); err != nil {
		t.Error(err)
	}
}
