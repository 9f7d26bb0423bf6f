package repair

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Segments returns the base offsets of a partition's segments in order.
func Segments(dir string) ([]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var bases []int64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".dat")
		if base, err := strconv.ParseInt(name, 10, 64); ok && err == nil {
			bases = append(bases, base)
		}
	}
	slices.Sort(bases)
	return bases, nil
}

// scanFile reads the batches of a segment file.
func scanFile(path string) ([]Batch, []Gap, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, 0, err
	}
	batches, gaps, err := Scan(f, info.Size())
	return batches, gaps, info.Size(), err
}

// mendSegment makes a segment one that the engine reads whole: every batch where it
// belongs, and an empty one in place of what cannot be read. It returns its batches.
func mendSegment(path string, x *expectation, report func(Event)) ([]Batch, error) {
	bs, gaps, size, err := scanFile(path)
	if err != nil {
		return nil, err
	}
	if len(gaps) > 0 {
		if bs, gaps, err = mendHeaders(path, bs, gaps); err != nil {
			return nil, err
		}
		x.lostAt = make(map[int]bool)
		for _, g := range gaps {
			x.lostAt[g.Before] = true
		}
	}
	start, epoch := max(x.end, x.name), x.epoch
	changed := order(bs, x)
	for _, i := range changed {
		report(Event{What: "a batch had a wrong base offset or leader epoch, set right", Position: bs[i].Pos, Offset: bs[i].Base})
	}
	switch {
	case len(gaps) == 0 && len(changed) == 0:
		return bs, nil
	case len(gaps) == 0:
		return bs, patch(path, bs, changed)
	case len(gaps) == 1 && gaps[0].Torn && gaps[0].Before == len(bs) && len(changed) == 0:
		g := gaps[0]
		report(Event{What: "cut an unfinished write, which was never acknowledged", Position: g.Pos, Bytes: size - g.Pos, Offset: x.end})
		return bs, os.Truncate(path, g.Pos)
	}
	return rewriteSegment(path, bs, gaps, start, epoch, x, report)
}

// mendHeaders restores batches whose length or format is wrong and nothing else:
// their checksum holds when both are set right.
func mendHeaders(path string, bs []Batch, gaps []Gap) ([]Batch, []Gap, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	var left []Gap
	for _, g := range gaps {
		n := g.End - g.Pos
		if n < HeaderSize || n > maxBatch {
			left = append(left, g)
			continue
		}
		raw := make([]byte, n)
		if _, err := f.ReadAt(raw, g.Pos); err != nil {
			return nil, nil, err
		}
		binary.BigEndian.PutUint32(raw[atLength:], uint32(n-lengthPrefix))
		raw[atMagic] = 2
		if !holds(raw) {
			left = append(left, g)
			continue
		}
		if _, err := f.WriteAt(raw[:HeaderSize], g.Pos); err != nil {
			return nil, nil, err
		}
		bs = append(bs, parse(raw, g.Pos))
	}
	slices.SortFunc(bs, func(a, b Batch) int { return int(a.Pos - b.Pos) })
	for i := range left {
		left[i].Before, _ = slices.BinarySearchFunc(bs, left[i].Pos, func(b Batch, pos int64) int { return int(b.Pos - pos) })
	}
	return bs, left, nil
}

// patch writes the base offsets and leader epochs of the changed batches.
func patch(path string, bs []Batch, changed []int) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, i := range changed {
		if _, err := f.WriteAt(binary.BigEndian.AppendUint64(nil, uint64(bs[i].Base)), bs[i].Pos); err != nil {
			return err
		}
		if _, err := f.WriteAt(binary.BigEndian.AppendUint32(nil, uint32(bs[i].LeaderEpoch)), bs[i].Pos+atEpoch); err != nil {
			return err
		}
	}
	return nil
}

// rewriteSegment writes a segment anew without its gaps. start is where the segment
// begins, epoch the leader epoch before it.
func rewriteSegment(path string, bs []Batch, gaps []Gap, start int64, epoch int32, x *expectation, report func(Event)) ([]Batch, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	tmp := path + ".mend"
	out, err := os.Create(tmp)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	var written []Batch
	pos, want, at := int64(0), start, int64(-1) // at: largest time so far
	write := func(raw []byte) error {
		b := parse(raw, pos)
		written = append(written, b)
		want, epoch, at, pos = b.End(), b.LeaderEpoch, max(at, b.MaxTime), pos+int64(len(raw))
		_, err := out.Write(raw)
		return err
	}
	for i := 0; i <= len(bs); i++ {
		for len(gaps) > 0 && gaps[0].Before == i {
			g := gaps[0]
			gaps = gaps[1:]
			var end int64
			if i < len(bs) {
				end = bs[i].Base
			} else if end, err = claimedEnd(in, g, want); err != nil {
				return nil, err
			}
			e := Event{What: "took out what could not be read", Position: g.Pos, Bytes: g.End - g.Pos, Offset: want, Records: end - want}
			if g.Torn && end == want {
				e.What = "cut an unfinished write, which was never acknowledged"
			} else if end == want {
				e.Records = -1
			}
			report(e)
			if end > want {
				leader := epoch
				if leader < 0 && i < len(bs) {
					leader = bs[i].LeaderEpoch
				}
				if err := write(empty(want, end, max(leader, 0), at)); err != nil {
					return nil, err
				}
			}
		}
		if i == len(bs) {
			break
		}
		raw := make([]byte, bs[i].Size)
		if _, err := in.ReadAt(raw, bs[i].Pos); err != nil {
			return nil, err
		}
		binary.BigEndian.PutUint64(raw, uint64(bs[i].Base))
		binary.BigEndian.PutUint32(raw[atEpoch:], uint32(bs[i].LeaderEpoch))
		if err := write(raw); err != nil {
			return nil, err
		}
	}
	x.end, x.epoch = want, epoch
	if err := out.Close(); err != nil {
		return nil, err
	}
	return written, os.Rename(tmp, path)
}

// claimedEnd follows the headers of unreadable batches at the end of a segment as
// long as they continue the log, and returns the offset after them: so many records
// were there. A batch that the file cuts short was never acknowledged.
func claimedEnd(in *os.File, g Gap, want int64) (int64, error) {
	head := make([]byte, HeaderSize)
	for pos := g.Pos; g.End-pos >= HeaderSize; {
		if _, err := in.ReadAt(head, pos); err != nil {
			return 0, err
		}
		n := int64(binary.BigEndian.Uint32(head[atLength:])) + lengthPrefix
		last := int64(int32(binary.BigEndian.Uint32(head[atLastDelta:])))
		count := int64(int32(binary.BigEndian.Uint32(head[atCount:])))
		if n < HeaderSize || pos+n > g.End || int64(binary.BigEndian.Uint64(head)) != want || last < 0 || count != last+1 {
			break
		}
		want, pos = want+count, pos+n
	}
	return want, nil
}

// mendIndex makes the index of a segment what its batches say. One that only lacks
// its last entries, or has more than there are batches, is what a crash leaves
// behind; any other difference is reported.
func mendIndex(path string, bs []Batch, report func(Event)) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var index []byte
	wrong := 0
	largest := int64(-1)
	for i := range bs {
		b := bs[i]
		largest = max(largest, b.MaxTime)
		b.MaxTime = largest
		index = AppendIndex(index, &b)
		if at := i * indexEntry; at+indexEntry <= len(old) && !sameEntry(old[at:at+indexEntry], index[at:]) {
			wrong++
		}
	}
	if wrong == 0 && len(old) == len(index) {
		return nil
	}
	if wrong > 0 {
		report(Event{File: filepath.Base(path), What: fmt.Sprintf("%d entries of the index did not fit their batches, made anew", wrong), Offset: -1})
	}
	return replaceFile(path, index)
}

// sameEntry compares index entries in what the engine believes of them.
func sameEntry(a, b []byte) bool {
	return a[0] == b[0] && a[1] == byte(crc32.Checksum(a[2:indexEntry], castagnoli())) &&
		string(a[2:6]) == string(b[2:6]) && a[14] == b[14]
}

// replaceFile writes a file beside the old one and puts it in its place.
func replaceFile(path string, content []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, content, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// End returns the offset after the last whole batch of a partition, 0 if it has none.
func End(dir string) (int64, error) {
	bases, err := Segments(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, base := range slices.Backward(bases) {
		bs, _, _, err := scanFile(filepath.Join(dir, fmt.Sprintf("%d.dat", base)))
		if err != nil {
			return 0, err
		}
		if len(bs) > 0 {
			return bs[len(bs)-1].End(), nil
		}
	}
	return 0, nil
}
