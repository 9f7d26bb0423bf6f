// Package unpack decompresses record batches within bounds. Brokers bound a batch as
// it came to them, packed: 200 KB of gzip may hold 200 MB, and one reader with a
// dozen such batches at hand is out of memory. A batch above a bound becomes one
// record that says so (Oversize), and the readers go on after it.
package unpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	// Bound is what a batch may take once unpacked, in bytes, where nobody has asked
	// for more: producers make batches of a megabyte at most unless told otherwise
	// (batch.size, max.request.size).
	Bound = 32 << 20
	// Most is the highest bound that may be asked for.
	Most = 1 << 30
)

// What the client library makes of a batch, besides its bytes: a kgo.Record for each
// record, and a kgo.RecordHeader for each header.
const (
	recordCost = 256
	headerCost = 40
)

// Decompressor is a kgo.Decompressor with a bound. It is safe for concurrent use
// unless its pools are not.
type Decompressor struct {
	bound  int
	inner  kgo.Decompressor
	gzip   kgo.Decompressor
	budget *Budget // nil is none
}

// New returns a decompressor that refuses batches of more than bound bytes, which is
// from 1 to Most, and those whose many small records would take more than twice as
// much once they are taken apart. The error is kgo.ErrMaxDecompress. pools are those
// of kgo.DefaultDecompressor.
func New(bound int, pools ...kgo.Pool) (*Decompressor, error) {
	inner, err := within(bound, pools...)
	if err != nil || len(pools) > 0 {
		return &Decompressor{bound: bound, inner: inner, gzip: inner}, err
	}
	sized, err := within(bound, exact{bound})
	return &Decompressor{bound: bound, inner: inner, gzip: sized}, err
}

// within returns a decompressor of the library with a bound.
func within(bound int, pools ...kgo.Pool) (kgo.Decompressor, error) {
	// The library bounds only the decompressor of a client (kgo 1.22.2), so that is
	// where this one comes from. The client never connects.
	client, err := kgo.NewClient(
		kgo.WithDecompressor(kgo.DefaultDecompressor(pools...)), kgo.MaxDecompressBatchBytes(bound),
	)
	if err != nil {
		return nil, fmt.Errorf("bound decompression to %d bytes: %w", bound, err)
	}
	defer client.Close()
	inner, ok := client.OptValue(kgo.WithDecompressor).(kgo.Decompressor)
	if !ok {
		return nil, errors.New("bound decompression: the client library has no decompressor")
	}
	return inner, nil
}

// exact hands out as much memory as gzip says that it takes. Otherwise it is doubled
// until it is enough, and then copied, which takes three times as much of it.
type exact struct{ bound int }

// GetDecompressBytes is part of kgo.PoolDecompressBytes.
func (e exact) GetDecompressBytes(src []byte, codec kgo.CompressionCodecType) []byte {
	const (
		ratio = 1032 // of deflate, at most
		spare = bytes.MinRead
	)
	n, ok := Declared(src, codec)
	if !ok || n > int64(e.bound) || n > ratio*int64(len(src)) {
		return nil
	}
	return make([]byte, 0, n+spare)
}

// PutDecompressBytes is part of kgo.PoolDecompressBytes.
func (exact) PutDecompressBytes([]byte) {}

// Within makes a decompressor keep to a budget besides its bound.
func (d *Decompressor) Within(b *Budget) *Decompressor {
	return &Decompressor{bound: d.bound, inner: d.inner, gzip: d.gzip, budget: b}
}

// Decompress is part of kgo.Decompressor.
func (d *Decompressor) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	if codec == kgo.CodecNone {
		return src, nil
	}
	if size, ok := Declared(src, codec); ok && size > int64(d.bound) {
		return nil, kgo.ErrMaxDecompress // before any memory is taken
	}
	if !d.budget.room() {
		return nil, ErrNoRoom
	}
	inner := d.inner
	if codec == kgo.CodecGzip {
		inner = d.gzip
	}
	section, err := inner.Decompress(src, codec)
	if err != nil {
		return nil, err
	}
	if weigh(section, int64(2*d.bound)) > int64(2*d.bound) {
		return nil, kgo.ErrMaxDecompress
	}
	return section, nil
}

// weigh is what the records of a batch take once they are taken apart, about; it
// stops counting above enough.
func weigh(section []byte, enough int64) int64 {
	const (
		body      = 6        // bytes of a record at least: its attributes, and five varints
		least     = body + 1 // with its length
		perHeader = 2        // bytes of a header
		worst     = 40       // bytes in memory for one on the wire, at most
	)
	total := int64(len(section))
	if total*max(worst, recordCost/least+1, headerCost/perHeader+1) <= enough {
		return total
	}
	for len(section) > 0 && total <= enough {
		length, n := binary.Varint(section)
		if n <= 0 || length < body || length > int64(len(section)-n) {
			return total // whoever takes it apart stops here too
		}
		total += recordCost + headerCost*headers(section[n:n+int(length)])
		section = section[n+int(length):]
	}
	return total
}

// headers is how many headers a record says that it has.
func headers(rec []byte) int64 {
	if len(rec) == 0 {
		return 0
	}
	rec = rec[1:] // attributes
	for range 2 { // timestamp and offset
		_, n := binary.Varint(rec)
		if n <= 0 {
			return 0
		}
		rec = rec[n:]
	}
	for range 2 { // key and value
		length, n := binary.Varint(rec)
		if n <= 0 || length > int64(len(rec)-n) {
			return 0
		}
		rec = rec[n+int(max(0, length)):]
	}
	count, n := binary.Varint(rec)
	if n <= 0 {
		return 0
	}
	return min(max(0, count), int64(len(rec)-n)) // each takes a byte at least
}
