package contexts_test

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
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/tuitest"
)

func console(t *testing.T, read func() ([]page.ContextInfo, error)) *tuitest.Screen {
	t.Helper()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	cluster := kafkatest.Start(t, kafkatest.Config{Brokers: 1})
	return tuitest.Start(t, tui.New(t.Context(), tui.Options{
		Keys:     keys,
		Contexts: read,
		Connect: func(_ context.Context, target string) (*admin.Client, error) {
			client, err := admin.New(kafka.Config{Name: target, ReadOnly: target == "prod", Opts: []kgo.Opt{kgo.SeedBrokers(cluster.Servers...)}})
			if err == nil {
				t.Cleanup(client.Close)
			}
			return client, err
		},
	}), 80, 24)
}

func TestContextsAreListedAndAttachedTo(t *testing.T) {
	s := console(t, func() ([]page.ContextInfo, error) {
		return []page.ContextInfo{
			{Name: "staging", Servers: "10.1.2.3:9092", Security: "PLAINTEXT", Current: true},
			{Name: "prod", Servers: strings.Repeat("broker.example.com:9093,", 9), Security: "SASL_SSL SCRAM-SHA-512", ReadOnly: true},
		}, nil
	})
	s.Type(":", "context", "enter")
	s.WaitFor("prod", "broker.ex", "read-only", "staging", "10.1.2.3:9092", "read-write", "current")
	s.Type("/", "prod", "enter").WaitGone("staging").Type("enter")
	s.WaitFor("✓ attached to prod", "READ-ONLY", "1 broker up")
	s.Type(":", "context", "enter").WaitFor("attached", "current")
	s.ClickOn("staging").ClickOn("staging").WaitFor("✓ attached to staging").WaitGone("READ-ONLY")
}

func TestNoContexts(t *testing.T) {
	s := console(t, nil)
	s.Type(":", "context", "enter").WaitFor("No cluster is configured yet", "kdeck context add")
}

func TestConfigFileThatCannotBeRead(t *testing.T) {
	s := console(t, func() ([]page.ContextInfo, error) {
		return nil, errors.New("read config.yaml: line 3: a context needs bootstrap servers")
	})
	s.Type(":", "context", "enter").WaitFor("! read config.yaml: line 3", "kdeck keeps trying")
}
