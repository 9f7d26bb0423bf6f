package groups_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
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
	before := lab.Client.Requests()

	deleted, err := lab.Client.Groups.DeleteOffsets(lab.Ctx, "billing", []model.TopicPartition{labtest.Partition("orders", 0)})
	if err == nil || !containsAll(err.Error(), "delete offsets of billing: nothing was deleted", "orders/1", "NOT_LEADER") {
		t.Errorf("%+v, %v", deleted, err)
	}
	gone, err := lab.Client.Groups.Delete(lab.Ctx, "billing")
	if err != nil || outcomes(gone) != "billing refused" || !containsAll(gone[0].Err.Error(), "could not be saved first", "orders/1") {
		t.Errorf("%+v, %v", gone, err)
	}
	after := lab.Client.Requests()
	for _, api := range []string{"DeleteShareGroupOffsets", "DeleteGroups"} {
		if after[api] != before[api] {
			t.Errorf("%s was sent", api)
		}
	}
	if log := auditLog(t, state); strings.Contains(log, "billing") {
		t.Errorf("noted: %s", log)
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
