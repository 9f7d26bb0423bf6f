package kafka_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// A cluster that is not the one that is meant is neither asked nor changed.
func TestAnotherClusterIsRefused(t *testing.T) {
	c := kafkatest.Start(t, kafkatest.Config{Brokers: 1})
	another := errors.New("it is another cluster")
	var refuse bool
	conn, err := kafka.New(kafka.Config{
		Name: "test", StateDir: t.TempDir(), Opts: []kgo.Opt{kgo.SeedBrokers(c.Servers...)},
		CheckCluster: func(id string) error {
			if id == "" {
				t.Error("the cluster says no id")
			}
			if refuse {
				return another
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.MayChange("delete topic orders"); err != nil { // asks for the id first
		t.Error(err)
	}
	refuse = true
	if err := conn.MayChange("delete topic orders"); !errors.Is(err, another) || !strings.HasPrefix(err.Error(), "delete topic orders: refused: ") {
		t.Errorf("a change: %v", err)
	}
	if _, err := conn.Metadata(t.Context()); !errors.Is(err, another) {
		t.Errorf("a question: %v", err)
	}
	if err := conn.Ask(t.Context(), func(*kadm.Client) error { t.Error("asked"); return nil }); !errors.Is(err, another) {
		t.Errorf("a question of kadm's: %v", err)
	}
}
