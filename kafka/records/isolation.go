package records

import (
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// isolation is the isolation level of the fetches of a query.
func (q Query) isolation() kgo.IsolationLevel {
	if q.Committed {
		return kgo.ReadCommitted()
	}
	return kgo.ReadUncommitted()
}

// readable is the offset before which a query can read a partition: the high
// watermark, or the last stable offset when only committed records are read
// (KIP-98).
func (q Query) readable(p *kmsg.FetchResponseTopicPartition) int64 {
	if q.Committed {
		return p.LastStableOffset
	}
	return p.HighWatermark
}
