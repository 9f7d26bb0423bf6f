package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// What goes wrong in a cluster while a console is open on it: on Apache Kafka,
// with brokers that are killed, a network that is cut and users that are gone.

// consoles are kdeck on the same cluster in both sizes at once.
type consoles []*tuitest.Screen

func watch(t *testing.T, args ...string) consoles {
	t.Helper()
	var cs consoles
	for _, size := range sizes {
		cs = append(cs, open(t, size.w, size.h, args...))
	}
	return cs
}

func (cs consoles) Type(keys ...string) consoles {
	for _, s := range cs {
		s.Type(keys...)
	}
	return cs
}

func (cs consoles) WaitFor(texts ...string) consoles {
	for _, s := range cs {
		s.WaitFor(texts...)
	}
	return cs
}

func (cs consoles) WaitUntil(what string, ok func(string) bool) consoles {
	for _, s := range cs {
		s.WaitUntil(what, ok)
	}
	return cs
}

func (cs consoles) WaitGone(texts ...string) consoles {
	for _, s := range cs {
		s.WaitGone(texts...)
	}
	return cs
}

// TestFailures gives one cluster all troubles, one after the other; each leaves it
// healthy.
func TestFailures(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Own: true})
	seedFailures(t, cluster)
	for _, trouble := range []struct {
		name string
		run  func(*testing.T, *kafkatest.Cluster)
	}{
		{"a broker is killed", aBrokerIsKilled},
		{"the controller is stopped", theControllerIsStopped},
		{"a rolling restart", aRollingRestart},
		{"a partition loses its leader", aPartitionLosesItsLeader},
		{"credentials end", credentialsEnd},
		{"the network is cut", theNetworkIsCut},
		{"one broker is silent", oneBrokerIsSilent},
		{"a reset is cut off", aResetIsCutOff},
		{"the quorum is lost", theQuorumIsLost},
	} {
		t.Run(trouble.name, func(t *testing.T) {
			defer heal(t, cluster)
			trouble.run(t, cluster)
		})
	}
}

// heal undoes what a test that failed has left.
func heal(t *testing.T, c *kafkatest.Cluster) {
	c.Nodes.OnCommit(nil)
	for broker := range c.Servers {
		c.Nodes.Cut(broker, false)
		c.Nodes.Stall(broker, false)
		c.Nodes.Delay(broker, 0)
		if !slices.Contains(c.Nodes.Up(), broker) {
			restart(t, c, broker)
		}
	}
}

func seedFailures(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	c.Create(6, 3, nil, "orders")
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var records []*kgo.Record
	for i := range 60 {
		records = append(records, &kgo.Record{Topic: "orders", Value: fmt.Appendf(nil, "order %d", i)})
	}
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	var committed kadm.Offsets
	for p := range int32(6) {
		committed.AddOffset("orders", p, 4, -1)
	}
	if err := c.Admin.CommitAllOffsets(ctx, "billing", committed); err != nil {
		t.Fatal(err)
	}
}

func aBrokerIsKilled(t *testing.T, c *kafkatest.Cluster) {
	cs := watch(t, "attach", strings.Join(c.Servers, ","))
	cs.WaitFor("3 brokers up", "3 of 3 up", "partitions are in sync")
	c.Nodes.Kill(2)
	cs.WaitFor("broker 2 does not answer: connection refused", "2 of 3 answer") // the cluster does not know yet
	cs.WaitFor("2 brokers up", "2 of 3 up", "broker 2 is down", "under-replicated").WaitGone("STALE")
	cs.Type("2").WaitFor("orders", "60", "under-replicated")
	cs.Type("3").WaitFor("billing", "36")
	cs.Type("4").WaitFor("2  down").WaitGone("STALE")
	cs.Type("1")
	restart(t, c, 2)
	cs.WaitFor("3 of 3 up", "all 3 brokers answer")
	leaveAll(t, cs)
}

func theControllerIsStopped(t *testing.T, c *kafkatest.Cluster) {
	cs := watch(t, "attach", strings.Join(c.Servers, ","))
	cs.WaitFor("3 brokers up", "3 of 3 up", "Controller  broker ")
	old := controllerOn(t, cs[0])
	c.Nodes.Stop(old)
	cs.WaitFor("2 of 3 up", fmt.Sprintf("broker %d is down", old))
	cs.WaitGone(fmt.Sprint("controller ", old), "STALE").WaitFor("controller ")
	if now := controllerOn(t, cs[0]); now == old {
		t.Errorf("broker %d is still the controller", old)
	}
	restart(t, c, old)
	cs.WaitFor("3 of 3 up", "all 3 brokers answer")
	leaveAll(t, cs)
}

// controllerOn is the controller that the header names.
func controllerOn(t *testing.T, s *tuitest.Screen) int {
	t.Helper()
	found := regexp.MustCompile(`controller (\d)`).FindStringSubmatch(s.WaitFor("controller ").Text())
	if found == nil {
		t.Fatalf("no controller on the screen:\n%s", s.Text())
	}
	id, _ := strconv.Atoi(found[1]) // a digit
	return id
}

// theQuorumIsLost kills two of three controllers: nobody can tell the brokers that
// two of them are gone.
func theQuorumIsLost(t *testing.T, c *kafkatest.Cluster) {
	cs := watch(t, "attach", strings.Join(c.Servers, ","))
	cs.WaitFor("3 brokers up", "3 of 3 up")
	c.Nodes.Kill(0)
	c.Nodes.Kill(1)
	cs.WaitFor("1 of 3 answer", "broker 0 does not answer", "broker 1 does not answer", "no controller")
	cs.Type("2").WaitFor("orders", "in sync")
	restart(t, c, 0)
	restart(t, c, 1)
	cs.Type("1").WaitFor("3 of 3 up", "all 3 brokers answer", "controller ")
	leaveAll(t, cs)
}

func aRollingRestart(t *testing.T, c *kafkatest.Cluster) {
	c.Create(3, 3, nil, "rolling")
	servers := strings.Join(c.Servers, ",")
	cs := watch(t, "attach", servers)
	tails := watch(t, "attach", servers)
	cs.WaitFor("3 of 3 up", "partitions are in sync")
	tails.WaitFor("3 brokers up").Type(":", "tail rolling", "enter").WaitFor("tail rolling", "at the end")
	stop := keepProducing(t, c, "rolling")
	for broker := range c.Servers {
		c.Nodes.Stop(broker)
		cs.WaitFor("2 of 3 up", fmt.Sprintf("broker %d is down", broker)).WaitGone("STALE")
		restart(t, c, broker)
		cs.WaitFor("3 of 3 up", "all 3 brokers answer").WaitGone("STALE")
	}
	sent := stop()
	tails.WaitFor("at the end", text.Count(sent)+" held").WaitGone("STALE")
	leaveAll(t, cs)
	leaveAll(t, tails)
}

// keepProducing writes records one after the other, until what it returns is
// called: that returns how many there are.
func keepProducing(t *testing.T, c *kafkatest.Cluster, topic string) (stop func() int) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	ending, ended := make(chan struct{}), make(chan int)
	go func() {
		sent := 0
		defer func() { ended <- sent }()
		for {
			select {
			case <-ending:
				return
			case <-time.After(50 * time.Millisecond): // the pace of a small application
			}
			if err := client.ProduceSync(t.Context(), kgo.StringRecord(fmt.Sprint("record ", sent))).FirstErr(); err != nil {
				t.Errorf("record %d: %v", sent, err)
				return
			}
			sent++
		}
	}()
	return func() int {
		close(ending)
		return <-ended
	}
}

func aPartitionLosesItsLeader(t *testing.T, c *kafkatest.Cluster) {
	c.Create(1, 1, nil, "lonely")
	produceTo(t, c, "lonely", "before")
	if err := c.Admin.CommitAllOffsets(t.Context(), "reader", kadm.Offsets{"lonely": {0: kadm.Offset{Topic: "lonely", At: 0, LeaderEpoch: -1}}}); err != nil {
		t.Fatal(err)
	}
	topics, err := c.Admin.ListTopics(t.Context(), "lonely")
	if err != nil {
		t.Fatal(err)
	}
	leader := int(topics["lonely"].Partitions[0].Leader)
	servers := strings.Join(c.Servers, ",")
	cs, tails := watch(t, "attach", servers), watch(t, "attach", servers)
	cs.WaitFor("3 of 3 up", "partitions are in sync")
	tails.WaitFor("3 brokers up").Type(":", "tail lonely", "enter").WaitFor("before", "at the end")
	c.Nodes.Kill(leader)
	cs.WaitFor("1 partition of lonely has no leader", fmt.Sprintf("broker %d is down", leader))
	cs.Type(":", "topic lonely", "enter").WaitFor("overview › lonely", "1 offline", "none")
	cs.Type("esc", ":", "group reader", "enter").WaitFor("lonely", "no leader")
	cs.Type(":", "reset reader", "enter").WaitFor("reset offsets of reader", "no leader")
	tails.WaitFor("before", "no leader")
	restart(t, c, leader)
	cs.WaitGone("no leader")
	produceTo(t, c, "lonely", "after")
	tails.WaitFor("before", "after", "at the end").WaitGone("no leader", "STALE")
	cs.Type("esc", "esc", "1").WaitFor("3 of 3 up", "all 3 brokers answer")
	leaveAll(t, cs)
	leaveAll(t, tails)
}

func produceTo(t *testing.T, c *kafkatest.Cluster, topic, value string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.DefaultProduceTopic(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(t.Context(), kgo.StringRecord(value)).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func credentialsEnd(t *testing.T, c *kafkatest.Cluster) {
	password := func(word string) {
		t.Helper()
		user := kadm.UpsertSCRAM{User: "alice", Mechanism: kadm.ScramSha256, Iterations: 4096, Password: word}
		if _, err := c.Admin.AlterUserSCRAMs(t.Context(), nil, []kadm.UpsertSCRAM{user}); err != nil {
			t.Fatal(err)
		}
	}
	password("right")
	config := filepath.Join(t.TempDir(), "client.properties")
	if err := os.WriteFile(config, []byte(`security.protocol=SASL_PLAINTEXT
sasl.mechanism=SCRAM-SHA-256
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="right";
`), 0o600); err != nil {
		t.Fatal(err)
	}
	cs := watch(t, "attach", strings.Join(c.Nodes.Login, ","), "--command-config", config)
	cs.WaitFor("3 brokers up", "partitions are in sync", "billing").Type("2").WaitFor("orders", "60")
	gone := []kadm.DeleteSCRAM{{User: "alice", Mechanism: kadm.ScramSha256}}
	if _, err := c.Admin.AlterUserSCRAMs(t.Context(), gone, nil); err != nil {
		t.Fatal(err)
	}
	cs.WaitFor("STALE", "orders", "60", "SASL_AUTHENTICATION_FAILED")
	cs.Type("3").WaitFor("NO DATA", "SASL_AUTHENTICATION_FAILED").Type("2").WaitFor("orders")
	password("another")
	cs.Type("r", "?").WaitFor("On the topics screen").Type("esc").WaitFor("STALE")
	password("right")
	cs.WaitGone("STALE").WaitFor("orders", "60").Type("3").WaitFor("billing", "36")
	leaveAll(t, cs)
}

func restart(t *testing.T, c *kafkatest.Cluster, broker int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := c.Nodes.Restart(ctx, broker); err != nil {
		t.Fatal(err)
	}
}

func leaveAll(t *testing.T, cs consoles) {
	t.Helper()
	for _, s := range cs {
		leave(t, s)
	}
}
