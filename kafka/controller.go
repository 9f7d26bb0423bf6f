package kafka

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Controller says which node is the active controller.
type Controller struct {
	// ID is the node id, or -1 when there is none or it cannot be told. With
	// KRaft it may be a node that is no broker.
	ID int32
	// Why says why a KRaft cluster's controller could not be told. Its Metadata
	// names a random broker that forwards to the controller (KIP-590), and only
	// DescribeQuorum (KIP-595) tells the real one.
	Why error
}

// Controller tells the active controller: the one of the metadata, or with KRaft
// the leader of the quorum, for which a broker is asked.
func (c *Conn) Controller(ctx context.Context, md Metadata, broker kmsg.Requestor) Controller {
	ctx, cancel := context.WithTimeout(ctx, PingTimeout)
	defer cancel()
	if c.quorum.Load() == quorumUnknown {
		if err := c.LearnVersions(ctx, broker); err != nil {
			return Controller{ID: -1, Why: Explain("ask for the controller", "", err)}
		}
	}
	if c.quorum.Load() == quorumNone {
		return Controller{ID: md.ControllerID}
	}
	return quorumLeader(ctx, broker)
}

// What is known of the KRaft quorum, once a broker has told its API versions.
const (
	quorumUnknown int32 = iota
	quorumNone
	quorumLeads
)

// LearnVersions asks for API versions, which takes no right, and remembers
// whether DescribeQuorum is among them: only KRaft brokers know it.
func (c *Conn) LearnVersions(ctx context.Context, broker kmsg.Requestor) error {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "kdeck", "1" // KIP-511 wants both
	resp, err := req.RequestWith(ctx, broker)
	if err != nil {
		return err
	}
	describesQuorum := func(k kmsg.ApiVersionsResponseApiKey) bool { return kmsg.Key(k.ApiKey) == kmsg.DescribeQuorum }
	if slices.ContainsFunc(resp.ApiKeys, describesQuorum) {
		c.quorum.Store(quorumLeads)
	} else {
		c.quorum.CompareAndSwap(quorumUnknown, quorumNone)
	}
	return nil
}

// metadataTopic is the KRaft controllers' log (KIP-595).
const metadataTopic = "__cluster_metadata"

// quorumLeader asks which node leads the KRaft quorum: the active controller. The
// broker hands the question on to it, so that there is no answer without one.
func quorumLeader(ctx context.Context, broker kmsg.Requestor) Controller {
	req := kmsg.NewPtrDescribeQuorumRequest()
	topic := kmsg.NewDescribeQuorumRequestTopic()
	topic.Topic = metadataTopic
	topic.Partitions = append(topic.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, topic)

	resp, err := req.RequestWith(ctx, broker)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return Controller{ID: -1, Why: Explain("ask for the controller", "Describe on Cluster", err)}
	}
	if len(resp.Topics) == 0 || len(resp.Topics[0].Partitions) == 0 {
		return Controller{ID: -1}
	}
	log := resp.Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(log.ErrorCode); err != nil {
		return Controller{ID: -1, Why: Explain("ask for the controller", "Describe on Cluster", err)}
	}
	return Controller{ID: log.LeaderID}
}
