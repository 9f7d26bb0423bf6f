package raw

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// MayDescribeCluster asks whether the user has the right to describe the cluster
// (DescribeCluster, KIP-700, since Kafka 2.8).
//
// kadm has no DescribeCluster, and Metadata does not tell rights any more.
func MayDescribeCluster(ctx context.Context, cl *kgo.Client) (bool, error) {
	req := kmsg.NewPtrDescribeClusterRequest()
	req.IncludeClusterAuthorizedOperations = true
	resp, err := req.RequestWith(ctx, cl)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return false, err
	}
	return resp.ClusterAuthorizedOperations&(1<<kmsg.ACLOperationDescribe) != 0, nil
}

// DescribesQuorum asks a broker for its API versions, which takes no right, and tells
// whether DescribeQuorum is among them: only KRaft brokers know it.
//
// Not kadm.ApiVersions: it asks all brokers, and waits for the silent one.
func DescribesQuorum(ctx context.Context, broker Requestor) (bool, error) {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "kdeck", "1" // KIP-511 wants both
	resp, err := req.RequestWith(ctx, broker)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(resp.ApiKeys, func(k kmsg.ApiVersionsResponseApiKey) bool {
		return kmsg.Key(k.ApiKey) == kmsg.DescribeQuorum
	}), nil
}

// KeyDescribeQuorum is the number of the API DescribeQuorum.
const KeyDescribeQuorum = int16(kmsg.DescribeQuorum)

// metadataTopic is the KRaft controllers' log (KIP-595).
const metadataTopic = "__cluster_metadata"

// QuorumLeader asks which node leads the KRaft quorum, or -1: the active controller.
// The broker hands the question on to it, so that there is no answer without one.
//
// kadm has no DescribeQuorum.
func QuorumLeader(ctx context.Context, broker Requestor) (int32, error) {
	req := kmsg.NewPtrDescribeQuorumRequest()
	topic := kmsg.NewDescribeQuorumRequestTopic()
	topic.Topic = metadataTopic
	topic.Partitions = append(topic.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, topic)
	resp, err := req.RequestWith(ctx, broker)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil || len(resp.Topics) == 0 || len(resp.Topics[0].Partitions) == 0 {
		return -1, err
	}
	log := resp.Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(log.ErrorCode); err != nil {
		return -1, err
	}
	return log.LeaderID, nil
}
