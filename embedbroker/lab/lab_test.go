package lab_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/kdeck/kdeck/embedbroker/faults"
	"github.com/kdeck/kdeck/embedbroker/lab"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func start(t *testing.T, dir string) (*embedbroker.Cluster, *lab.Client, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	c, err := embedbroker.Start(embedbroker.Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := lab.Connect(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c, client, ctx
}

func kafka(t *testing.T, c *embedbroker.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(c.Addrs()...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func TestControl(t *testing.T) {
	c, client, ctx := start(t, t.TempDir())
	adm := kadm.NewClient(kafka(t, c))
	if _, err := adm.CreateTopic(ctx, 1, 3, nil, "t"); err != nil {
		t.Fatal(err)
	}
	events := make(chan lab.Event)
	following := make(chan error, 1)
	go func() {
		following <- client.Events(ctx, 0, true, func(e lab.Event) error {
			events <- e
			return nil
		})
	}()
	if s, err := client.Do(ctx, lab.Stop, 0, 0); err != nil || s.Brokers[0].State != "stopped" {
		t.Fatalf("stop: %v, %+v", err, s)
	}
	for _, want := range []string{"broker-stopped", "isr-shrank", "leader-elected"} {
		if e := <-events; e.Kind != want {
			t.Errorf("event %+v, want %s", e, want)
		}
	}
	if _, err := client.Do(ctx, lab.Stop, 0, 0); err == nil || err.Error() != "stop broker 0: it is stopped" {
		t.Errorf("stop again: %v", err)
	}
	s, err := client.Status(ctx, 10, "t")
	if err != nil || len(s.Partitions) != 1 || s.Partitions[0].Leader != 1 || s.Partitions[0].Replicas[0].InSync || !s.Partitions[0].Replicas[1].InSync {
		t.Errorf("status: %v, %+v", err, s)
	}
	for _, step := range []struct {
		action lab.Action
		broker int32
		want   string
	}{{lab.Start, 0, "running"}, {lab.Slow, 1, "slow"}, {lab.Heal, 1, "running"}, {lab.Isolate, 2, "isolated"}, {lab.Heal, 2, "running"}, {lab.Restart, 2, "running"}} {
		s, err := client.Do(ctx, step.action, step.broker, lab.SlowRate)
		if err != nil || s.Brokers[step.broker].State != step.want {
			t.Errorf("%s %d: %v, %+v", step.action, step.broker, err, s.Brokers)
		}
	}
	if _, err := client.Do(ctx, "explode", 0, 0); err == nil || !strings.Contains(err.Error(), "explode") {
		t.Errorf("explode: %v", err)
	}
	if _, err := client.Do(ctx, lab.Stop, 7, 0); err == nil || err.Error() != "no broker 7: there are 0 to 2" {
		t.Errorf("stop 7: %v", err)
	}
	go func() { // what else happens
		for range events {
		}
	}()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-following; err != nil {
		t.Errorf("following ends with %v", err)
	}
	close(events)
	if _, err := lab.Connect(c.DataDir()); err == nil || !strings.Contains(err.Error(), "kdeck local") {
		t.Errorf("connect after the end: %v", err)
	}
}

// Only the owner can get at the socket, wherever it is.
func TestOnlyTheOwner(t *testing.T) {
	for name, dir := range map[string]string{
		"short path": t.TempDir(),
		"long path":  filepath.Join(t.TempDir(), strings.Repeat("long", 20), strings.Repeat("deep", 20)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			c, client, ctx := start(t, dir)
			if _, err := client.Status(ctx, 0); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(filepath.Join(dir, "lab"))
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("%v, mode %v", err, info.Mode())
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(dir, "lab")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the folder of the socket is left: %v", err)
			}
			left, err := os.ReadDir(os.Getenv("TMPDIR"))
			if err != nil || len(left) > 0 {
				t.Errorf("%v, left in the temporary folder: %v", err, left)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	c, client, ctx := start(t, t.TempDir())
	cl := kafka(t, c, kgo.RecordRetries(0), kgo.DisableIdempotentWrite(), kgo.ClientID("app"))
	adm := kadm.NewClient(cl)
	if _, err := adm.CreateTopics(ctx, 1, 3, nil, "bad", "good"); err != nil {
		t.Fatal(err)
	}
	rule, err := client.AddFault(ctx, faults.Rule{API: "Produce", Topic: "bad", Error: "NOT_ENOUGH_REPLICAS", Client: "app"})
	if err != nil {
		t.Fatal(err)
	}
	produce := func(topic string) error {
		return cl.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("x")}).FirstErr()
	}
	if err := produce("good"); err != nil {
		t.Errorf("a topic without a fault: %v", err)
	}
	if err := produce("bad"); !errors.Is(err, kerr.NotEnoughReplicas) {
		t.Errorf("a topic with a fault: %v", err)
	}
	s, err := client.Status(ctx, 0)
	if err != nil || len(s.Faults) != 1 || s.Faults[0].Hits == 0 {
		t.Errorf("%v, faults %+v", err, s.Faults)
	}
	if left, err := client.RemoveFault(ctx, rule.ID); err != nil || len(left) != 0 {
		t.Errorf("remove: %v, left %v", err, left)
	}
	if err := produce("bad"); err != nil {
		t.Errorf("when the fault is gone: %v", err)
	}
	if _, err := client.AddFault(ctx, faults.Rule{API: "Metadata", Close: true}); err != nil {
		t.Fatal(err)
	}
	if err := kafka(t, c, kgo.RequestRetries(0)).Ping(ctx); err == nil {
		t.Error("a connection that a fault closes answers")
	}
	if _, err := client.AddFault(ctx, faults.Rule{API: "Nothing", Close: true}); err == nil || !strings.Contains(err.Error(), "no such API") {
		t.Errorf("a fault for no API: %v", err)
	}
	if _, err := client.RemoveFault(ctx, 99); err == nil || err.Error() != "no fault 99" {
		t.Errorf("remove 99: %v", err)
	}
}
