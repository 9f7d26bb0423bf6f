package model

import (
	"fmt"
)

// Replication counts partitions by how well they are replicated. A partition
// counts under every heading that is true of it, as kafka-topics.sh counts: one
// that is offline is most often under-replicated as well.
type Replication struct {
	Partitions int
	// UnderReplicated is how many have an in-sync replica set (ISR) smaller than
	// their replicas.
	UnderReplicated int
	// UnderMinISR is how many have an ISR smaller than min.insync.replicas: they
	// refuse writes with acks=all (NOT_ENOUGH_REPLICAS).
	UnderMinISR int
	// Offline is how many have no leader: they can neither be read nor written.
	Offline int
}

// PartitionState is the worst that is true of a partition, or of all partitions
// of a topic. Larger is worse.
type PartitionState int

// The states of a partition.
const (
	InSync PartitionState = iota
	UnderReplicated
	UnderMinISR
	Offline
)

// String is the state in Kafka's words.
func (s PartitionState) String() string {
	switch s {
	case UnderReplicated:
		return "under-replicated"
	case UnderMinISR:
		return "under min ISR"
	case Offline:
		return "offline"
	}
	return "in sync"
}

// State is the worst that is true of any of the partitions.
func (r Replication) State() PartitionState {
	switch {
	case r.Offline > 0:
		return Offline
	case r.UnderMinISR > 0:
		return UnderMinISR
	case r.UnderReplicated > 0:
		return UnderReplicated
	}
	return InSync
}

// Count is how many partitions are in a state; all of them for InSync.
func (r Replication) Count(s PartitionState) int {
	switch s {
	case UnderReplicated:
		return r.UnderReplicated
	case UnderMinISR:
		return r.UnderMinISR
	case Offline:
		return r.Offline
	}
	return r.Partitions
}

// Words is the worst state and how many partitions are in it, as in
// "2 under-replicated", or "in sync".
func (r Replication) Words() string {
	s := r.State()
	if s == InSync {
		return s.String()
	}
	return fmt.Sprintf("%d %s", r.Count(s), s)
}

// Add counts the partitions of other as well.
func (r *Replication) Add(other Replication) {
	r.Partitions += other.Partitions
	r.UnderReplicated += other.UnderReplicated
	r.UnderMinISR += other.UnderMinISR
	r.Offline += other.Offline
}

// PartitionReplication counts one partition. A leader below 0 is none.
func PartitionReplication(leader int32, replicas, isr, minISR int) Replication {
	r := Replication{Partitions: 1}
	if leader < 0 {
		r.Offline = 1
	}
	if isr < replicas {
		r.UnderReplicated = 1
	}
	if isr < minISR {
		r.UnderMinISR = 1
	}
	return r
}
