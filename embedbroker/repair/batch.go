package repair

import (
	"encoding/binary"
	"hash/crc32"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Offsets in a record batch of format 2, and its least size. The checksum covers
// what follows it.
const (
	atLength     = 8
	atEpoch      = 12
	atMagic      = 16
	atCRC        = 17
	atAttrs      = 21
	atLastDelta  = 23
	atFirstTime  = 27
	atMaxTime    = 35
	atProducer   = 43
	atProdEpoch  = 51
	atSequence   = 53
	atCount      = 57
	HeaderSize   = 61
	lengthPrefix = 12      // base offset and length, which the length does not count
	maxBatch     = 1 << 30 // the engine reads none longer
)

const (
	attrTransactional = 1 << 4
	attrControl       = 1 << 5
)

// Kinds of control batches.
const (
	notMarker    = -1
	abortMarker  = 0
	commitMarker = 1
)

// Batch is the header of a record batch in a segment.
type Batch struct {
	Pos           int64 // where it starts in the file
	Size          int   // bytes, header included
	Base          int64 // offset of the first record
	LastDelta     int32 // of the last record
	LeaderEpoch   int32
	Transactional bool
	Marker        int8 // abortMarker, commitMarker or notMarker
	FirstTime     int64
	MaxTime       int64
	Producer      int64 // -1 for none
	Epoch         int16 // of the producer
	Sequence      int32 // of the first record
	Count         int32 // of records
}

// End is the offset after the last record.
func (b *Batch) End() int64 { return b.Base + int64(b.LastDelta) + 1 }

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// parse reads a whole batch at pos whose checksum holds.
func parse(raw []byte, pos int64) Batch {
	attrs := binary.BigEndian.Uint16(raw[atAttrs:])
	b := Batch{
		Pos:           pos,
		Size:          len(raw),
		Base:          int64(binary.BigEndian.Uint64(raw)),
		LastDelta:     int32(binary.BigEndian.Uint32(raw[atLastDelta:])),
		LeaderEpoch:   int32(binary.BigEndian.Uint32(raw[atEpoch:])),
		Transactional: attrs&attrTransactional != 0,
		Marker:        notMarker,
		FirstTime:     int64(binary.BigEndian.Uint64(raw[atFirstTime:])),
		MaxTime:       int64(binary.BigEndian.Uint64(raw[atMaxTime:])),
		Producer:      int64(binary.BigEndian.Uint64(raw[atProducer:])),
		Epoch:         int16(binary.BigEndian.Uint16(raw[atProdEpoch:])),
		Sequence:      int32(binary.BigEndian.Uint32(raw[atSequence:])),
		Count:         int32(binary.BigEndian.Uint32(raw[atCount:])),
	}
	if attrs&attrControl != 0 {
		b.Marker = markerKind(raw)
	}
	return b
}

// markerKind tells a commit from an abort; a control record that cannot be read
// aborts, as in the engine.
func markerKind(raw []byte) int8 {
	var rec kmsg.Record
	if err := rec.ReadFrom(raw[HeaderSize:]); err == nil && len(rec.Key) >= 4 && binary.BigEndian.Uint16(rec.Key[2:]) == commitMarker {
		return commitMarker
	}
	return abortMarker
}

// holds reports whether the checksum of a whole batch is right.
func holds(raw []byte) bool {
	return crc32.Checksum(raw[atAttrs:], castagnoli()) == binary.BigEndian.Uint32(raw[atCRC:])
}

// seal sets length and checksum of an encoded batch.
func seal(raw []byte) []byte {
	binary.BigEndian.PutUint32(raw[atLength:], uint32(len(raw)-lengthPrefix))
	binary.BigEndian.PutUint32(raw[atCRC:], crc32.Checksum(raw[atAttrs:], castagnoli()))
	return raw
}

// OneRecord encodes a batch with a single record that has nothing but a header.
func OneRecord(offset int64, leaderEpoch int32, header string) []byte {
	record := kmsg.Record{Headers: []kmsg.Header{{Key: header}}}
	record.Length = int32(len(record.AppendTo(nil)) - 1)
	b := plain(offset, leaderEpoch)
	b.NumRecords, b.Records = 1, record.AppendTo(nil)
	return seal(b.AppendTo(nil))
}

func plain(offset int64, leaderEpoch int32) kmsg.RecordBatch {
	return kmsg.RecordBatch{FirstOffset: offset, PartitionLeaderEpoch: leaderEpoch, Magic: 2, ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1}
}

// empty encodes a batch without records that keeps the offsets from base to end, as
// Kafka's log cleaner leaves them. It has the largest time before it.
func empty(base, end int64, leaderEpoch int32, maxTime int64) []byte {
	b := plain(base, leaderEpoch)
	b.LastOffsetDelta = int32(end - base - 1)
	b.FirstTimestamp, b.MaxTimestamp = maxTime, maxTime
	return seal(b.AppendTo(nil))
}

// marker encodes the control batch that ends a transaction (KIP-98).
func marker(offset int64, leaderEpoch int32, pid int64, epoch int16, commit bool, now time.Time) []byte {
	key := kmsg.ControlRecordKey{Type: kmsg.ControlRecordKeyTypeAbort}
	if commit {
		key.Type = kmsg.ControlRecordKeyTypeCommit
	}
	value := kmsg.EndTxnMarker{}
	record := kmsg.Record{Key: key.AppendTo(nil), Value: value.AppendTo(nil)}
	record.Length = int32(len(record.AppendTo(nil)) - 1) // the length is a varint of one byte
	b := plain(offset, leaderEpoch)
	b.Attributes = attrTransactional | attrControl
	b.FirstTimestamp, b.MaxTimestamp = now.UnixMilli(), now.UnixMilli()
	b.ProducerID, b.ProducerEpoch = pid, epoch
	b.NumRecords, b.Records = 1, record.AppendTo(nil)
	return seal(b.AppendTo(nil))
}

// indexEntry is the size of an entry of an index: 1 byte version, 1 byte checksum
// of the rest, 4 bytes leader epoch, 8 bytes largest timestamp so far, 1 byte
// flags, little endian.
const indexEntry = 15

const indexInTransaction = 1

// AppendIndex appends the index entry of a batch. The largest timestamp is computed
// anew by the engine when it loads.
func AppendIndex(index []byte, b *Batch) []byte {
	var e [indexEntry]byte
	e[0] = 1
	binary.LittleEndian.PutUint32(e[2:], uint32(b.LeaderEpoch))
	binary.LittleEndian.PutUint64(e[6:], uint64(b.MaxTime))
	if b.Transactional && b.Marker == notMarker {
		e[14] = indexInTransaction
	}
	e[1] = byte(crc32.Checksum(e[2:], castagnoli()))
	return append(index, e[:]...)
}

// Index returns the index entry of an encoded batch.
func Index(raw []byte) []byte {
	b := parse(raw, 0)
	return AppendIndex(nil, &b)
}
