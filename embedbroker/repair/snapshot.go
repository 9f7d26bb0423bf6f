package repair

import (
	"encoding/json"
	"path/filepath"
	"time"
)

// segmentSize is a segment in the engine's snapshot of a partition.
type segmentSize struct {
	Base     int64 `json:"base_offset"`
	Size     int64 `json:"size"`
	MinEpoch int32 `json:"min_epoch"` // leader epochs
	MaxEpoch int32 `json:"max_epoch"`
}

// abortedTxn is an aborted transaction in the engine's snapshot of a partition.
type abortedTxn struct {
	Producer int64 `json:"producer_id"`
	First    int64 `json:"first_offset"`
	Last     int64 `json:"last_offset"` // of its marker
}

// size notes a segment and its batches.
func (p *partition) size(base int64, bs []Batch) {
	s := segmentSize{Base: base}
	for i := range bs {
		b := &bs[i]
		if i == 0 {
			s.MinEpoch = b.LeaderEpoch
		}
		if p.created == 0 && len(p.segments) == 0 && i == 0 {
			p.start, p.created = b.Base, b.FirstTime
		}
		s.MinEpoch, s.MaxEpoch = min(s.MinEpoch, b.LeaderEpoch), max(s.MaxEpoch, b.LeaderEpoch)
		s.Size += int64(b.Size)
		p.latest = max(p.latest, b.MaxTime)
	}
	p.segments = append(p.segments, s)
}

// snapshotFrom is the size of a partition from which on a snapshot is worth a file.
const snapshotFrom = 1 << 20

// snapshot writes what the engine notes of a partition when it stops in order. With it
// the engine reads one segment after the other, without it a partition as a whole: all
// of its records are in memory at once.
func (p *partition) snapshot() error {
	total := int64(0)
	for _, s := range p.segments {
		total += s.Size
	}
	if total < snapshotFrom {
		return nil
	}
	raw, err := json.Marshal(struct {
		Version  int           `json:"version"`
		End      int64         `json:"high_watermark"`
		Stable   int64         `json:"last_stable_offset"`
		Start    int64         `json:"log_start_offset"`
		Epoch    int32         `json:"epoch"`
		Latest   int64         `json:"max_timestamp"`
		Created  time.Time     `json:"created_at"`
		Aborted  []abortedTxn  `json:"aborted_txns,omitempty"`
		Segments []segmentSize `json:"segments"`
	}{1, p.end, p.end, p.start, max(p.epoch, 0), p.latest, time.UnixMilli(p.created), p.aborts, p.segments})
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(p.dir, "snapshot.json"), raw)
}
