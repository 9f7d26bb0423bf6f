package kafka

import (
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestTroubledTopicsWorstFirst(t *testing.T) {
	md := metadata{MetadataResponse: kmsg.NewPtrMetadataResponse()}
	md.Topics = []kmsg.MetadataResponseTopic{
		aTopic("whole", []int32{1, 2, 3}, 1, 2),
		aTopic("thin", []int32{1, 2}, 1, 2),
		aTopic("thinner", []int32{1}, 1),
		aTopic("thin-too", []int32{1, 2}, 1, 2, 1),
		aTopic("dead", []int32{3}, 1, -1),
	}
	troubled := md.troubled(map[string]int{"thinner": 2}, []int32{1, 2})
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
	md := metadata{MetadataResponse: kmsg.NewPtrMetadataResponse()}
	md.Topics = []kmsg.MetadataResponseTopic{aTopic("orders", []int32{1, 2, 3}, 1, 2, 1, -1)}
	if got := md.preferred()[1]; got != (Preferred{Partitions: 4, Led: 2}) {
		t.Errorf("broker 1: %+v", got)
	}
}
