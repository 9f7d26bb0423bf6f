// Package kafkatest gives a test a cluster of its own: the embedded one, or
// Apache Kafka itself when make test-kafka runs the tests. It is imported by
// tests alone.
//
// A test says Start and asks what it wants to know; the same test then holds on
// both. What differs on purpose is a row of docs/compatibility.md, see Differs.
package kafkatest

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/embedbroker"
)

// Env is the environment variable by which make test-kafka hands its cluster to
// the tests: the path of a file with a Shared in it. Without it tests run on
// embedded clusters.
const Env = "KDECK_TEST_KAFKA"

// Shared is what tests of Apache Kafka use one after another.
type Shared struct {
	Libs  string // folder of Apache Kafka's jars
	Tools string // path of Tools.java
	// Three has three brokers and is Spec.Secure; One has a single broker, and
	// neither TLS, SASL nor an authorizer.
	Three, One Running
}

// Running is a cluster that runs.
type Running struct {
	ID      string   // cluster id: nothing is deleted in a cluster with another
	Servers []string // broker 0 first
	Secured []string // as in Nodes
	CA      string   // as in Nodes
	Pids    []int    // broker 0 first
}

// Config says what a test needs.
type Config struct {
	// Brokers is how many brokers the cluster has, 1 or 3; 0 means 3. Only an
	// embedded cluster and one of Own can have other numbers.
	Brokers int
	// Secure gives a cluster with TLS, SASL and rights, and Cluster.Context the
	// way in. It has three brokers.
	Secure bool
	// Faults is for tests that delay, stall or cut brokers by the gate of the
	// embedded cluster (Cluster.Embedded). They are skipped on Apache Kafka.
	Faults bool
	// KafkaVersion is what an embedded cluster pretends to be, as in "2.8"; see
	// embedbroker.Config. Such tests are skipped on Apache Kafka.
	KafkaVersion string
	// Own starts an Apache Kafka for this test alone, so that its brokers can be
	// killed and restarted (Cluster.Nodes). Such tests are skipped without Apache
	// Kafka.
	Own bool
	// Java is Spec.Java of an Own cluster.
	Java []string
	// Doors are more listeners of an Own cluster, see Nodes.Doors.
	Doors []Door
}

// Cluster is a running cluster with nothing in it but what the test puts there.
type Cluster struct {
	Servers  []string
	CA       string               // PEM file of the authority behind the servers, when Config.Secure
	Embedded *embedbroker.Cluster // nil on Apache Kafka and when Config.Secure
	Nodes    *Nodes               // of Config.Own, else nil
	Admin    *kadm.Client         // with the right to do everything
	kgo      *kgo.Client
	shared   *Shared // nil without Apache Kafka
	running  Running // of shared, unless Config.Own
	tb       testing.TB
}

// exclusive lets one test at a time have the shared Apache Kafka: tests use the
// same names, and count what there is.
var exclusive sync.Mutex

// patience bounds everything that a cluster does for a test.
const patience = time.Minute

// Start gives the test a cluster until it ends. A test may call it once: on
// Apache Kafka a second call would wait for the first to be over.
func Start(tb testing.TB, cfg Config) *Cluster {
	tb.Helper()
	c := &Cluster{tb: tb, shared: shared(tb)}
	switch {
	case c.shared == nil && cfg.Own:
		tb.Skip("needs Apache Kafka: make test-kafka")
	case c.shared == nil && cfg.Secure:
		c.startSecured()
	case c.shared == nil:
		c.startEmbedded(cfg)
	case cfg.KafkaVersion != "":
		tb.Skip("needs an embedded cluster that pretends: make test")
	case cfg.Faults:
		tb.Skip("needs the faults of the embedded cluster: make test")
	case cfg.Own:
		c.startNodes(cfg)
	default:
		exclusive.Lock()
		tb.Cleanup(exclusive.Unlock)
		c.running = c.shared.Three
		if cfg.Brokers == 1 {
			c.running = c.shared.One
		}
		c.enter(c.running, cfg.Secure)
	}
	c.kgo = c.client()
	c.Admin = kadm.NewClient(c.kgo)
	if c.Servers != nil && c.shared != nil && !cfg.Own {
		c.sweep()
	}
	return c
}

// enter chooses the listeners of an Apache Kafka.
func (c *Cluster) enter(r Running, secure bool) {
	c.Servers = r.Servers
	if secure {
		c.Servers, c.CA = r.Secured, r.CA
	}
}

// IsApache reports whether the cluster is Apache Kafka.
func (c *Cluster) IsApache() bool { return c.shared != nil }

func shared(tb testing.TB) *Shared {
	path := os.Getenv(Env)
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatalf("%s: %v", Env, err)
	}
	var s Shared
	if err := json.Unmarshal(text, &s); err != nil {
		tb.Fatalf("%s: %s: %v", Env, path, err)
	}
	return &s
}

// emptyTopics is how many partitions an embedded cluster may have: tests and
// benchmarks make topics by the thousand, and write to few of them.
const emptyTopics = 200_000

func (c *Cluster) startEmbedded(cfg Config) {
	c.tb.Helper()
	embedded, err := embedbroker.Start(embedbroker.Config{Name: "test", Ephemeral: true, Brokers: cfg.Brokers, KafkaVersion: cfg.KafkaVersion, Partitions: emptyTopics})
	if err != nil {
		c.tb.Fatal(err)
	}
	c.tb.Cleanup(func() {
		if err := embedded.Close(); err != nil {
			c.tb.Error(err)
		}
	})
	c.Embedded, c.Servers = embedded, embedded.Addrs()
}

func (c *Cluster) startNodes(cfg Config) {
	c.tb.Helper()
	brokers := cfg.Brokers
	if brokers == 0 {
		brokers = 3
	}
	dir, err := os.MkdirTemp("", "kdeck-kafka-")
	if err != nil {
		c.tb.Fatal(err)
	}
	c.tb.Cleanup(func() { _ = os.RemoveAll(dir) }) // a temporary folder
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	nodes, err := Launch(ctx, c.shared.Libs, dir, Spec{Brokers: brokers, Secure: cfg.Secure, Java: cfg.Java, Doors: cfg.Doors, lab: true})
	if err != nil {
		c.tb.Fatal(err)
	}
	c.tb.Cleanup(func() {
		if c.tb.Failed() {
			c.tb.Log(nodes.Complaints())
		}
		nodes.Close()
	})
	c.Nodes = nodes
	c.enter(nodes.Running(), cfg.Secure)
}

func (c *Cluster) client() *kgo.Client {
	c.tb.Helper()
	opts, err := c.Context(Root, Mechanisms[0]).Options(context.Background())
	if err != nil {
		c.tb.Fatal(err)
	}
	cl, err := kgo.NewClient(append(opts, kgo.MetadataMinAge(10*time.Millisecond))...)
	if err != nil {
		c.tb.Fatal(err)
	}
	c.tb.Cleanup(cl.Close)
	return cl
}
