package repair

import (
	"encoding/json"
	"math"
)

// The engine recognises a retry by the last five batches of each producer in each
// partition, as Kafka does, and refuses a batch that does not continue them. It
// writes them when it stops in order, and believes the file at every start: after a
// crash the file is older than the log. They follow from the batches.

// windowEntry is one batch that was stored.
type windowEntry struct {
	FirstSeq int32 `json:"first_seq"`
	NextSeq  int32 `json:"next_seq"`
	Offset   int64 `json:"offset"`
}

// windowEntries is how many batches a window remembers
// (ProducerStateEntry.NUM_BATCHES_TO_RETAIN).
const windowEntries = 5

// Window is what one producer wrote last to one partition, as the engine stores it.
type Window struct {
	PID     int64                      `json:"pid"`
	Topic   string                     `json:"topic"`
	Part    int32                      `json:"partition"`
	Entries [windowEntries]windowEntry `json:"entries"`
	Count   uint8                      `json:"count"`
	At      uint8                      `json:"at"` // the entry that is written next
	Epoch   int16                      `json:"epoch"`
	Seen    bool                       `json:"seen"`
	NextSeq int32                      `json:"next_seq"`

	transactional bool
}

// add takes the next data batch of the producer. Sequence numbers wrap where the
// engine lets them.
func (w *Window) add(b *Batch) {
	next := int32((int64(b.Sequence) + int64(b.LastDelta) + 1) % math.MaxInt32)
	if !w.Seen || b.Epoch != w.Epoch {
		w.Entries, w.Count, w.At = [windowEntries]windowEntry{}, 0, 0
	}
	w.Entries[w.At] = windowEntry{FirstSeq: b.Sequence, NextSeq: next, Offset: b.Base}
	w.At = (w.At + 1) % windowEntries
	w.Count = min(w.Count+1, windowEntries)
	w.Seen, w.Epoch, w.NextSeq = true, b.Epoch, next
	w.transactional = b.Transactional
}

// encodeWindows is the engine's file of windows.
func encodeWindows(windows []*Window) ([]byte, error) {
	file := struct {
		Version int       `json:"version"`
		Windows []*Window `json:"windows"`
	}{1, windows}
	return json.Marshal(file)
}
