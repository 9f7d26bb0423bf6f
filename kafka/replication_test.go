package kafka

import (
	"maps"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
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
		r := partitionReplication(tc.leader, tc.replicas, tc.isr, tc.minISR)
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

// aTopic is a topic of metadata whose partitions have the given leaders; every
// partition has replicas 1, 2 and 3, and the ISR given.
func aTopic(name string, isr []int32, leaders ...int32) kmsg.MetadataResponseTopic {
	topic := kmsg.NewMetadataResponseTopic()
	topic.Topic = kmsg.StringPtr(name)
	for i, leader := range leaders {
		p := kmsg.NewMetadataResponseTopicPartition()
		p.Partition, p.Leader, p.Replicas, p.ISR = int32(i), leader, []int32{1, 2, 3}, isr
		topic.Partitions = append(topic.Partitions, p)
	}
	return topic
}

func TestHealthSummarisesMetadata(t *testing.T) {
	md := metadata{MetadataResponse: kmsg.NewPtrMetadataResponse()}
	for _, id := range []int32{2, 1, 9} {
		b := kmsg.NewMetadataResponseBroker()
		b.NodeID = id
		md.Brokers = append(md.Brokers, b)
	}
	forbidden := aTopic("secret", nil, 1)
	forbidden.ErrorCode = 29
	md.Topics = []kmsg.MetadataResponseTopic{
		aTopic("whole", []int32{1, 2, 3}, 1, 2),
		aTopic("thin", []int32{1}, 1, -1),
		forbidden,
	}
	h := md.health(map[string]int{"whole": 2, "thin": 2})

	if h.Topics != 2 || h.Replication != (Replication{Partitions: 4, UnderReplicated: 2, UnderMinISR: 2, Offline: 1}) {
		t.Errorf("counted %d topics, %+v", h.Topics, h.Replication)
	}
	if !slices.Equal(h.Brokers, []int32{1, 2, 3, 9}) || !slices.Equal(h.Up, []int32{1, 2, 9}) || !slices.Equal(h.Down(), []int32{3}) {
		t.Errorf("brokers %v, up %v, down %v", h.Brokers, h.Up, h.Down())
	}
	if want := map[int32]int{1: 2, 2: 1}; !maps.Equal(h.LeadersByBroker, want) {
		t.Errorf("leaders %v, want %v", h.LeadersByBroker, want)
	}
	if want := map[int32]int{1: 4, 2: 4, 3: 4}; !maps.Equal(h.ReplicasByBroker, want) {
		t.Errorf("replicas %v, want %v", h.ReplicasByBroker, want)
	}
}
