package repair

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// at is when everything here happens.
func at() time.Time { return time.UnixMilli(1_800_000_000_000) }

// spec is a batch to write.
type spec struct {
	base, records int64
	pid           int64 // 0 for none
	epoch         int16
	seq           int32
	txn           bool
}

func (s spec) encode() []byte {
	b := plain(s.base, 3)
	b.FirstTimestamp, b.MaxTimestamp = at().UnixMilli(), at().UnixMilli()
	b.NumRecords, b.LastOffsetDelta = int32(s.records), int32(s.records-1)
	for i := range s.records {
		r := kmsg.Record{OffsetDelta: int32(i), Value: fmt.Appendf(nil, "record %d", s.base+i)}
		r.Length = int32(len(r.AppendTo(nil)) - 1)
		b.Records = r.AppendTo(b.Records)
	}
	if s.pid != 0 {
		b.ProducerID, b.ProducerEpoch, b.FirstSequence = s.pid, s.epoch, s.seq
	}
	if s.txn {
		b.Attributes |= attrTransactional
	}
	return seal(b.AppendTo(nil))
}

// segment encodes batches of ten records each, from offset 0 on.
func segment(batches int64) (raw []byte, starts []int) {
	for i := range batches {
		starts = append(starts, len(raw))
		raw = append(raw, spec{base: 10 * i, records: 10}.encode()...)
	}
	return raw, append(starts, len(raw))
}

func flip(raw []byte, at int, bits byte) []byte {
	raw[at] ^= bits
	return raw
}

func write(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// layout writes the offsets of a segment's batches and how many records they have.
func layout(bs []Batch) string {
	var s []string
	for i := range bs {
		s = append(s, fmt.Sprintf("%d-%d:%d", bs[i].Base, bs[i].End()-1, bs[i].Count))
	}
	return strings.Join(s, " ")
}

// Whatever is damaged in a segment, the engine reads it whole afterwards, records
// keep their offsets, and what is lost is said.
func TestMendSegment(t *testing.T) {
	raw, starts := segment(4)
	last := starts[3]
	for _, tt := range []struct {
		name   string
		harm   func(raw []byte) []byte
		want   string
		events string
		lost   int64
	}{
		{"nothing", func(b []byte) []byte { return b }, "0-9:10 10-19:10 20-29:10 30-39:10", "", 0},
		{"empty", func([]byte) []byte { return nil }, "", "", 0},
		{"torn header", func(b []byte) []byte { return append(b, 1, 2, 3) }, "0-9:10 10-19:10 20-29:10 30-39:10", "unfinished", 0},
		{"torn batch", func(b []byte) []byte { return b[:len(b)-5] }, "0-9:10 10-19:10 20-29:10", "unfinished", 0},
		{"zeros at the end", func(b []byte) []byte { return append(b, make([]byte, 200)...) }, "0-9:10 10-19:10 20-29:10 30-39:10", "unfinished", 0},
		{"record in the middle", func(b []byte) []byte { return flip(b, starts[1]+70, 4) }, "0-9:10 10-19:0 20-29:10 30-39:10", "took out", 10},
		{"record in the first", func(b []byte) []byte { return flip(b, 70, 4) }, "0-9:0 10-19:10 20-29:10 30-39:10", "took out", 10},
		{"record in the last", func(b []byte) []byte { return flip(b, last+70, 4) }, "0-9:10 10-19:10 20-29:10 30-39:0", "took out", 10},
		{"records in the last two", func(b []byte) []byte { return flip(flip(b, last+70, 4), starts[2]+70, 4) }, "0-9:10 10-19:10 20-39:0", "took out", 20},
		{"checksum", func(b []byte) []byte { return flip(b, starts[1]+atCRC, 4) }, "0-9:10 10-19:0 20-29:10 30-39:10", "took out", 10},
		{"length", func(b []byte) []byte { return flip(b, starts[1]+atLength+3, 1) }, "0-9:10 10-19:10 20-29:10 30-39:10", "", 0},
		{"length of the last", func(b []byte) []byte { return flip(b, last+atLength+1, 1) }, "0-9:10 10-19:10 20-29:10 30-39:10", "", 0},
		{"format", func(b []byte) []byte { return flip(b, starts[1]+atMagic, 1) }, "0-9:10 10-19:10 20-29:10 30-39:10", "", 0},
		{"base offset too high", func(b []byte) []byte { return flip(b, starts[1]+5, 0x40) }, "0-9:10 10-19:10 20-29:10 30-39:10", "wrong base offset", 0},
		{"base offset too low", func(b []byte) []byte { return flip(b, starts[2]+7, 0x10) }, "0-9:10 10-19:10 20-29:10 30-39:10", "wrong base offset", 0},
		{"first base offset", func(b []byte) []byte { return flip(b, 6, 1) }, "0-9:10 10-19:10 20-29:10 30-39:10", "wrong base offset", 0},
		{"last base offset", func(b []byte) []byte { return flip(b, last+3, 1) }, "0-9:10 10-19:10 20-29:10 30-39:10", "wrong base offset", 0},
		{"leader epoch too high", func(b []byte) []byte { return flip(b, starts[1]+atEpoch, 1) }, "0-9:10 10-19:10 20-29:10 30-39:10", "leader epoch", 0},
		{"leader epoch too low", func(b []byte) []byte { return flip(b, starts[1]+atEpoch+3, 2) }, "0-9:10 10-19:10 20-29:10 30-39:10", "leader epoch", 0},
		{"damaged and torn", func(b []byte) []byte { return flip(b, starts[1]+70, 4)[:len(b)-5] }, "0-9:10 10-19:0 20-29:10", "took out", 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "0")
			write(t, path+".dat", tt.harm(slices.Clone(raw)))
			var events []Event
			x := expectation{epoch: -1, last: true, known: -1}
			bs, err := mendSegment(path+".dat", &x, func(e Event) { events = append(events, e) })
			if err != nil {
				t.Fatal(err)
			}
			if got := layout(bs); got != tt.want {
				t.Errorf("batches %s, want %s", got, tt.want)
			}
			lost := int64(0)
			var said []string
			for _, e := range events {
				lost += e.Records
				said = append(said, e.String())
			}
			if lost != tt.lost || !strings.Contains(strings.Join(said, "; "), tt.events) || tt.events == "" && len(said) > 0 {
				t.Errorf("%d records lost, said %q, want %d and %q", lost, said, tt.lost, tt.events)
			}
			again, gaps, _, err := scanFile(path + ".dat")
			if err != nil || len(gaps) > 0 || layout(again) != tt.want {
				t.Errorf("read again: %s with gaps %v, %v", layout(again), gaps, err)
			}
			for i := range again {
				if again[i].LeaderEpoch != 3 {
					t.Errorf("batch %d has leader epoch %d, want 3", i, again[i].LeaderEpoch)
				}
			}
		})
	}
}

// Holes that compaction left stay.
func TestOrderKeepsHoles(t *testing.T) {
	bs := func(bases ...int64) []Batch {
		var bs []Batch
		for _, b := range bases {
			bs = append(bs, Batch{Base: b, LastDelta: 9})
		}
		return bs
	}
	for _, tt := range []struct {
		name string
		in   []Batch
		x    expectation
		want string
	}{
		{"in a compacted topic", bs(0, 40, 90), expectation{last: true, holes: true, known: -1}, "0-9:0 40-49:0 90-99:0"},
		{"in one that was", bs(0, 40, 90), expectation{last: true, known: -1}, "0-9:0 40-49:0 90-99:0"},
		{"before the last, which was noted", bs(0, 10, 90), expectation{last: true, known: 100}, "0-9:0 10-19:0 90-99:0"},
		{"before the last, which was not", bs(0, 10, 90), expectation{last: true, known: 20}, "0-9:0 10-19:0 20-29:0"},
		{"before the last of a segment that is followed", bs(0, 10, 90), expectation{known: -1}, "0-9:0 10-19:0 90-99:0"},
		{"between segments", bs(200, 210), expectation{name: 200, end: 100, last: true, known: -1}, "200-209:0 210-219:0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			order(tt.in, &tt.x)
			if got := layout(tt.in); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestMendIndex(t *testing.T) {
	raw, _ := segment(3)
	bs, _, err := Scan(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	bs[1].Transactional = true
	var index []byte
	for i := range bs {
		index = AppendIndex(index, &bs[i])
	}
	for _, tt := range []struct {
		name string
		harm func(index []byte) []byte
		said bool
	}{
		{"nothing", func(b []byte) []byte { return b }, false},
		{"missing", func([]byte) []byte { return nil }, false},
		{"an entry too few", func(b []byte) []byte { return b[:2*indexEntry] }, false},
		{"an entry too many", func(b []byte) []byte { return append(b, b[:indexEntry]...) }, false},
		{"torn", func(b []byte) []byte { return b[:2*indexEntry+4] }, false},
		{"transaction forgotten", func(b []byte) []byte { return flip(b, indexEntry+14, 1) }, true},
		{"checksum", func(b []byte) []byte { return flip(b, indexEntry+1, 1) }, true},
		{"leader epoch", func(b []byte) []byte { return flip(b, 2, 1) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "0.idx")
			if b := tt.harm(slices.Clone(index)); b != nil {
				write(t, path, b)
			}
			said := false
			if err := mendIndex(path, bs, func(Event) { said = true }); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, index) {
				t.Errorf("index\n%x, want\n%x", got, index)
			}
			if said != tt.said {
				t.Errorf("said: %v, want %v", said, tt.said)
			}
		})
	}
}

// What the engine believes of an index does not include the largest time, which
// compaction leaves larger than the batches say.
func TestMendIndexLeavesTimes(t *testing.T) {
	raw, _ := segment(1)
	bs, _, err := Scan(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	later := bs[0]
	later.MaxTime += 1000
	path := filepath.Join(t.TempDir(), "0.idx")
	old := AppendIndex(nil, &later)
	write(t, path, old)
	if err := mendIndex(path, bs, func(e Event) { t.Error(e) }); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, old) {
		t.Errorf("index was written anew (%v)", err)
	}
}

// FuzzScan holds that whatever a segment holds, reading ends, and every byte is in a
// batch or in a gap.
func FuzzScan(f *testing.F) {
	raw, starts := segment(3)
	f.Add(raw)
	f.Add(raw[:len(raw)-3])
	f.Add(flip(slices.Clone(raw), starts[1]+atLength+2, 0xff))
	f.Add(append(slices.Clone(raw), make([]byte, 100)...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		bs, gaps, err := Scan(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for i := range bs {
			n += int64(bs[i].Size)
		}
		for _, g := range gaps {
			n += g.End - g.Pos
		}
		if n != int64(len(raw)) {
			t.Errorf("%d of %d bytes accounted for", n, len(raw))
		}
		x := expectation{epoch: -1, last: true, known: -1}
		order(bs, &x)
		for i := 1; i < len(bs); i++ {
			if bs[i].Base < bs[i-1].End() || bs[i].LeaderEpoch < bs[i-1].LeaderEpoch {
				t.Errorf("batch %d starts at %d epoch %d, the one before ends at %d epoch %d", i, bs[i].Base, bs[i].LeaderEpoch, bs[i-1].End(), bs[i-1].LeaderEpoch)
			}
		}
	})
}

func FuzzEntries(f *testing.F) {
	log := AppendEntry(AppendEntry(nil, []byte(`{"type":"commit"}`)), []byte(`{}`))
	f.Add(log)
	f.Add(log[3:])
	f.Add(binary.LittleEndian.AppendUint32(nil, 1<<31))
	f.Fuzz(func(t *testing.T, raw []byte) {
		entries, damage := Entries(raw)
		n := 0
		for _, e := range entries {
			n += entryLeast + len(e)
		}
		for _, d := range damage {
			n += d.End - d.Pos
		}
		if n != len(raw) {
			t.Errorf("%d of %d bytes accounted for", n, len(raw))
		}
	})
}
