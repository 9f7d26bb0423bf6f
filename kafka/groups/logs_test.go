package groups

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

func TestLogsKnowWhyOffsetsAreMissing(t *testing.T) {
	topic := func(name string, code int16, leaders ...int32) kmsg.MetadataResponseTopic {
		mt := kmsg.MetadataResponseTopic{Topic: &name, ErrorCode: code}
		for p, leader := range leaders {
			mt.Partitions = append(mt.Partitions, kmsg.MetadataResponseTopicPartition{Partition: int32(p), Leader: leader})
		}
		return mt
	}
	md := kafka.Metadata{Metadata: &raw.Metadata{Topics: []kmsg.MetadataResponseTopic{
		topic("orders", 0, 1, -1, 2),
		topic("gone", kerr.UnknownTopicOrPartition.Code),
		topic("secret", kerr.TopicAuthorizationFailed.Code),
		topic("new", kerr.LeaderNotAvailable.Code),
	}}}
	l := newLogs(md, md.Leaders())
	l.offsets[kafka.LogStart] = kafka.Offsets{"orders": {5, model.NoOffset, 7}}
	l.offsets[kafka.LogEnd] = kafka.Offsets{"orders": {10, model.NoOffset, 20}}
	l.offsets[kafka.LastStable] = kafka.Offsets{"orders": {9, model.NoOffset, 20}}

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
