package overview

import (
	"maps"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

func TestTroubledTopicsWorstFirst(t *testing.T) {
	md := kafka.Metadata{Metadata: &raw.Metadata{}}
	md.Topics = []kmsg.MetadataResponseTopic{
		aTopic("whole", []int32{1, 2, 3}, 1, 2),
		aTopic("thin", []int32{1, 2}, 1, 2),
		aTopic("thinner", []int32{1}, 1),
		aTopic("thin-too", []int32{1, 2}, 1, 2, 1),
		aTopic("dead", []int32{3}, 1, -1),
	}
	troubled := troubledTopics(md, map[string]int{"thinner": 2}, []int32{1, 2})
	var names []string
	for _, topic := range troubled {
		names = append(names, topic.Topic)
	}
	if want := []string{"dead", "thinner", "thin-too", "thin"}; !slices.Equal(names, want) {
		t.Errorf("order %v, want %v", names, want)
	}
	// Broker 3 is in the ISR of the dead topic as its last leader, but down.
	if got := troubled[0].Missing; !slices.Equal(got, []int32{1, 2, 3}) {
		t.Errorf("missing from dead: %v", got)
	}
	if got := troubled[3].Missing; !slices.Equal(got, []int32{3}) {
		t.Errorf("missing from thin: %v", got)
	}
}

func TestPreferredLeaders(t *testing.T) {
	md := kafka.Metadata{Metadata: &raw.Metadata{}}
	md.Topics = []kmsg.MetadataResponseTopic{aTopic("orders", []int32{1, 2, 3}, 1, 2, 1, -1)}
	if got := preferredLeaders(md)[1]; got != (Preferred{Partitions: 4, Led: 2}) {
		t.Errorf("broker 1: %+v", got)
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
	md := kafka.Metadata{Metadata: &raw.Metadata{}}
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
	h := healthOf(md, map[string]int{"whole": 2, "thin": 2})

	if h.Topics != 2 || h.Replication != (model.Replication{Partitions: 4, UnderReplicated: 2, UnderMinISR: 2, Offline: 1}) {
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
