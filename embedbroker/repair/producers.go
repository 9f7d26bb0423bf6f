package repair

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
)

// producerEntry is an entry of pids.log.
type producerEntry struct {
	Type    string `json:"type"` // init, endtx or timeout
	PID     int64  `json:"pid"`
	Epoch   int16  `json:"epoch"`
	TxID    string `json:"txid,omitempty"`
	Timeout int32  `json:"timeout,omitempty"` // milliseconds
	Commit  *bool  `json:"commit,omitempty"`  // how the last transaction ended
}

// producers is what pids.log says, by producer id.
type producers map[int64]*producerEntry

// readProducers replays the entries of pids.log.
func readProducers(entries [][]byte) producers {
	ps := make(producers)
	for _, raw := range entries {
		var e producerEntry
		if json.Unmarshal(raw, &e) != nil {
			continue
		}
		p := ps[e.PID]
		switch {
		case e.Type == "init":
			if p != nil && e.Commit == nil { // an entry of a new epoch does not tell
				e.Commit = p.Commit
			}
			ps[e.PID] = &e
		case p == nil:
		case e.Type == "endtx":
			p.Epoch, p.Commit = e.Epoch, e.Commit
		case e.Type == "timeout":
			aborted := false
			p.Epoch, p.Commit = e.Epoch, &aborted
		}
	}
	return ps
}

// admit makes sure that the engine knows the producer of a window: it does not write
// down those that it met in a batch alone, nor the epochs that idempotent producers
// raise by themselves (KIP-360). It reports whether the window is of use: a
// transactional producer that nothing is known of has to begin anew.
func (ps producers) admit(w *Window) bool {
	p := ps[w.PID]
	if p == nil {
		if w.transactional {
			return false
		}
		ps[w.PID] = &producerEntry{Type: "init", PID: w.PID, Epoch: w.Epoch}
		return true
	}
	p.Epoch = max(p.Epoch, w.Epoch)
	return true
}

// lastEpoch is the largest epoch of a producer; behind it Kafka gives a new id.
const lastEpoch = math.MaxInt16 - 1

// end notes how the transaction of a producer ended. fence raises its epoch, as
// Kafka does when it aborts on its own account, and after every end since KIP-890: a
// request of the old epoch is then refused.
func (ps producers) end(pid int64, epoch int16, commit, fence bool) {
	p := ps[pid]
	if p == nil || int(p.Epoch) > int(epoch)+1 { // another one has taken over since
		return
	}
	p.Commit = &commit
	if !fence || p.Epoch > epoch {
		return
	}
	if epoch < lastEpoch {
		p.Epoch = epoch + 1
		return
	}
	delete(ps, pid)
	p.Epoch, p.PID = 0, rand.Int64()
	ps[p.PID] = p
}

// encode writes pids.log anew, an entry for each producer.
func (ps producers) encode() ([]byte, error) {
	var log []byte
	for _, pid := range sortedKeys(ps) {
		e := *ps[pid]
		e.Type = "init"
		raw, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		log = AppendEntry(log, raw)
	}
	return log, nil
}

func sortedKeys[K int64 | string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
