package records

import (
	"cmp"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/unpack"
)

// Query says what to read.
type Query struct {
	Topic      string
	Partitions []int32 // none is all
	From       Start
	// Resume holds the next offset to read of partitions that were read before,
	// in place of From.
	Resume map[int32]int64
	// Follow waits for new records at the end. Otherwise reading stops before
	// Until, or where the log ended when it began, whichever comes first.
	Follow bool
	Until  Start // Latest (the end as of now), AtOffset or AtTime
	// Stops holds the offsets to stop before, in place of Until, of partitions that
	// it names. It is for reading a range again that was read before.
	Stops map[int32]int64
	Max   int64 // stop after so many records; 0 is no limit
	// Filter leaves out the records that it does not want; nil wants all. What is
	// there already is then scanned at several times the speed of a consumer, and
	// the order between partitions is any. Where masking rules hold for the topic the
	// filter looks at what they leave of the decoded records, which is slower.
	Filter *Filter
	// Committed leaves out records of aborted transactions, and ends before the
	// first transaction that is still open (isolation.level read_committed).
	Committed bool
	// Merged hands records out in the order of their timestamps over all partitions,
	// as far as that holds within each; offsets stay in order. What is there already
	// is merged exactly, unless a broker does not answer while Follow is set; what is
	// being written is held back for HoldBack. A Filter then looks at what a consumer
	// reads, which is slower than a scan.
	Merged bool
	// Markers hands out the markers that end transactions too: records with
	// Attrs.IsControl.
	Markers bool
	// BatchBytes bounds what a batch may take once it is decompressed, in bytes up to
	// unpack.Most; 0 is unpack.Bound. A larger one is one record that says so
	// (unpack.Of), or counts as Status.Failed where a Filter was to look at it.
	BatchBytes int
}

func (q Query) batchBytes() int { return cmp.Or(q.BatchBytes, unpack.Bound) }

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
