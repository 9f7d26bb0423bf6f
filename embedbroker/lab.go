package embedbroker

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/kdeck/kdeck/embedbroker/faults"
	"github.com/kdeck/kdeck/embedbroker/lab"
	"github.com/kdeck/kdeck/embedbroker/replicas"
	"github.com/kdeck/kdeck/embedbroker/replication"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// newReplicas returns the replicas of the cluster, without topics.
func (c *Cluster) newReplicas() (*replicas.Set, error) {
	settings, err := replicationSettings(c.cfg.Settings)
	if err != nil {
		return nil, err
	}
	return replicas.New(replicas.Config{
		Racks:    c.cfg.Racks,
		Settings: settings,
		Addr:     c.addr,
		MinISR:   c.minISR,
		Placed: func(topic string, p replicas.Placement, partition int32) error {
			return c.topics.log.addPartition(topic, p, partition)
		},
	}), nil
}

// addr is where clients reach a broker.
func (c *Cluster) addr(broker int32) (string, int32) {
	host, port, _ := net.SplitHostPort(c.gates[broker].Addr().String())
	n, _ := strconv.Atoi(port) // it is a port that we listen on
	return host, int32(n)
}

// minISR reads min.insync.replicas of a topic: its own, or that of the brokers.
func (c *Cluster) minISR(topic string) int {
	if info := c.kfake.TopicInfo(topic); info != nil {
		if n, ok := parseMinISR(info.Configs["min.insync.replicas"]); ok {
			return n
		}
	}
	return c.topics.minISRDefault()
}

func parseMinISR(value *string) (int, bool) {
	if value == nil {
		return 0, false
	}
	n, err := strconv.Atoi(*value)
	return n, err == nil
}

// minISRDefault is min.insync.replicas of the brokers, which the engine has one
// of for all. It is remembered until a client changes configurations of brokers.
func (t *topics) minISRDefault() int {
	if n := t.minISR.Load(); n > 0 {
		return int(n)
	}
	minISR := 1
	req := kmsg.NewPtrDescribeConfigsRequest()
	res := kmsg.NewDescribeConfigsRequestResource()
	res.ResourceType, res.ConfigNames = kmsg.ConfigResourceTypeBroker, []string{"min.insync.replicas"}
	req.Resources = append(req.Resources, res)
	answer, err := t.engine.ask(req)
	if err != nil {
		return minISR
	}
	for _, r := range answer.(*kmsg.DescribeConfigsResponse).Resources {
		for _, c := range r.Configs {
			if n, ok := parseMinISR(c.Value); ok {
				minISR = n
			}
		}
	}
	t.minISR.Store(int64(minISR))
	return minISR
}

// amendAlterConfigs lets the replicas follow the settings of topics.
func (t *topics) amendAlterConfigs(r kmsg.Request, _ kmsg.Response) error {
	var topics []string
	note := func(kind kmsg.ConfigResourceType, name string) {
		switch kind {
		case kmsg.ConfigResourceTypeTopic:
			topics = append(topics, name)
		case kmsg.ConfigResourceTypeBroker: // the default of every topic
			t.minISR.Store(0)
			for topic := range t.replicas.Placements() {
				topics = append(topics, topic)
			}
		}
	}
	switch req := r.(type) {
	case *kmsg.AlterConfigsRequest:
		for i := range req.Resources {
			note(req.Resources[i].ResourceType, req.Resources[i].ResourceName)
		}
	case *kmsg.IncrementalAlterConfigsRequest:
		for i := range req.Resources {
			note(req.Resources[i].ResourceType, req.Resources[i].ResourceName)
		}
	}
	if t.replicas.Degraded() { // else they are read when they are needed
		t.replicas.SetTopics(topics)
	}
	return nil
}

// ownAPIs are the API keys that the gate serves and the engine does not.
func (t *topics) ownAPIs() []kmsg.ApiVersionsResponseApiKey {
	const newest = 1 // v2 tells the controllers' endpoints (KIP-853), which these have not
	quorum := kmsg.NewApiVersionsResponseApiKey()
	quorum.ApiKey = int16(kmsg.DescribeQuorum)
	known, ok := t.served.LookupMaxKeyVersion(quorum.ApiKey)
	if !ok {
		return nil
	}
	quorum.MaxVersion = min(known, newest)
	return []kmsg.ApiVersionsResponseApiKey{quorum}
}

// amendAPIVersions adds what the gate serves itself.
func (t *topics) amendAPIVersions(_ kmsg.Request, a kmsg.Response) error {
	resp := a.(*kmsg.ApiVersionsResponse)
	if resp.ErrorCode != 0 {
		return nil
	}
	resp.ApiKeys = append(resp.ApiKeys, t.ownAPIs()...)
	for i := range resp.ApiKeys {
		if k := &resp.ApiKeys[i]; k.ApiKey == int16(kmsg.SASLHandshake) {
			// librdkafka takes a broker without v0 for one without SASL. It
			// does not use v0, behind which tokens have no header (KIP-43).
			k.MinVersion = 0
		}
	}
	return nil
}

// StopBroker shuts a broker down: its leaders move to other replicas, its
// connections end, and new ones are refused until StartBroker.
func (c *Cluster) StopBroker(id int32) error {
	if err := c.topics.replicas.Stop(id); err != nil {
		return err
	}
	g := c.gates[id]
	g.Isolate(false)
	return g.Stop()
}

// StartBroker starts a broker that was stopped. Its replicas copy what they
// missed and then join the ISR.
func (c *Cluster) StartBroker(id int32) error {
	if id < 0 || int(id) >= len(c.gates) {
		return &replication.UnknownBrokerError{Broker: id, Count: len(c.gates)}
	}
	if err := c.gates[id].Start(); err != nil {
		return err
	}
	return c.topics.replicas.Start(id)
}

// SlowBroker makes the replicas of a broker copy at most rate records a second
// each, until HealBroker.
func (c *Cluster) SlowBroker(id int32, rate int64) error { return c.topics.replicas.Slow(id, rate) }

// IsolateBroker cuts a broker off from clients and other brokers until
// HealBroker: nothing is refused, nothing is answered.
func (c *Cluster) IsolateBroker(id int32) error {
	if err := c.topics.replicas.Isolate(id); err != nil {
		return err
	}
	c.gates[id].Isolate(true)
	return nil
}

// HealBroker ends SlowBroker and IsolateBroker.
func (c *Cluster) HealBroker(id int32) error {
	if err := c.topics.replicas.Heal(id); err != nil {
		return err
	}
	c.gates[id].Isolate(false)
	return nil
}

// Replicas returns the state of the brokers and of at most limit partitions of
// topics, of all topics when none is named.
func (c *Cluster) Replicas(limit int, topics ...string) replicas.Status {
	return c.topics.replicas.Status(limit, topics...)
}

// Events returns what happened to the replicas after the event of that number,
// and what is closed when more has happened.
func (c *Cluster) Events(after int64) ([]replicas.Event, <-chan struct{}) {
	return c.topics.replicas.Events(after)
}

var _ replicas.Engine = (*kfake.Cluster)(nil)

// ReplicaStatus is the state of the brokers and of some partitions.
type ReplicaStatus = replicas.Status

// PartitionStatus is the state of one partition.
type PartitionStatus = replicas.PartitionStatus

// Degraded reports whether anything is not as it was placed: a broker is not
// running, or a partition has not all of its replicas in sync, another leader
// than the preferred one, or a reassignment under way.
func (c *Cluster) Degraded() bool { return c.topics.replicas.Degraded() }

// openLab opens the socket through which other processes control the cluster. It
// runs without one where the system makes none, and says so in the events.
func (c *Cluster) openLab() {
	control, err := lab.Serve(c.dir.path, c)
	if err != nil {
		c.topics.replicas.Note(replication.Event{Time: time.Now(), Broker: -1, Partition: -1, Kind: "no-control", Text: err.Error()})
		return
	}
	c.control = control
}

// AddFault adds a rule about what is done to requests of clients, and returns it
// with its id.
func (c *Cluster) AddFault(r faults.Rule) (faults.Rule, error) {
	r, err := c.faults.Add(r, time.Now())
	if err == nil {
		c.noteFault("fault-added", fmt.Sprintf("fault %d: %s", r.ID, r.Describe()))
	}
	return r, err
}

// RemoveFault removes a rule, or all for 0.
func (c *Cluster) RemoveFault(id int) error {
	if err := c.faults.Remove(id); err != nil {
		return err
	}
	text := fmt.Sprintf("fault %d ends", id)
	if id == 0 {
		text = "all faults end"
	}
	c.noteFault("fault-removed", text)
	return nil
}

// Faults returns the rules that hold now.
func (c *Cluster) Faults() []faults.Rule { return c.faults.List(time.Now()) }

func (c *Cluster) noteFault(kind replication.Kind, text string) {
	c.topics.replicas.Note(replication.Event{Time: time.Now(), Broker: -1, Partition: -1, Kind: kind, Text: text})
}
