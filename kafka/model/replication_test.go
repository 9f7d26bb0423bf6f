package model

import (
	"testing"
)

func TestPartitionReplication(t *testing.T) {
	for _, tc := range []struct {
		name                          string
		leader                        int32
		replicas, isr, minISR         int
		state                         PartitionState
		underReplicated, minISRBroken int
	}{
		{"all in sync", 1, 3, 3, 2, InSync, 0, 0},
		{"one behind", 1, 3, 2, 2, UnderReplicated, 1, 0},
		{"too few for acks=all", 1, 3, 1, 2, UnderMinISR, 1, 1},
		{"more in sync asked for than there are replicas", 1, 1, 1, 2, UnderMinISR, 0, 1},
		{"min ISR not known", 1, 3, 1, 0, UnderReplicated, 1, 0},
		{"no leader", -1, 3, 1, 2, Offline, 1, 1},
		{"no leader, one replica", -1, 1, 1, 1, Offline, 0, 0},
	} {
		r := PartitionReplication(tc.leader, tc.replicas, tc.isr, tc.minISR)
		if r.State() != tc.state || r.UnderReplicated != tc.underReplicated || r.UnderMinISR != tc.minISRBroken {
			t.Errorf("%s: %+v is %q, want %q", tc.name, r, r.State(), tc.state)
		}
	}
}

func TestReplicationWords(t *testing.T) {
	for _, tc := range []struct {
		r    Replication
		want string
	}{
		{Replication{Partitions: 12}, "in sync"},
		{Replication{Partitions: 12, UnderReplicated: 2}, "2 under-replicated"},
		{Replication{Partitions: 12, UnderReplicated: 2, UnderMinISR: 1}, "1 under min ISR"},
		{Replication{Partitions: 12, UnderReplicated: 2, UnderMinISR: 2, Offline: 1}, "1 offline"},
	} {
		if got := tc.r.Words(); got != tc.want {
			t.Errorf("%+v reads %q, want %q", tc.r, got, tc.want)
		}
	}
}
