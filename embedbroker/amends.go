package embedbroker

import (
	"net"
	"slices"

	"github.com/kdeck/kdeck/embedbroker/gate"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// amends are the engine's responses that Kafka gives otherwise, or that its own
// clients cannot read.
func (t *topics) amends(broker int32) map[int16]gate.Amend {
	changed := func(kmsg.Request, kmsg.Response) error {
		t.saveSettings()
		return nil
	}
	configured := func(req kmsg.Request, resp kmsg.Response) error {
		t.saveSettings()
		return t.amendAlterConfigs(req, resp)
	}
	return map[int16]gate.Amend{
		int16(kmsg.OffsetFetch):           amendOffsetFetch,
		int16(kmsg.DescribeGroups):        amendDescribeGroups,
		int16(kmsg.ConsumerGroupDescribe): t.amendConsumerGroups,
		int16(kmsg.ShareGroupDescribe):    amendShareGroups,
		int16(kmsg.ShareFetch):            amendShareFetch,
		int16(kmsg.DescribeClientQuotas):  amendQuotas,
		int16(kmsg.DescribeConfigs):       amendConfigs,
		int16(kmsg.TxnOffsetCommit):       t.txns.amendTxnOffsetCommit,
		int16(kmsg.OffsetForLeaderEpoch):  t.amendEpochEnds,
		int16(kmsg.ApiVersions):           t.amendAPIVersions,

		int16(kmsg.AlterConfigs):              configured,
		int16(kmsg.IncrementalAlterConfigs):   configured,
		int16(kmsg.AlterClientQuotas):         changed,
		int16(kmsg.AlterUserSCRAMCredentials): changed,
		int16(kmsg.ListTransactions): func(_ kmsg.Request, resp kmsg.Response) error {
			return t.amendTransactions(broker, resp.(*kmsg.ListTransactionsResponse))
		},
	}
}

// amendOffsetFetch answers an admin client that asks for the commits of a group
// that does not exist as Kafka does: there are none. The engine refuses.
func amendOffsetFetch(r kmsg.Request, a kmsg.Response) error {
	req, resp := r.(*kmsg.OffsetFetchRequest), a.(*kmsg.OffsetFetchResponse)
	for i := range resp.Groups { // since v8
		group := &resp.Groups[i]
		at := slices.IndexFunc(req.Groups, func(g kmsg.OffsetFetchRequestGroup) bool { return g.Group == group.Group })
		if group.ErrorCode != kerr.GroupIDNotFound.Code || at < 0 || req.Groups[at].MemberEpoch >= 0 {
			continue
		}
		group.ErrorCode = 0
		for _, topic := range req.Groups[at].Topics {
			none := kmsg.NewOffsetFetchResponseGroupTopic()
			none.Topic, none.TopicID = topic.Topic, topic.TopicID
			for _, p := range topic.Partitions {
				part := kmsg.NewOffsetFetchResponseGroupTopicPartition()
				part.Partition, part.Offset, part.LeaderEpoch = p, -1, -1
				none.Partitions = append(none.Partitions, part)
			}
			group.Topics = append(group.Topics, none)
		}
	}
	return nil
}

func amendDescribeGroups(_ kmsg.Request, a kmsg.Response) error {
	resp := a.(*kmsg.DescribeGroupsResponse)
	for i := range resp.Groups {
		for j := range resp.Groups[i].Members {
			m := &resp.Groups[i].Members[j]
			m.ClientHost = javaHost(m.ClientHost)
		}
	}
	return nil
}

// amendConsumerGroups adds the names of topics, of which the engine tells the ids
// alone: Java's admin client refuses a topic without a name.
func (t *topics) amendConsumerGroups(_ kmsg.Request, a kmsg.Response) error {
	resp := a.(*kmsg.ConsumerGroupDescribeResponse)
	var named []*kmsg.AssignmentTopicPartition
	for i := range resp.Groups {
		if g := &resp.Groups[i]; g.ErrorCode == 0 && g.AssignorName == "" {
			g.AssignorName = "uniform" // the first of group.consumer.assignors
		}
		for j := range resp.Groups[i].Members {
			m := &resp.Groups[i].Members[j]
			m.ClientHost = javaHost(m.ClientHost)
			for _, assignment := range []*kmsg.Assignment{&m.Assignment, &m.TargetAssignment} {
				for k := range assignment.TopicPartitions {
					named = append(named, &assignment.TopicPartitions[k])
				}
			}
		}
	}
	names, err := t.names(named)
	if err != nil {
		return err
	}
	for _, topic := range named {
		topic.Topic = names[topic.TopicID]
	}
	return nil
}

// names are the names of topics by their ids.
func (t *topics) names(topics []*kmsg.AssignmentTopicPartition) (map[[16]byte]string, error) {
	if len(topics) == 0 {
		return nil, nil
	}
	req := kmsg.NewPtrMetadataRequest()
	req.Version = 12 // the first with topic ids alone (KIP-516)
	names := make(map[[16]byte]string)
	for _, topic := range topics {
		if _, asked := names[topic.TopicID]; !asked {
			names[topic.TopicID] = ""
			req.Topics = append(req.Topics, kmsg.MetadataRequestTopic{TopicID: topic.TopicID})
		}
	}
	answer, err := t.engine.ask(req)
	if err != nil {
		return nil, err
	}
	for _, topic := range answer.(*kmsg.MetadataResponse).Topics {
		if topic.Topic != nil {
			names[topic.TopicID] = *topic.Topic
		}
	}
	return names, nil
}

func amendShareGroups(_ kmsg.Request, a kmsg.Response) error {
	resp := a.(*kmsg.ShareGroupDescribeResponse)
	for i := range resp.Groups {
		for j := range resp.Groups[i].Members {
			m := &resp.Groups[i].Members[j]
			m.ClientHost = javaHost(m.ClientHost)
		}
	}
	return nil
}

// javaHost is the host of a client as Java writes an address: with a slash in
// front, and without the port that the engine tells.
func javaHost(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return "/" + host
}

// amendShareFetch tells no records where the engine leaves them out: Java's share
// consumer takes missing ones for a fault.
func amendShareFetch(_ kmsg.Request, a kmsg.Response) error {
	resp := a.(*kmsg.ShareFetchResponse)
	for i := range resp.Topics {
		for j := range resp.Topics[i].Partitions {
			if p := &resp.Topics[i].Partitions[j]; p.Records == nil {
				p.Records = []byte{}
			}
		}
	}
	return nil
}

// amendQuotas tells no entries where the engine leaves them out, as above.
func amendQuotas(_ kmsg.Request, a kmsg.Response) error {
	if resp := a.(*kmsg.DescribeClientQuotasResponse); resp.Entries == nil && resp.ErrorCode == 0 {
		resp.Entries = []kmsg.DescribeClientQuotasResponseEntry{}
	}
	return nil
}

// amendTransactions leaves the transactions to their coordinator: the engine
// lists all of them at every broker.
func (t *topics) amendTransactions(broker int32, resp *kmsg.ListTransactionsResponse) error {
	if len(resp.TransactionStates) == 0 {
		return nil
	}
	resp.TransactionStates = slices.DeleteFunc(resp.TransactionStates, func(tx kmsg.ListTransactionsResponseTransactionState) bool {
		return t.replicas.Coordinator(tx.TransactionalID) != broker
	})
	return nil
}

// amendEpochEnds tells where the records of an epoch end (KIP-320) when the leader
// of a later one has taken none yet: at the end of the log. The engine does not
// know, or says 0, which a client takes for the loss of what it has read.
func (t *topics) amendEpochEnds(r kmsg.Request, a kmsg.Response) error {
	req, resp := r.(*kmsg.OffsetForLeaderEpochRequest), a.(*kmsg.OffsetForLeaderEpochResponse)
	asked := make(map[string]map[int32]int32)
	for _, topic := range req.Topics {
		asked[topic.Topic] = make(map[int32]int32)
		for _, p := range topic.Partitions {
			asked[topic.Topic][p.Partition] = p.LeaderEpoch
		}
	}
	for i := range resp.Topics {
		topic := &resp.Topics[i]
		for j := range topic.Partitions {
			p := &topic.Partitions[j]
			epoch := asked[topic.Topic][p.Partition]
			if p.ErrorCode != 0 || p.EndOffset > 0 {
				continue
			}
			info := t.kfake.PartitionInfo(topic.Topic, p.Partition)
			if info == nil || epoch >= info.Epoch || p.EndOffset == 0 && info.HighWatermark > info.LogStartOffset {
				continue
			}
			p.LeaderEpoch, p.EndOffset = epoch, info.HighWatermark
		}
	}
	return nil
}
