package raw

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Assigned is what a member of a KIP-848 group reads and shall read.
type Assigned struct {
	Group, Member string
	Now, Target   []AssignedTopic
}

// AssignedTopic is some partitions of a topic. The name is empty when the topic is gone.
type AssignedTopic struct {
	Topic      string
	Partitions []int32
}

// Assignments asks a coordinator what the members of KIP-848 groups read
// (ConsumerGroupDescribe), and for the names of topics of which it tells the ids alone.
//
// Not kadm.DescribeConsumerGroups: it keys an assignment by the names of topics, so that
// those without one are lost. Kafka tells both; engines that do not are asked once more
// in this way.
func Assignments(ctx context.Context, cl *kgo.Client, coordinator int32, groups []string) ([]Assigned, error) {
	req := kmsg.NewPtrConsumerGroupDescribeRequest()
	req.Groups = groups
	resp, err := askBroker[*kmsg.ConsumerGroupDescribeResponse](ctx, cl, coordinator, req)
	if err != nil {
		return nil, err
	}
	ids := make(map[[16]byte]string)
	for i := range resp.Groups {
		for j := range resp.Groups[i].Members {
			m := &resp.Groups[i].Members[j]
			for _, tps := range [][]kmsg.AssignmentTopicPartition{m.Assignment.TopicPartitions, m.TargetAssignment.TopicPartitions} {
				for _, t := range tps {
					ids[t.TopicID] = t.Topic
				}
			}
		}
	}
	if err := nameTopics(ctx, cl, ids); err != nil {
		return nil, err
	}
	assigned := func(tps []kmsg.AssignmentTopicPartition) []AssignedTopic {
		var topics []AssignedTopic
		for _, t := range tps {
			topics = append(topics, AssignedTopic{ids[t.TopicID], t.Partitions})
		}
		return topics
	}
	var all []Assigned
	for i := range resp.Groups {
		g := &resp.Groups[i]
		for j := range g.Members {
			m := &g.Members[j]
			all = append(all, Assigned{g.Group, m.MemberID, assigned(m.Assignment.TopicPartitions), assigned(m.TargetAssignment.TopicPartitions)})
		}
	}
	return all, nil
}

// nameTopics fills in the names of topics by their ids (Metadata v12, KIP-516).
func nameTopics(ctx context.Context, cl *kgo.Client, ids map[[16]byte]string) error {
	req := kmsg.NewPtrMetadataRequest()
	for id, name := range ids {
		if name == "" {
			topic := kmsg.NewMetadataRequestTopic()
			topic.TopicID = id
			req.Topics = append(req.Topics, topic)
		}
	}
	if len(req.Topics) == 0 {
		return nil
	}
	resp, err := metadata(ctx, cl, req)
	if err != nil {
		return err
	}
	for i := range resp.Topics {
		ids[resp.Topics[i].TopicID] = Text(resp.Topics[i].Topic)
	}
	return nil
}
