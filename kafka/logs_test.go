package kafka

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/lag"
)

func TestLogsKnowWhyOffsetsAreMissing(t *testing.T) {
	topic := func(name string, code int16, leaders ...int32) kmsg.MetadataResponseTopic {
		mt := kmsg.MetadataResponseTopic{Topic: &name, ErrorCode: code}
		for p, leader := range leaders {
			mt.Partitions = append(mt.Partitions, kmsg.MetadataResponseTopicPartition{Partition: int32(p), Leader: leader})
		}
		return mt
	}
	md := metadata{MetadataResponse: &kmsg.MetadataResponse{Topics: []kmsg.MetadataResponseTopic{
		topic("orders", 0, 1, -1, 2),
		topic("gone", kerr.UnknownTopicOrPartition.Code),
		topic("secret", kerr.TopicAuthorizationFailed.Code),
		topic("new", kerr.LeaderNotAvailable.Code),
	}}}
	l := newLogs(md, md.leaders())
	l.offsets[logStart] = partitionOffsets{"orders": {5, noOffset, 7}}
	l.offsets[logEnd] = partitionOffsets{"orders": {10, noOffset, 20}}
	l.offsets[lastStableOffset] = partitionOffsets{"orders": {9, noOffset, 20}}

	if got, want := l.of("orders", 0), (lag.Log{Start: 5, End: 10, Stable: 9}); got != want {
		t.Errorf("orders/0: %+v, want %+v", got, want)
	}
	for _, tt := range []struct {
		topic     string
		partition int32
		want      lag.State
	}{
		{"orders", 1, lag.Leaderless},
		{"orders", 2, lag.Normal},
		{"orders", 3, lag.Gone}, // made anew with fewer partitions
		{"gone", 0, lag.Gone},
		{"secret", 0, lag.Unauthorized},
		{"new", 0, lag.Unread},
		{"never asked", 0, lag.Unread},
	} {
		if got := l.of(tt.topic, tt.partition).State; got != tt.want {
			t.Errorf("%s/%d: %v, want %v", tt.topic, tt.partition, got, tt.want)
		}
	}
}
