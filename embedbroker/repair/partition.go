package repair

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// openTxn is a transaction that a partition holds records of and no marker.
type openTxn struct {
	epoch int16
	first int64 // offset of its first record
}

// partition is what one partition's files say once they are whole.
type partition struct {
	dir      string
	topic    string
	index    int32
	segments []segmentSize
	tail     int64 // base offset in the name of the last segment
	start    int64 // offset of the first batch
	created  int64 // its first time, milliseconds since 1970
	latest   int64 // the largest time of all batches
	end      int64 // offset after the last batch
	epoch    int32 // leader epoch of the last batch
	windows  map[int64]*Window
	open     map[int64]openTxn // by producer id
	aborted  map[int64]int16   // the largest epoch of an ABORT marker, by producer id
	aborts   []abortedTxn      // in the order of their markers
}

// stale is how long Kafka remembers a producer that writes nothing
// (producer.id.expiration.ms).
const stale = 24 * time.Hour

// mendPartition makes the files of a partition whole. known is where its log was
// noted to end, -1 if it was not.
func mendPartition(p *partition, compacted bool, known int64, now time.Time, report func(Event)) error {
	p.windows, p.open, p.aborted = make(map[int64]*Window), make(map[int64]openTxn), make(map[int64]int16)
	bases, err := Segments(p.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	x := expectation{epoch: -1, holes: compacted, known: known}
	for i, base := range bases {
		path := filepath.Join(p.dir, strconv.FormatInt(base, 10))
		x.name, x.last, x.lostAt = base, i == len(bases)-1, nil
		say := func(e Event) {
			if e.File == "" {
				e.File = filepath.Base(path) + ".dat"
			}
			e.File = filepath.Join(PartitionsDir, filepath.Base(p.dir), e.File)
			e.Topic, e.Partition = p.topic, p.index
			report(e)
		}
		if err := os.Remove(path + ".dat.mend"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err // of a repair that was cut short
		}
		info, err := os.Stat(path + ".dat")
		if err != nil {
			return err
		}
		bs, err := mendSegment(path+".dat", &x, say)
		if err != nil {
			return fmt.Errorf("mend %s.dat: %w", path, err)
		}
		if err := mendIndex(path+".idx", bs, say); err != nil {
			return fmt.Errorf("mend %s.idx: %w", path, err)
		}
		p.take(bs, now.Sub(info.ModTime()) < stale)
		p.size(base, bs)
		p.tail = base
	}
	p.end, p.epoch = x.end, x.epoch
	return p.forgetSnapshot()
}

// take learns producers and transactions from the next batches.
func (p *partition) take(bs []Batch, fresh bool) {
	for i := range bs {
		b := &bs[i]
		switch {
		case b.Producer < 0:
		case b.Marker != notMarker:
			if o, ok := p.open[b.Producer]; ok && b.Marker == abortMarker {
				p.aborts = append(p.aborts, abortedTxn{b.Producer, o.first, b.Base})
			}
			delete(p.open, b.Producer)
			if b.Marker == abortMarker {
				p.aborted[b.Producer] = max(p.aborted[b.Producer], b.Epoch)
			}
		default:
			if o, ok := p.open[b.Producer]; b.Transactional && (!ok || o.epoch < b.Epoch) {
				if !ok {
					o.first = b.Base
				}
				o.epoch = b.Epoch
				p.open[b.Producer] = o
			}
			if !fresh {
				continue
			}
			w := p.windows[b.Producer]
			if w == nil {
				w = &Window{PID: b.Producer, Topic: p.topic, Part: p.index}
				p.windows[b.Producer] = w
			}
			w.add(b)
		}
	}
}

// forgetSnapshot removes what the engine noted of the partition when it last stopped
// in order: it would believe it wherever the sizes of the files are the same.
func (p *partition) forgetSnapshot() error {
	err := os.Remove(filepath.Join(p.dir, "snapshot.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// endTxn appends the marker that ends a transaction, with its index entry.
func (p *partition) endTxn(pid int64, epoch int16, commit bool, now time.Time) error {
	raw := marker(p.end, max(p.epoch, 0), pid, epoch, commit, now)
	path := filepath.Join(p.dir, strconv.FormatInt(p.tail, 10))
	if err := appendFile(path+".dat", raw); err != nil {
		return err
	}
	if !commit {
		p.aborts = append(p.aborts, abortedTxn{pid, p.open[pid].first, p.end})
	}
	p.end++
	p.latest = max(p.latest, now.UnixMilli())
	p.segments[len(p.segments)-1].Size += int64(len(raw))
	return appendFile(path+".idx", Index(raw))
}

func appendFile(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}
