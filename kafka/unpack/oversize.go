package unpack

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Oversize tells of a batch that was not unpacked, since it takes more than a bound.
// It is an error, so that it can stand wherever a record could not be read.
type Oversize struct {
	First, Last int64 // offsets of the batch
	Records     int64 // that it says it holds; 0 when that is not known
	Codec       string
	Packed      int64 // bytes; 0 when that is not known
	Declared    int64 // bytes once unpacked, as the batch says; -1 when it does not
	Bound       int64 // bytes
}

// Error says what was not read, with its sizes and its place.
func (o *Oversize) Error() string {
	what := "not read: a batch"
	switch {
	case o.Packed == 0:
	case o.Records == 1:
		what = fmt.Sprintf("not read: 1 record, %s of %s,", size(o.Packed), o.Codec)
	default:
		what = fmt.Sprintf("not read: %d records, %s of %s,", o.Records, size(o.Packed), o.Codec)
	}
	if o.Declared > o.Bound {
		what += fmt.Sprintf(" would unpack to %s (%s is the bound)", size(o.Declared), size(o.Bound))
	} else {
		what += fmt.Sprintf(" would unpack to more than %s", size(o.Bound))
	}
	if o.Last > o.First {
		return what + fmt.Sprintf(", offsets %d to %d", o.First, o.Last)
	}
	return what + fmt.Sprintf(", offset %d", o.First)
}

// size writes bytes with three digits, in units of 1024.
func size(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/(1<<10), 0
	for f >= 999.5 && unit < 3 {
		f, unit = f/(1<<10), unit+1
	}
	digits := 0
	if f < 9.995 && f != float64(int64(f)) {
		digits = 1
	}
	return fmt.Sprintf("%.*f %ciB", digits, f, "KMGT"[unit])
}

// key of the Oversize in the context of a record: no producer can write there.
type key struct{}

// Of returns what a record tells of a batch that was not unpacked; nil for one that
// was read.
func Of(rec *kgo.Record) *Oversize {
	if rec.Context == nil {
		return nil
	}
	o, _ := rec.Context.Value(key{}).(*Oversize)
	return o
}

// After is the offset after a record, or after the batch that it stands for.
func After(rec *kgo.Record) int64 {
	if o := Of(rec); o != nil {
		return o.Last + 1
	}
	return rec.Offset + 1
}

// Record is the record that stands for a batch that was not unpacked, at the first
// of its offsets from at on. Its value is empty and not nil, since it is no
// tombstone; Of tells it from one that was written.
func (o *Oversize) Record(topic string, partition int32, at int64) *kgo.Record {
	return &kgo.Record{
		Topic: topic, Partition: partition, Offset: max(o.First, at), Value: []byte{}, ProducerID: -1, ProducerEpoch: -1, LeaderEpoch: -1,
		Context: context.WithValue(context.Background(), key{}, o),
	}
}

// Refused returns the record that stands for a batch that a decompressor with that
// bound has refused, at the first of its offsets from at on. fetched begins with the
// batch as it came; where it does not, the record knows no more than the refusal.
func Refused(fetched []byte, e *kgo.ErrDecompressTooLarge, at, bound int64) *kgo.Record {
	o := &Oversize{First: e.Offset, Last: e.NextOffset - 1, Declared: -1, Bound: bound}
	var b kmsg.RecordBatch
	if !readBatch(&b, fetched) || b.FirstOffset != e.Offset {
		return o.Record(e.Topic, e.Partition, at)
	}
	return describe(o, &b, e.Topic, e.Partition, at)
}

// readBatch reads the first batch of a fetch, in the format of Kafka 0.11 and later.
func readBatch(b *kmsg.RecordBatch, fetched []byte) bool {
	const lengthAt, counted, magicAt = 8, 12, 16 // the length is that of what follows it
	if len(fetched) <= magicAt || fetched[magicAt] != 2 {
		return false
	}
	n := int64(int32(binary.BigEndian.Uint32(fetched[lengthAt:]))) + counted
	return n > magicAt && n <= int64(len(fetched)) && b.ReadFrom(fetched[:n]) == nil
}

// describe tells what stands at the beginning of a batch.
func describe(o *Oversize, b *kmsg.RecordBatch, topic string, partition int32, at int64) *kgo.Record {
	const codecBits, appendTime, inTransaction = 7, 1 << 3, 1 << 4
	codec := kgo.CompressionCodecType(b.Attributes & codecBits)
	o.Records, o.Packed, o.Codec = int64(max(0, b.NumRecords)), int64(len(b.Records)), Codec(codec)
	if declared, ok := Declared(b.Records, codec); ok {
		o.Declared = declared
	}
	rec := o.Record(topic, partition, at)
	rec.Timestamp = time.UnixMilli(b.FirstTimestamp)
	if b.Attributes&appendTime != 0 {
		rec.Timestamp = time.UnixMilli(b.MaxTimestamp)
	}
	rec.ProducerID, rec.ProducerEpoch, rec.LeaderEpoch = b.ProducerID, b.ProducerEpoch, b.PartitionLeaderEpoch
	rec.Attrs = kgo.NewRecordAttrs(kgo.RecordAttrsOpts{
		Codec: codec, TimestampType: int8(b.Attributes & appendTime >> 3), Transactional: b.Attributes&inTransaction != 0,
	})
	return rec
}

// Codec names how a batch is compressed.
func Codec(c kgo.CompressionCodecType) string {
	names := [...]string{"no compression", "gzip", "snappy", "lz4", "zstd"}
	if c < 0 || int(c) >= len(names) {
		return fmt.Sprintf("codec %d", c)
	}
	return names[c]
}
