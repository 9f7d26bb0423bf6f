package records

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// chunk is what one fetch has brought of a partition.
type chunk struct {
	topic     string
	committed bool  // leave out what belongs to aborted transactions
	from, end int64 // wanted are the offsets from here and before there
	answer    *kmsg.FetchResponseTopicPartition
}

// next is the offset after the last whole batch.
func (c *chunk) next() (int64, error) {
	next := c.from
	for b, err := range batches(c.answer.RecordBatches) {
		if errors.Is(err, errOldFormat) {
			_, next = c.parsed(c.answer.RecordBatches, kgo.DefaultDecompressor())
			return next, nil
		}
		if err != nil {
			return next, err
		}
		next = max(next, b.next())
	}
	return next, nil
}

// sifter finds the wanted records of chunks. Batches without a match are never
// taken apart. It is for one goroutine.
type sifter struct {
	match  *matcher
	unpack kgo.Decompressor // into the buffer
	buffer *buffer
	keep   kgo.Decompressor // into memory of its own, for batches with a match
}

func newSifter(f *Filter, mask masking) *sifter {
	b := &buffer{}
	return &sifter{match: f.matcher(mask), unpack: kgo.DefaultDecompressor(b), buffer: b, keep: kgo.DefaultDecompressor()}
}

// buffer is the memory that batches are decompressed into, one after the other.
type buffer struct{ b []byte }

// GetDecompressBytes hands the memory out; it is part of kgo.PoolDecompressBytes.
func (b *buffer) GetDecompressBytes([]byte, kgo.CompressionCodecType) []byte { return b.b[:0] }

// PutDecompressBytes is called when decompressing has failed.
func (b *buffer) PutDecompressBytes([]byte) {}

// sift returns the wanted records of a chunk, which share its memory, as those of a
// consumer do, and how many records there were.
func (s *sifter) sift(c *chunk) (found []*kgo.Record, looked int64, err error) {
	aborted := abortedOf(c)
	for b, err := range batches(c.answer.RecordBatches) {
		if errors.Is(err, errOldFormat) {
			return s.siftParsed(c, c.answer.RecordBatches)
		}
		if err != nil {
			return found, looked, err
		}
		if b.next() <= c.from {
			continue
		}
		if b.first() >= c.end {
			break
		}
		if err := b.check(); err != nil {
			return found, looked, err
		}
		if b.control() {
			if c.committed && b.abortMarker() {
				aborted.ended(b.producer())
			}
			continue
		}
		looked += int64(max(0, b.count()))
		if b.count() == 0 || aborted.holds(b) {
			continue
		}
		if s.match.mask != nil {
			picked, _, err := s.siftParsed(c, b)
			found = append(found, picked...)
			if err != nil {
				return found, looked, err
			}
			continue
		}
		offsets, err := s.siftBatch(c, b)
		if err != nil {
			return found, looked, err
		}
		if len(offsets) > 0 {
			found = append(found, s.pick(c, b, offsets)...)
		}
	}
	return found, looked, nil
}

// siftBatch returns the offsets of the wanted records in a batch.
func (s *sifter) siftBatch(c *chunk, b batch) (offsets []int64, err error) {
	section := []byte(b[batchHeader:])
	if codec := b.codec(); codec != kgo.CodecNone {
		if section, err = s.unpack.Decompress(section, codec); err != nil {
			return nil, fmt.Errorf("the batch at offset %d cannot be unpacked: %w", b.first(), err)
		}
		s.buffer.b = section
	}
	if !s.mayHold(section) {
		return nil, nil
	}
	v := &s.match.view
	firstStamp, read := int64(binary.BigEndian.Uint64(b[firstStampAt:])), 0
	for rec := range rawRecords(section) {
		read++
		if !s.mayHold(rec) {
			continue
		}
		if err := rec.read(v, s.match.filter.headers); err != nil {
			return nil, fmt.Errorf("the batch at offset %d: %w", b.first(), err)
		}
		v.partition = c.answer.Partition
		v.offset, v.size = v.offset+b.first(), len(v.key)+len(v.value)
		v.millis += firstStamp
		if b.attributes()&appendTimeBit != 0 {
			v.millis = int64(binary.BigEndian.Uint64(b[maxStampAt:]))
		}
		if v.offset >= c.from && v.offset < c.end && s.match.wants() {
			offsets = append(offsets, v.offset)
		}
	}
	if read != b.count() {
		return nil, fmt.Errorf("the batch at offset %d holds %d records, not %d", b.first(), read, b.count())
	}
	return offsets, nil
}

// mayHold reports whether a wanted record may be in raw bytes.
func (s *sifter) mayHold(raw []byte) bool {
	f := s.match.filter
	return f.must == nil || f.must.in(raw) || f.escapes && slices.Contains(raw, '\\')
}

// siftParsed looks at batches that the client library takes apart: those in an old
// format, and those of which only what masking rules leave may be looked at.
func (s *sifter) siftParsed(c *chunk, raw []byte) (found []*kgo.Record, looked int64, err error) {
	all, _ := c.parsed(raw, s.keep)
	for _, rec := range all.Records {
		looked++
		if rec.Offset >= c.from && rec.Offset < c.end && s.match.wantsRecord(rec) {
			found = append(found, rec)
		}
	}
	return found, looked, all.Err
}

// pick returns the records of a batch with some offsets.
func (s *sifter) pick(c *chunk, b batch, offsets []int64) []*kgo.Record {
	all, _ := c.parsed(b, s.keep)
	picked := make([]*kgo.Record, 0, len(offsets))
	for _, rec := range all.Records {
		if _, ok := slices.BinarySearch(offsets, rec.Offset); ok {
			picked = append(picked, rec)
		}
	}
	return picked
}

// parsed lets the client library take raw batches apart, and returns the offset
// after them.
func (c *chunk) parsed(raw []byte, unpack kgo.Decompressor) (kgo.FetchPartition, int64) {
	answer := *c.answer
	answer.RecordBatches, answer.ErrorCode = raw, 0
	return kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{
		Offset: c.from, Topic: c.topic, Partition: answer.Partition,
	}, &answer, unpack, nil)
}

// abortedTxs are the offsets at which the aborted transactions of producers begin,
// in order. A producer has one transaction at a time, and its marker ends it.
type abortedTxs map[int64][]int64

func abortedOf(c *chunk) abortedTxs {
	if !c.committed {
		return nil
	}
	aborted := make(abortedTxs)
	for _, tx := range c.answer.AbortedTransactions {
		aborted[tx.ProducerID] = append(aborted[tx.ProducerID], tx.FirstOffset)
	}
	for _, firsts := range aborted {
		slices.Sort(firsts) // brokers need not
	}
	return aborted
}

// holds reports whether a batch belongs to an aborted transaction.
func (a abortedTxs) holds(b batch) bool {
	firsts := a[b.producer()]
	return b.inTx() && len(firsts) > 0 && b.first() >= firsts[0]
}

// ended takes in that the marker of an aborted transaction has come.
func (a abortedTxs) ended(producer int64) {
	if firsts := a[producer]; len(firsts) > 0 {
		a[producer] = firsts[1:]
	}
}
