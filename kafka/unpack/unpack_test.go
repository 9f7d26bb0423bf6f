package unpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// packed compresses data as the client library does.
func packed(t testing.TB, codec kgo.CompressionCodec, data []byte) ([]byte, kgo.CompressionCodecType) {
	t.Helper()
	c, err := kgo.DefaultCompressor(codec)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	b, kind := c.Compress(&out, data)
	return bytes.Clone(b), kind
}

func codecs() map[string]kgo.CompressionCodec {
	return map[string]kgo.CompressionCodec{
		"gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
}

func bounded(t testing.TB, bound int) *Decompressor {
	t.Helper()
	d, err := New(bound)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestTheBoundHolds to the byte, for every codec.
func TestTheBoundHolds(t *testing.T) {
	const bound = 1 << 20
	d := bounded(t, bound)
	for name, codec := range codecs() {
		for _, size := range []int{0, 1, bound - 1, bound, bound + 1, 40 * bound} {
			data := bytes.Repeat([]byte{0xff}, size) // no record
			src, kind := packed(t, codec, data)
			got, err := d.Decompress(src, kind)
			switch {
			case size <= bound && (err != nil || !bytes.Equal(got, data)):
				t.Errorf("%s of %d bytes: %v", name, size, err)
			case size > bound && !errors.Is(err, kgo.ErrMaxDecompress):
				t.Errorf("%s of %d bytes is let in: %v", name, size, err)
			}
		}
	}
	plain := make([]byte, 2*bound)
	if got, err := d.Decompress(plain, kgo.CodecNone); err != nil || len(got) != len(plain) {
		t.Errorf("what is not compressed: %v", err)
	}
}

// record is one on the wire, with an empty key and value, and headers.
func record(headers int) []byte {
	body := []byte{0, 0, 0, 1, 1} // attributes, timestamp, offset, key and value without bytes: -1
	body = binary.AppendVarint(body, int64(headers))
	for range headers {
		body = append(body, 0, 1)
	}
	return append(binary.AppendVarint(nil, int64(len(body))), body...)
}

// TestManySmallRecordsCount by what they take in memory, and not on the wire.
func TestManySmallRecordsCount(t *testing.T) {
	const bound = 1 << 20
	d := bounded(t, bound)
	for name, test := range map[string]struct {
		section []byte
		refused bool
	}{
		"a few records":     {bytes.Repeat(record(0), 5000), false},
		"records":           {bytes.Repeat(record(0), 10_000), true},
		"a few headers":     {record(40_000), false},
		"headers":           {record(60_000), true},
		"one large record":  {append(binary.AppendVarint(nil, 900_000), make([]byte, 900_000)...), false},
		"no record":         {bytes.Repeat([]byte{0xff}, 900_000), false},
		"a negative length": {bytes.Repeat([]byte{1}, 900_000), false},
		"no bodies":         {bytes.Repeat([]byte{2, 0}, 400_000), false},
	} {
		src, kind := packed(t, kgo.GzipCompression(), test.section)
		_, err := d.Decompress(src, kind)
		if refused := errors.Is(err, kgo.ErrMaxDecompress); refused != test.refused || !refused && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDeclared(t *testing.T) {
	data := bytes.Repeat([]byte("abc"), 70_000)
	for name, codec := range codecs() {
		src, kind := packed(t, codec, data)
		got, ok := Declared(src, kind)
		if name == "lz4" && !ok {
			continue // the library writes none
		}
		if !ok || got != int64(len(data)) {
			t.Errorf("%s says %d, %v", name, got, ok)
		}
	}
	lz4 := []byte{0x04, 0x22, 0x4d, 0x18, 0x68, 0x40, 0, 0, 0x80, 0x0c, 0, 0, 0, 0, 0}
	if got, ok := Declared(lz4, kgo.CodecLz4); !ok || got != 200<<20 {
		t.Errorf("lz4 with the size of its content says %d, %v", got, ok)
	}
}

func TestOversizeInWords(t *testing.T) {
	for want, o := range map[string]Oversize{
		"not read: 1 record, 204 KiB of gzip, would unpack to 200 MiB (32 MiB is the bound), offset 7": {First: 7, Last: 7, Records: 1, Codec: "gzip", Packed: 204 << 10, Declared: 200 << 20, Bound: Bound},
		"not read: 3 records, 1.5 MiB of zstd, would unpack to more than 32 MiB, offsets 7 to 9":       {First: 7, Last: 9, Records: 3, Codec: "zstd", Packed: 3 << 19, Declared: -1, Bound: Bound},
		"not read: 2 records, 900 B of gzip, would unpack to more than 32 MiB, offsets 7 to 8":         {First: 7, Last: 8, Records: 2, Codec: "gzip", Packed: 900, Declared: 12, Bound: Bound}, // modulo 4 GiB
		"not read: a batch would unpack to more than 32 MiB, offsets 0 to 8":                           {Last: 8, Declared: -1, Bound: Bound},
	} {
		if got := o.Error(); got != want {
			t.Errorf("says %q, want %q", got, want)
		}
	}
}

// TestNoProducerMakesAnOversize: whatever headers and values a record has, it is one.
func TestNoProducerMakesAnOversize(t *testing.T) {
	o := &Oversize{First: 3, Last: 5}
	rec := o.Record("orders", 1, 4)
	if Of(rec) != o || rec.Offset != 4 || rec.Value == nil || After(rec) != 6 {
		t.Errorf("stands at %d, after %d: %+v", rec.Offset, After(rec), Of(rec))
	}
	if written := (&kgo.Record{Offset: 4, Value: rec.Value, Headers: rec.Headers}); Of(written) != nil || After(written) != 5 {
		t.Error("a record that was written is taken for one that was not read")
	}
}

func TestBudget(t *testing.T) {
	b := NewBudget(100)
	d := bounded(t, 1000).Within(b)
	src, kind := packed(t, kgo.GzipCompression(), []byte("x"))
	read := func(p int32, size int) {
		b.OnFetchBatchRead(kgo.BrokerMetadata{}, "orders", p, kgo.FetchBatchMetrics{UncompressedBytes: size})
	}
	open := func() error { _, err := d.Decompress(src, kind); return err }
	if err := open(); err != nil {
		t.Fatal(err)
	}
	read(0, 60)
	read(1, 60)
	if err := open(); !errors.Is(err, ErrNoRoom) || errors.Is(err, kgo.ErrMaxDecompress) {
		t.Errorf("beyond the budget: %v", err)
	}
	b.Taken(0)
	if err := open(); err != nil || b.Held() != 60 {
		t.Errorf("with room: %v, %d held", err, b.Held())
	}
}

// wire is a batch as a broker sends it, without a checksum.
func wire(records []byte) []byte {
	b := kmsg.RecordBatch{FirstOffset: 3, Magic: 2, Attributes: 1, LastOffsetDelta: 2, NumRecords: 3, FirstTimestamp: 1000, MaxTimestamp: 2000, Records: records}
	b.Length = int32(len(b.AppendTo(nil)) - 12)
	return b.AppendTo(nil)
}

// FuzzRefused gives bytes of any kind as the batch that was refused.
func FuzzRefused(f *testing.F) {
	src, _ := packed(f, kgo.GzipCompression(), []byte("abc"))
	f.Add(wire(src), int64(3))
	f.Add(wire(nil)[:40], int64(3))
	f.Add([]byte{}, int64(0))
	f.Fuzz(func(t *testing.T, fetched []byte, at int64) {
		rec := Refused(fetched, &kgo.ErrDecompressTooLarge{Topic: "orders", Offset: 3, NextOffset: 6}, at, Bound)
		o := Of(rec)
		if o == nil || o.First != 3 || o.Last != 5 || rec.Offset < o.First || !strings.Contains(o.Error(), "offsets 3 to 5") {
			t.Fatalf("%+v at %d", o, rec.Offset)
		}
	})
}

// FuzzDecompress gives bytes of any kind to every codec: nothing above the bound comes
// out, and what is declared is no crash.
func FuzzDecompress(f *testing.F) {
	for _, codec := range codecs() {
		src, kind := packed(f, codec, bytes.Repeat(record(2), 200))
		f.Add(src, int8(kind))
	}
	f.Add(append(append([]byte{}, xerial[:]...), 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xff), int8(kgo.CodecSnappy))
	const bound = 64 << 10
	d := bounded(f, bound)
	f.Fuzz(func(t *testing.T, src []byte, codec int8) {
		if codec <= 0 {
			return
		}
		size, ok := Declared(src, kgo.CompressionCodecType(codec))
		if ok && (size < 0 || size > math.MaxInt64/2) {
			t.Fatalf("declares %d", size)
		}
		out, err := d.Decompress(src, kgo.CompressionCodecType(codec))
		if err == nil && (len(out) > bound || weigh(out, 1<<40) > 2*bound) {
			t.Fatalf("%d bytes, %d once taken apart", len(out), weigh(out, 1<<40))
		}
	})
}

// TestFirst unpacks one batch of many.
func TestFirst(t *testing.T) {
	src, _ := packed(t, kgo.GzipCompression(), record(0))
	batch := func(first int64) []byte {
		b := kmsg.RecordBatch{FirstOffset: first, Magic: 2, Attributes: 1, LastOffsetDelta: 0, NumRecords: 1, Records: src}
		b.Length = int32(len(b.AppendTo(nil)) - 12)
		return b.AppendTo(nil)
	}
	p := kmsg.FetchResponseTopicPartition{RecordBatches: append(batch(0), batch(1)...)}
	found, after := bounded(t, Bound).First(kgo.ProcessFetchPartitionOpts{Topic: "orders", DisableCRCValidation: true}, &p)
	if len(found.Records) != 1 || found.Err != nil || after != 1 {
		t.Errorf("%d records, up to %d: %v", len(found.Records), after, found.Err)
	}
}
