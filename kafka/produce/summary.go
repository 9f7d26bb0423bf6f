package produce

import (
	"maps"

	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/model"
)

// Span is where records were stored in a partition.
type Span struct {
	First int64 `json:"first"` // the lowest offset; -1 with acks 0
	Last  int64 `json:"last"`  // the highest one; those of others may lie between
	Count int64 `json:"count"`
}

// Summary is what became of many messages.
type Summary struct {
	Topic   string `json:"topic"`
	Stored  int64  `json:"stored"`
	Refused int64  `json:"refused"`
	Unknown int64  `json:"unknown"` // sent, and no answer came
	Bytes   int64  `json:"bytes"`   // keys, values and headers of what was stored
	// Aborted says that the transaction was given up: what was stored is there, and
	// read_committed consumers pass over it.
	Aborted bool           `json:"aborted,omitempty"`
	Places  map[int32]Span `json:"places,omitempty"` // by partition
	Details any            `json:"rest,omitempty"`   // in the audit log, of Producer.Tell
}

// Messages is how many have their receipt.
func (s Summary) Messages() int64 { return s.Stored + s.Refused + s.Unknown }

func (s Summary) clone() Summary {
	s.Places = maps.Clone(s.Places)
	return s
}

func (s *Summary) add(r *Receipt) {
	switch r.Outcome {
	case model.Refused:
		s.Refused++
		return
	case model.Unknown:
		s.Unknown++
		return
	}
	s.Stored++
	s.Bytes += int64(r.Message.Size())
	span, ok := s.Places[r.Partition]
	if !ok {
		span = Span{First: r.Offset, Last: r.Offset}
	}
	span.First, span.Last = min(span.First, r.Offset), max(span.Last, r.Offset)
	span.Count++
	s.Places[r.Partition] = span
}

func (s Summary) stage() audit.Stage {
	switch {
	case s.Stored+s.Unknown == 0 && s.Refused > 0, s.Aborted:
		return audit.Refused
	case s.Refused+s.Unknown > 0:
		return audit.Partly
	}
	return audit.Done
}
