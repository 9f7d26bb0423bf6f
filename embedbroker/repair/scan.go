package repair

import (
	"encoding/binary"
	"errors"
	"io"
)

// A Gap is a stretch of a segment that holds no batch that can be read.
type Gap struct {
	Pos, End int64 // in the file
	Before   int   // how many batches precede it
	Torn     bool  // the file ends inside a batch: a write that was never finished
}

// window reads a file forwards through a buffer.
type window struct {
	r    io.ReaderAt
	size int64
	buf  []byte
	off  int64 // of buf in the file
	err  error // a read that failed, not the end
}

const windowBytes = 1 << 20

// at returns n bytes from pos on, fewer at the end of the file; they are valid
// until the next call.
func (w *window) at(pos int64, n int) []byte {
	n = int(min(int64(n), w.size-pos))
	if n <= 0 || w.err != nil {
		return nil
	}
	if pos < w.off || pos+int64(n) > w.off+int64(len(w.buf)) {
		want := int(min(int64(max(n, windowBytes)), w.size-pos))
		if cap(w.buf) < want {
			w.buf = make([]byte, want)
		}
		w.buf = w.buf[:want]
		got, err := w.r.ReadAt(w.buf, pos)
		if err != nil && !errors.Is(err, io.EOF) {
			w.err = err
		}
		w.buf, w.off = w.buf[:got], pos
		if got < n {
			n = got
		}
	}
	at := pos - w.off
	return w.buf[at : at+int64(n)]
}

// whole returns the batch at pos if there is one whose checksum holds, and how many
// bytes it says to take, 0 if it does not say.
func (w *window) whole(pos int64) (raw []byte, claimed int64) {
	head := w.at(pos, HeaderSize)
	if len(head) < HeaderSize {
		return nil, 0
	}
	n := int64(binary.BigEndian.Uint32(head[atLength:])) + lengthPrefix
	if n < HeaderSize || n > maxBatch {
		return nil, 0
	}
	if pos+n > w.size || head[atMagic] != 2 {
		return nil, n
	}
	raw = w.at(pos, int(n))
	if int64(len(raw)) < n || !holds(raw) || int32(binary.BigEndian.Uint32(raw[atLastDelta:])) < 0 {
		return nil, n
	}
	return raw, n
}

// next finds the first whole batch behind pos, first where the batch at pos says to
// end, else byte by byte: then only one whose offset is want or later counts, since a
// record may hold a batch of another log. It returns the end of the file when there
// is none.
func (w *window) next(pos, claimed, want int64) int64 {
	if claimed > 0 && pos+claimed < w.size {
		if raw, _ := w.whole(pos + claimed); raw != nil {
			return pos + claimed
		}
	}
	for p := pos + 1; p+HeaderSize <= w.size; p++ {
		head := w.at(p, HeaderSize)
		if len(head) < HeaderSize {
			break
		}
		// Offsets and lengths are below 2^56 and 2^30: most bytes fail here.
		if head[atMagic] != 2 || head[0] != 0 || head[atLength]&0xc0 != 0 {
			continue
		}
		if int64(binary.BigEndian.Uint64(head)) < want {
			continue
		}
		if raw, _ := w.whole(p); raw != nil {
			return p
		}
	}
	return w.size
}

// Scan reads the batches of a segment and where there are none.
func Scan(r io.ReaderAt, size int64) ([]Batch, []Gap, error) {
	w := &window{r: r, size: size}
	var batches []Batch
	var gaps []Gap
	want := int64(0)
	for pos := int64(0); pos < size; {
		raw, claimed := w.whole(pos)
		if raw != nil {
			batches = append(batches, parse(raw, pos))
			if b := &batches[len(batches)-1]; b.Base >= want {
				want = b.End()
			}
			pos += claimed
			continue
		}
		end := w.next(pos, claimed, want)
		gaps = append(gaps, Gap{Pos: pos, End: end, Before: len(batches), Torn: end == size && (claimed == 0 || pos+claimed > size)})
		pos = end
	}
	return batches, gaps, w.err
}
