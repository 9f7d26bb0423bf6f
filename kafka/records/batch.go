package records

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Where the fields of a record batch stand, and how long its header is (magic 2,
// KIP-98). Offset and length come first in the older formats too, and the magic
// stands at the same place.
const (
	lengthAt      = 8
	magicAt       = 16
	crcAt         = 17
	attributesAt  = 21 // the checksum is over everything from here on
	lastDeltaAt   = 23
	firstStampAt  = 27
	maxStampAt    = 35
	producerAt    = 43
	countAt       = 57
	batchHeader   = 61
	lengthCounts  = 12 // the length is that of what follows it
	appendTimeBit = 1 << 3
	txBit         = 1 << 4
	controlBit    = 1 << 5
	codecBits     = 0b111
)

// batch is a record batch as it came over the wire, header included.
type batch []byte

func (b batch) first() int64      { return int64(binary.BigEndian.Uint64(b)) }
func (b batch) attributes() int16 { return int16(binary.BigEndian.Uint16(b[attributesAt:])) }
func (b batch) control() bool     { return b.attributes()&controlBit != 0 }
func (b batch) inTx() bool        { return b.attributes()&txBit != 0 }
func (b batch) producer() int64   { return int64(binary.BigEndian.Uint64(b[producerAt:])) }
func (b batch) count() int        { return int(int32(binary.BigEndian.Uint32(b[countAt:]))) }
func (b batch) codec() kgo.CompressionCodecType {
	return kgo.CompressionCodecType(b.attributes() & codecBits)
}

// next is the offset after the batch, whose last records may be compacted away.
func (b batch) next() int64 {
	return b.first() + int64(int32(binary.BigEndian.Uint32(b[lastDeltaAt:]))) + 1
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errOldFormat ends a walk over batches at one in a format from before Kafka 0.11.
var errOldFormat = errors.New("an old message format")

// batches walks over the whole batches in a fetch, which may end within one
// (KIP-74). It ends with an error at what is no batch.
func batches(fetched []byte) iter.Seq2[batch, error] {
	return func(yield func(batch, error) bool) {
		for len(fetched) > magicAt {
			length := int64(int32(binary.BigEndian.Uint32(fetched[lengthAt:]))) + lengthCounts
			switch magic := fetched[magicAt]; {
			case length <= magicAt:
				yield(nil, fmt.Errorf("a batch of %d bytes cannot be", length))
				return
			case int64(len(fetched)) < length:
				return
			case magic < 2:
				yield(nil, errOldFormat)
				return
			case magic > 2:
				yield(nil, fmt.Errorf("unknown message format %d", magic))
				return
			case length < batchHeader:
				yield(nil, fmt.Errorf("a batch of %d bytes cannot be", length))
				return
			}
			if !yield(batch(fetched[:length]), nil) {
				return
			}
			fetched = fetched[length:]
		}
	}
}

// check compares the checksum of a batch.
func (b batch) check() error {
	if got, want := crc32.Checksum(b[attributesAt:], castagnoli), binary.BigEndian.Uint32(b[crcAt:]); got != want {
		return fmt.Errorf("the batch at offset %d is damaged: its checksum is %x, not %x", b.first(), got, want)
	}
	return nil
}

// abortMarker reports whether a control batch ends a transaction that was aborted:
// the key of its record is a version and a type, which is 0 for abort.
func (b batch) abortMarker() bool {
	for rec := range rawRecords(b[batchHeader:]) {
		var v view
		return rec.read(&v, false) == nil && len(v.key) >= 4 && v.key[2] == 0 && v.key[3] == 0
	}
	return false
}

// rawRecord is a record within a batch, as it came over the wire, without its
// length.
type rawRecord []byte

// rawRecords walks over the records of a batch.
func rawRecords(section []byte) iter.Seq[rawRecord] {
	return func(yield func(rawRecord) bool) {
		for len(section) > 0 {
			length, n := binary.Varint(section)
			if n <= 0 || length < 0 || length > int64(len(section)-n) {
				return
			}
			if !yield(rawRecord(section[n : n+int(length)])) {
				return
			}
			section = section[n+int(length):]
		}
	}
}

var errRecord = errors.New("a record is cut short")

// read takes a record apart. offset and millis of the view are counted from the
// first ones of the batch. Headers are left out unless they are wanted.
func (r rawRecord) read(v *view, headers bool) error {
	if len(r) < 1 {
		return errRecord
	}
	in := reader{b: r[1:]} // attributes, which nothing uses yet
	v.millis, v.offset = in.varint(), in.varint()
	v.key, v.value = in.bytes(), in.bytes()
	v.headers = v.headers[:0]
	if count := in.varint(); headers {
		for ; count > 0 && !in.failed; count-- {
			v.headers = append(v.headers, headerView{in.bytes(), in.bytes()})
		}
	}
	if in.failed {
		return errRecord
	}
	return nil
}

// reader reads varints and what they count. After a failure it reads nothing.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) varint() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

// bytes reads a length and so many bytes; a negative length is nil.
func (r *reader) bytes() []byte {
	n := r.varint()
	if n < 0 || r.failed {
		return nil
	}
	if n > int64(len(r.b)) {
		r.failed, r.b = true, nil
		return nil
	}
	data := r.b[:n:n]
	r.b = r.b[n:]
	return data
}
