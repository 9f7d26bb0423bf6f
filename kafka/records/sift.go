package records

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/unpack"
)

// chunk is what one fetch has brought of a partition.
type chunk struct {
	topic     string
	committed bool  // leave out what belongs to aborted transactions
	from, end int64 // wanted are the offsets from here and before there
	answer    *kmsg.FetchResponseTopicPartition
	unpack    *unpack.Decompressor // for messages in an old format
}

// next is the offset after the last whole batch.
func (c *chunk) next() (int64, error) {
	next := c.from
	for b, err := range batches(c.answer.RecordBatches) {
		if errors.Is(err, errOldFormat) {
			all, next := c.parsed(c.answer.RecordBatches, c.unpack)
			var large *kgo.ErrDecompressTooLarge
			if errors.As(all.Err, &large) {
				next = large.NextOffset
			}
			return next, nil
		}
		if err != nil {
			return next, err
		}
		next = max(next, b.next())
	}
	return next, nil
}

const (
	// smallBatch is what a batch takes unpacked, nearly always: each sifter has so
	// much memory of its own, and larger ones come one after the other.
	smallBatch = 4 << 20
	// siftedBytes is how much memory found records may hold before they are handed on.
	siftedBytes = 8 << 20
)

// sifter finds the wanted records of chunks. Batches without a match are never
// taken apart. It is for one goroutine.
type sifter struct {
	match  *matcher
	small  kgo.Decompressor // into the buffer
	buffer *buffer
	large  *largeBatches
}

// largeBatches are unpacked one at a time, by all sifters of a scan.
type largeBatches struct {
	sync.Mutex
	bound  int
	unpack *unpack.Decompressor
}

func newLargeBatches(bound int) (*largeBatches, error) {
	d, err := unpack.New(bound)
	return &largeBatches{bound: bound, unpack: d}, err
}

func newSifter(f *Filter, mask masking, large *largeBatches) (*sifter, error) {
	b := &buffer{}
	small, err := unpack.New(min(smallBatch, large.bound), b)
	return &sifter{match: f.matcher(mask), small: small, buffer: b, large: large}, err
}

// buffer is the memory that batches are decompressed into, one after the other.
type buffer struct{ b []byte }

// GetDecompressBytes hands the memory out; it is part of kgo.PoolDecompressBytes.
func (b *buffer) GetDecompressBytes([]byte, kgo.CompressionCodecType) []byte { return b.b[:0] }

// PutDecompressBytes is called when decompressing has failed.
func (b *buffer) PutDecompressBytes([]byte) {}

// given is a batch that was decompressed before.
type given []byte

// Decompress is part of kgo.Decompressor.
func (g given) Decompress([]byte, kgo.CompressionCodecType) ([]byte, error) { return g, nil }

// part sifts a chunk and emits what it finds in parts of bounded size, with a last
// one at the end, until emit returns false.
func (s *sifter) part(c *chunk, emit func(sifted) bool) {
	next, err := c.next()
	p := sifted{partition: c.answer.Partition}
	if err == nil {
		if err = s.sift(c, &p, emit); errors.Is(err, errEnough) {
			return
		}
	}
	p.next = next
	if len(c.answer.RecordBatches) == 0 {
		p.next = c.end // a hole up to the end
	}
	if err != nil {
		p.unreadable = fmt.Errorf("read topic %s partition %d: %w", c.topic, c.answer.Partition, err)
	}
	p.missed = s.match.unlike()
	emit(p)
}

// errEnough ends sifting when nobody takes what is found.
var errEnough = errors.New("no more is wanted")

// sift adds the wanted records of a chunk to a part, which share memory by batches,
// as those of a consumer do, and how many records there were. It emits the part
// whenever that is large.
func (s *sifter) sift(c *chunk, p *sifted, emit func(sifted) bool) error {
	aborted := abortedOf(c)
	held := 0
	for b, err := range batches(c.answer.RecordBatches) {
		if errors.Is(err, errOldFormat) {
			return s.siftOld(c, p)
		}
		if err != nil {
			return err
		}
		if b.next() <= c.from {
			continue
		}
		if b.first() >= c.end {
			break
		}
		if err := b.check(); err != nil {
			return err
		}
		if b.control() {
			if c.committed && b.abortMarker() {
				aborted.ended(b.producer())
			}
			continue
		}
		p.looked += int64(max(0, b.count()))
		if b.count() == 0 || aborted.holds(b) {
			continue
		}
		size, err := s.siftBatch(c, b, p)
		if err != nil {
			return err
		}
		if held += size; held < siftedBytes {
			continue
		}
		p.next, held = b.next(), 0
		p.missed = s.match.unlike()
		if !emit(*p) {
			return errEnough
		}
		*p = sifted{partition: p.partition}
	}
	return nil
}

// siftBatch adds the wanted records of a batch to a part, and returns how much memory
// they hold.
func (s *sifter) siftBatch(c *chunk, b batch, p *sifted) (size int, err error) {
	section, mine := []byte(b[batchHeader:]), true // memory that found records may share
	if codec := b.codec(); codec != kgo.CodecNone {
		packed := section
		section, err = s.small.Decompress(packed, codec)
		mine = false
		if errors.Is(err, kgo.ErrMaxDecompress) {
			s.large.Lock()
			defer s.large.Unlock()
			section, err = s.large.unpack.Decompress(packed, codec)
			mine = true
		} else if err == nil {
			s.buffer.b = section
		}
	}
	switch {
	case errors.Is(err, kgo.ErrMaxDecompress):
		refusal := &kgo.ErrDecompressTooLarge{Topic: c.topic, Partition: c.answer.Partition, Offset: b.first(), NextOffset: b.next()}
		s.match.refuse(int64(max(1, b.count())), unpack.Of(unpack.Refused(b, refusal, c.from, int64(s.large.bound))))
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("the batch at offset %d cannot be unpacked: %w", b.first(), err)
	}
	wanted := s.match.wantsRecord
	if s.match.mask == nil {
		offsets, err := s.look(c, b, section)
		if err != nil || len(offsets) == 0 {
			return 0, err
		}
		wanted = func(rec *kgo.Record) bool {
			_, ok := slices.BinarySearch(offsets, rec.Offset)
			return ok
		}
	}
	if !mine {
		section = slices.Clone(section)
	}
	all, _ := c.parsed(b, given(section))
	for _, rec := range all.Records {
		if rec.Offset >= c.from && rec.Offset < c.end && wanted(rec) {
			p.records = append(p.records, rec)
			size = len(section)
		}
	}
	return size, all.Err
}

// look returns the offsets of the wanted records in a batch, in order.
func (s *sifter) look(c *chunk, b batch, section []byte) (offsets []int64, err error) {
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
	slices.Sort(offsets)
	return offsets, nil
}

// mayHold reports whether a wanted record may be in raw bytes.
func (s *sifter) mayHold(raw []byte) bool {
	f := s.match.filter
	return f.must == nil || f.must.in(raw) || f.escapes && slices.Contains(raw, '\\')
}

// siftOld looks at messages in an old format, which the client library takes apart.
func (s *sifter) siftOld(c *chunk, p *sifted) error {
	s.large.Lock()
	defer s.large.Unlock()
	all, _ := c.parsed(c.answer.RecordBatches, s.large.unpack)
	for _, rec := range all.Records {
		p.looked++
		if rec.Offset >= c.from && rec.Offset < c.end && s.match.wantsRecord(rec) {
			p.records = append(p.records, rec)
		}
	}
	var large *kgo.ErrDecompressTooLarge
	if errors.As(all.Err, &large) {
		p.looked++
		s.match.refuse(1, unpack.Of(unpack.Refused(nil, large, c.from, int64(s.large.bound))))
		return nil
	}
	return all.Err
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
