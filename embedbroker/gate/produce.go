package gate

import (
	"encoding/binary"
	"errors"
)

// Offsets in a record batch of format 2, the only one since Kafka 4.0
// (KIP-724).
const (
	batchMagic           = 16
	batchAttributes      = 21
	batchLastOffsetDelta = 23
	batchNumRecords      = 57
	batchHeader          = 61
)

const (
	// minRecord is the fewest bytes of an uncompressed record: length,
	// attributes, timestamp and offset deltas, key and value length, header
	// count.
	minRecord = 7
	// maxCompressed is how many records may share a byte of compressed
	// data: far more than any codec achieves on real batches.
	maxCompressed = 4096
)

var errRecordCount = errors.New("record batch claims an impossible number of records")

// checkProduce reads the acks of a produce request and checks the record
// counts of its batches: they advance the log end offset, also where the
// records do not bear them out. The body has passed its layout.
func checkProduce(a *api, version int16, body []byte) (acks int16, err error) {
	compact := a.flexible(version)
	w := walker{src: body}
	w.nullableString(compact) // transactional id
	acks = w.int16()
	w.skip(4) // timeout
	for topics := w.length(compact, true); topics > 0; topics-- {
		if version >= 13 { // topic id, KIP-516
			w.skip(16)
		} else {
			w.nullableString(compact)
		}
		for parts := w.length(compact, true); parts > 0; parts-- {
			w.skip(4)
			if err := checkBatch(w.span(compact, true)); err != nil {
				return acks, err
			}
			if compact {
				w.tags(nil)
			}
		}
		if compact {
			w.tags(nil)
		}
		if w.err != nil {
			break
		}
	}
	return acks, w.err
}

func checkBatch(b []byte) error {
	if len(b) < batchHeader || b[batchMagic] != 2 {
		return nil // the engine answers CORRUPT_MESSAGE
	}
	n := int64(int32(binary.BigEndian.Uint32(b[batchNumRecords:])))
	last := int64(int32(binary.BigEndian.Uint32(b[batchLastOffsetDelta:])))
	room := int64(len(b) - batchHeader)
	if b[batchAttributes+1]&7 == 0 {
		room /= minRecord
	} else {
		room *= maxCompressed
	}
	if n <= 0 || n > room || last != n-1 {
		return errRecordCount
	}
	return nil
}
