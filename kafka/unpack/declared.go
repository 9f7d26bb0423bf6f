package unpack

import (
	"bytes"
	"encoding/binary"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/twmb/franz-go/pkg/kgo"
)

// xerial begins snappy as Java's producers write it: blocks with their lengths,
// after a header of 16 bytes.
var xerial = [8]byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

// Declared is how large a compressed batch says that it is once unpacked. It is the
// word of whoever wrote it: gzip ends with it, modulo 4 GiB, and zstd, lz4 and snappy
// may begin with it. ok is false where nothing is said.
func Declared(src []byte, codec kgo.CompressionCodecType) (size int64, ok bool) {
	switch codec {
	case kgo.CodecGzip:
		const trailer = 4
		if len(src) < 18 { // header and trailer of an empty one
			return 0, false
		}
		return int64(binary.LittleEndian.Uint32(src[len(src)-trailer:])), true
	case kgo.CodecSnappy:
		return snappySize(src)
	case kgo.CodecLz4:
		return lz4Size(src)
	case kgo.CodecZstd:
		var h zstd.Header
		if h.Decode(src) != nil || !h.HasFCS || h.FrameContentSize > 1<<62 {
			return 0, false
		}
		return int64(h.FrameContentSize), true
	}
	return 0, false
}

func snappySize(src []byte) (size int64, ok bool) {
	const head = 16
	if len(src) <= head || !bytes.HasPrefix(src, xerial[:]) {
		n, err := s2.DecodedLen(src)
		return int64(n), err == nil
	}
	for src = src[head:]; len(src) >= 4; {
		block := int64(binary.BigEndian.Uint32(src))
		if src = src[4:]; block > int64(len(src)) {
			return 0, false
		}
		n, err := s2.DecodedLen(src[:block])
		if err != nil {
			return 0, false
		}
		size, src = size+int64(n), src[block:]
	}
	return size, len(src) == 0
}

// lz4Size reads the descriptor of an lz4 frame: bit 3 of its flags says that the
// size of the content follows the two bytes of it.
func lz4Size(src []byte) (size int64, ok bool) {
	const (
		magic      = 0x184D2204
		hasContent = 1 << 3
	)
	if len(src) < 14 || binary.LittleEndian.Uint32(src) != magic || src[4]&hasContent == 0 {
		return 0, false
	}
	n := binary.LittleEndian.Uint64(src[6:])
	return int64(n), n < 1<<62
}
