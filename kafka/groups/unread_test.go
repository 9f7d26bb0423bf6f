package groups_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// TestWhatCannotBeReadIsNotDeleted: a partition whose start offset could not be read
// would be missing from what is kept for the undo, so nothing of the group goes.
func TestWhatCannotBeReadIsNotDeleted(t *testing.T) {
	t.Parallel()
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	lab := attachGroupLab(t, nil, broker.ListenAddrs())
	seedShares(lab)
	broker.ControlKey(int16(kmsg.DescribeShareGroupOffsets), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		return halfRead(kreq.(*kmsg.DescribeShareGroupOffsetsRequest)), nil, true
	})
	state := t.TempDir()
	client := lab.NewClient(kafka.Config{StateDir: state, Opts: []kgo.Opt{kgo.SeedBrokers(broker.ListenAddrs()...)}})

	deleted, err := labtest.Run(lab.Ctx, client, client.Groups.DeleteOffsets("billing", reset.Of([]model.TopicPartition{labtest.Partition("orders", 0)})))
	if err == nil || !containsAll(err.Error(), "delete offsets of billing: nothing was changed", "orders/1", "NOT_LEADER") {
		t.Errorf("%+v, %v", deleted, err)
	}
	gone, err := deleteGroups(lab.Ctx, client, "billing")
	if err != nil || outcomes(gone) != "billing refused" || !containsAll(gone[0].Err.Error(), "could not be saved first", "orders/1") {
		t.Errorf("%+v, %v", gone, err)
	}
	after := client.Requests()
	for _, api := range []string{"DeleteShareGroupOffsets", "DeleteGroups"} {
		if after[api] != 0 {
			t.Errorf("%s was sent", api)
		}
	}
	if _, err := os.Stat(filepath.Join(state, "audit.jsonl")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was noted: %v", err)
	}
}

// halfRead answers that the start offset of partition 1 of orders could not be read.
func halfRead(req *kmsg.DescribeShareGroupOffsetsRequest) *kmsg.DescribeShareGroupOffsetsResponse {
	resp := req.ResponseKind().(*kmsg.DescribeShareGroupOffsetsResponse)
	for _, asked := range req.Groups {
		g := kmsg.NewDescribeShareGroupOffsetsResponseGroup()
		g.GroupID = asked.GroupID
		topic := kmsg.NewDescribeShareGroupOffsetsResponseGroupTopic()
		topic.Topic = "orders"
		read, unread := kmsg.NewDescribeShareGroupOffsetsResponseGroupTopicPartition(), kmsg.NewDescribeShareGroupOffsetsResponseGroupTopicPartition()
		read.Partition, read.StartOffset = 0, 7
		unread.Partition, unread.StartOffset, unread.ErrorCode = 1, -1, kerr.NotLeaderForPartition.Code
		topic.Partitions = append(topic.Partitions, read, unread)
		g.Topics = append(g.Topics, topic)
		resp.Groups = append(resp.Groups, g)
	}
	return resp
}
