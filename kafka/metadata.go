package kafka

import (
	"context"
	"iter"
	"strings"
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

// uncached is a metadata request under another type. kgo keeps a deep copy of
// all topics in the answer to a *kmsg.MetadataRequest, 60 MB for 100,000
// partitions, to find leaders with. Nothing here needs it but listOffsets, which
// asks about a single topic: leaderOffsets has the answer itself. Any broker may
// answer, as with the original.
type uncached struct{ *kmsg.MetadataRequest }

func (c *Client) requestMetadata(ctx context.Context, req *kmsg.MetadataRequest) (metadata, error) {
	var send kmsg.Request = req
	if req.Topics == nil || len(req.Topics) > 1 {
		send = uncached{req}
	}
	answer, err := c.askAny(ctx, send)
	if err != nil {
		return metadata{}, c.metadataError(err)
	}
	resp := answer.(*kmsg.MetadataResponse)
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return metadata{}, c.metadataError(err)
	}
	md := metadata{resp, time.Now()}
	c.roster.note(md)
	return md, nil
}

// metadataError names the first server of a cluster that is named by its servers:
// the reason has to fit on the line too.
func (c *Client) metadataError(err error) error {
	name, _, more := strings.Cut(c.cfg.Name, ",")
	if more {
		name += ",…"
	}
	return Explain("read the metadata of "+name, "Describe on Cluster", err)
}

// readable goes through the names of the topics that the cluster describes.
func (m metadata) readable() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range m.Topics {
			if t := &m.Topics[i]; t.ErrorCode == 0 && t.Topic != nil && !yield(*t.Topic) {
				return
			}
		}
	}
}
