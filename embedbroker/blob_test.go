package embedbroker_test

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"reflect"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// blob makes the bytes of a field: often what the field should hold, with
// something wrong in it.
func (h *hostile) blob(name string) []byte {
	switch h.IntN(8) {
	case 0:
		return nil
	case 1:
		return []byte{}
	case 2:
		b := make([]byte, h.IntN(200))
		for i := range b {
			b[i] = byte(h.Uint32())
		}
		return b
	}
	switch name {
	case "Records":
		return h.batch()
	case "UserData", "Metadata":
		m := kmsg.NewConsumerMemberMetadata()
		h.fillStruct(&m)
		m.Version = int16(h.IntN(4))
		return m.AppendTo(nil)
	default:
		a := kmsg.NewConsumerMemberAssignment()
		h.fillStruct(&a)
		a.Version = int16(h.IntN(3))
		return a.AppendTo(nil)
	}
}

// batch makes a record batch with a right checksum and odd contents.
func (h *hostile) batch() []byte {
	n := 1 + h.IntN(5)
	var records []byte
	for i := range n {
		r := kmsg.Record{
			OffsetDelta:      int32(i),
			TimestampDelta64: h.longs[h.IntN(len(h.longs))],
			Key:              h.blob("key"),
			Value:            h.blob("value"),
		}
		if h.IntN(6) == 0 {
			r.OffsetDelta = []int32{-1, math.MinInt32, math.MaxInt32, 100}[h.IntN(4)]
		}
		body := r.AppendTo(nil)
		r.Length = int32(len(body) - 1)
		if h.IntN(8) == 0 {
			r.Length = []int32{-1, math.MinInt32, math.MaxInt32, 0, 1}[h.IntN(5)]
		}
		records = r.AppendTo(records)
	}
	b := kmsg.RecordBatch{
		Magic:           2,
		Attributes:      []int16{0, 0, 0, 1, 2, 3, 4, 8, 16, 16}[h.IntN(10)],
		LastOffsetDelta: int32(n - 1),
		FirstTimestamp:  h.longs[h.IntN(len(h.longs))],
		MaxTimestamp:    h.longs[h.IntN(len(h.longs))],
		ProducerID:      []int64{-1, -1, 0, 1, h.longs[h.IntN(len(h.longs))]}[h.IntN(5)],
		ProducerEpoch:   int16(h.IntN(3) - 1),
		FirstSequence:   int32(h.IntN(5) - 1),
		NumRecords:      int32(n),
		Records:         records,
	}
	if h.IntN(8) == 0 {
		b.NumRecords = []int32{-5, 0, math.MaxInt32, math.MinInt32, 1 << 20}[h.IntN(5)]
		b.LastOffsetDelta = b.NumRecords - 1
	}
	raw := b.AppendTo(nil)
	if h.IntN(20) > 0 {
		binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-12))
		binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	}
	return raw
}

func (h *hostile) fillStruct(p any) { h.fill(reflect.ValueOf(p).Elem(), "", 1) }
