package kafka

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// metadata is the cluster as one broker described it (Metadata API): brokers,
// controller, and the topics that were asked for with their partitions.
type metadata struct {
	*kmsg.MetadataResponse
	at time.Time
}

// metadata asks for the given topics, or for all topics that the user may
// describe when none is given. A topic that does not exist or may not be
// described is in the answer with its error code; only a failure of the whole
// request is an error.
func (c *Client) metadata(ctx context.Context, topics ...string) (metadata, error) {
	req := kmsg.NewPtrMetadataRequest()
	for _, t := range topics {
		rt := kmsg.NewMetadataRequestTopic()
		rt.Topic = kmsg.StringPtr(t)
		req.Topics = append(req.Topics, rt)
	}
	return c.requestMetadata(ctx, req)
}

// brokerMetadata asks for the brokers and the controller alone.
func (c *Client) brokerMetadata(ctx context.Context) (metadata, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{} // empty is none, null is all
	return c.requestMetadata(ctx, req)
}

func (c *Client) requestMetadata(ctx context.Context, req *kmsg.MetadataRequest) (metadata, error) {
	resp, err := req.RequestWith(ctx, c.kgo)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return metadata{}, Explain("read the metadata of "+c.cfg.Name, "Describe on Cluster", err)
	}
	md := metadata{resp, time.Now()}
	c.roster.note(md)
	return md, nil
}

// partitionCounts returns how many partitions each readable topic has: what
// listOffsets asks about.
func (m metadata) partitionCounts() map[string]int {
	counts := make(map[string]int, len(m.Topics))
	for i := range m.Topics {
		if t := &m.Topics[i]; t.ErrorCode == 0 && t.Topic != nil {
			counts[*t.Topic] = len(t.Partitions)
		}
	}
	return counts
}
