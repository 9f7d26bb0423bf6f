package repair

import (
	"encoding/json"
)

// DecisionsFile is a log of the ends of transactions that were decided. A decision is
// on disk before the engine writes the first marker, as Kafka's PREPARE_COMMIT and
// PREPARE_ABORT are, and Done when the last one is: what a crash leaves in between is
// completed at the next start.
const DecisionsFile = "transactions.log"

// Decision is how a transaction is to end.
type Decision struct {
	TxID    string   `json:"txid"`
	PID     int64    `json:"pid"`
	Epoch   int16    `json:"epoch"`
	Commit  bool     `json:"commit"`
	Fence   bool     `json:"fence,omitempty"` // the end raises the epoch (EndTxn since v5, KIP-890)
	Time    int64    `json:"time"`            // milliseconds since 1970
	Offsets []Staged `json:"offsets,omitempty"`
	Done    bool     `json:"done,omitempty"` // nothing is left to do
	// Open says that nothing is decided yet, but that the transaction has staged
	// offsets, which the engine keeps in memory alone: after a crash it cannot be
	// committed any more, also if it has written no record.
	Open bool `json:"open,omitempty"`
}

// Staged is an offset that a transaction commits.
type Staged struct {
	Group       string  `json:"group"`
	Topic       string  `json:"topic"`
	Partition   int32   `json:"partition"`
	Offset      int64   `json:"offset"`
	LeaderEpoch int32   `json:"leader_epoch"`
	Metadata    *string `json:"metadata,omitempty"`
}

// Encode returns the decision as an entry of the log.
func (d Decision) Encode() ([]byte, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return AppendEntry(nil, raw), nil
}

// pending replays the log: the last decision for a producer that is not done, by
// producer id.
func pending(entries [][]byte) map[int64]Decision {
	open := make(map[int64]Decision)
	for _, raw := range entries {
		var d Decision
		switch {
		case json.Unmarshal(raw, &d) != nil:
		case d.Done:
			delete(open, d.PID)
		default:
			open[d.PID] = d
		}
	}
	return open
}

// verdict says how the open transaction of a producer ends.
type verdict struct {
	commit bool
	fence  bool // the producer's epoch is raised
}

// decide returns how a transaction with the epoch ends. Whoever decided nothing, or
// about another epoch, has it aborted. A transaction that the engine began to abort
// since, because it timed out, has ABORT markers of a later epoch: it stays aborted
// as a whole.
func decide(d Decision, decided bool, epoch, aborted int16) verdict {
	if !decided || d.Open || d.Epoch != epoch || aborted > epoch {
		return verdict{commit: false, fence: true}
	}
	return verdict{commit: d.Commit, fence: d.Fence}
}
