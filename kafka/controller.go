package kafka

import (
	"context"

	"github.com/kdeck/kdeck/kafka/raw"
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
func (c *Conn) Controller(ctx context.Context, md Metadata, broker raw.Requestor) Controller {
	ctx, cancel := context.WithTimeout(ofAny(ctx), PingTimeout)
	defer cancel()
	if c.quorum.Load() == quorumUnknown {
		describes, err := raw.DescribesQuorum(ctx, broker)
		if err != nil {
			return Controller{ID: -1, Why: Explain("ask for the controller", "", err)}
		}
		c.LearnQuorum(describes)
	}
	if c.quorum.Load() == quorumNone {
		return Controller{ID: md.ControllerID}
	}
	leader, err := raw.QuorumLeader(ctx, broker)
	return Controller{ID: leader, Why: Explain("ask for the controller", "Describe on Cluster", err)}
}

// What is known of the KRaft quorum, once a broker has told its API versions.
const (
	quorumUnknown int32 = iota
	quorumNone
	quorumLeads
)

// LearnQuorum remembers whether brokers know DescribeQuorum.
func (c *Conn) LearnQuorum(describes bool) {
	if describes {
		c.quorum.Store(quorumLeads)
	} else {
		c.quorum.CompareAndSwap(quorumUnknown, quorumNone)
	}
}
