// Package lab lets other processes of the same user watch and disturb a running
// local cluster, through a socket in its data folder. It speaks HTTP with JSON,
// one path for each thing that can be done.
package lab

import (
	"time"

	"github.com/kdeck/kdeck/embedbroker/faults"
	"github.com/kdeck/kdeck/embedbroker/replicas"
	"github.com/kdeck/kdeck/embedbroker/replication"
)

// Cluster is the cluster that a lab controls.
type Cluster interface {
	StopBroker(id int32) error
	StartBroker(id int32) error
	SlowBroker(id int32, rate int64) error
	IsolateBroker(id int32) error
	HealBroker(id int32) error
	Clean() error
	Replicas(limit int, topics ...string) replicas.Status
	Events(after int64) ([]replicas.Event, <-chan struct{})
	AddFault(r faults.Rule) (faults.Rule, error)
	RemoveFault(id int) error
	Faults() []faults.Rule
}

// Action is something that is done to a broker.
type Action string

// The actions.
const (
	Stop    Action = "stop"
	Start   Action = "start"
	Restart Action = "restart"
	Slow    Action = "slow"
	Isolate Action = "isolate"
	Heal    Action = "heal"
)

// SlowRate is how many records a second the replicas of a slow broker copy when
// nobody says how many.
const SlowRate = 10

// Status is the state of a cluster as it is told through the socket.
type Status struct {
	Brokers    []Broker      `json:"brokers"`
	Partitions []Partition   `json:"partitions"`
	More       int           `json:"more,omitempty"` // partitions that were left out
	Faults     []faults.Rule `json:"faults"`
}

// Broker is the state of one broker.
type Broker struct {
	ID     int32  `json:"id"`
	Rack   string `json:"rack,omitempty"`
	State  string `json:"state"` // running, stopped, slow or isolated
	Fenced bool   `json:"fenced,omitempty"`
	Rate   int64  `json:"rate,omitempty"` // of a slow one, records a second
}

// Partition is the state of one partition.
type Partition struct {
	Topic         string    `json:"topic"`
	Partition     int32     `json:"partition"`
	Leader        int32     `json:"leader"` // -1 for none
	Epoch         int32     `json:"epoch"`
	Replicas      []Replica `json:"replicas"`
	ELR           []int32   `json:"elr,omitempty"` // eligible leader replicas (KIP-966)
	HighWatermark int64     `json:"high_watermark"`
	End           int64     `json:"end"` // of the leader's log
}

// Replica is one replica of a partition.
type Replica struct {
	Broker   int32 `json:"broker"`
	InSync   bool  `json:"in_sync"`
	Behind   int64 `json:"behind"` // records
	Copying  bool  `json:"copying,omitempty"`
	Adding   bool  `json:"adding,omitempty"` // by a reassignment
	Removing bool  `json:"removing,omitempty"`
}

// Event is something that happened.
type Event struct {
	Number    int64     `json:"number"`
	Time      time.Time `json:"time"`
	Broker    int32     `json:"broker"` // -1 for none
	Topic     string    `json:"topic,omitempty"`
	Partition int32     `json:"partition"` // -1 for none
	Kind      string    `json:"kind"`
	Text      string    `json:"text"`
}

// NewStatus puts the state of a cluster into words of the socket.
func NewStatus(s replicas.Status, rules []faults.Rule) Status {
	out := Status{More: s.More, Faults: rules, Brokers: []Broker{}, Partitions: []Partition{}}
	for _, b := range s.Brokers {
		out.Brokers = append(out.Brokers, Broker{ID: b.ID, Rack: b.Rack, State: b.State.String(), Fenced: b.Fenced, Rate: b.Rate})
	}
	for _, p := range s.Partitions {
		out.Partitions = append(out.Partitions, newPartition(p))
	}
	return out
}

func newPartition(p replicas.PartitionStatus) Partition {
	out := Partition{
		Topic: p.Topic, Partition: p.Key.Partition, Leader: p.Leader, Epoch: p.Epoch,
		ELR: p.ELR, HighWatermark: p.HighWatermark, End: p.End(),
	}
	copies := make(map[int32]replication.Replica)
	for _, c := range p.Copies {
		copies[c.Broker] = c
	}
	for _, id := range p.Replicas {
		out.Replicas = append(out.Replicas, Replica{
			Broker: id, InSync: contains(p.ISR, id), Behind: max(out.End-copies[id].End, 0), Copying: copies[id].Copying,
			Adding: contains(p.Adding, id), Removing: contains(p.Removing, id),
		})
	}
	return out
}

func newEvent(e replicas.Event) Event {
	return Event{
		Number: e.Number, Time: e.Time, Broker: e.Broker, Topic: e.Topic, Partition: e.Partition,
		Kind: string(e.Kind), Text: e.Text,
	}
}
