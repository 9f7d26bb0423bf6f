package redrive

import (
	"fmt"
	"strings"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/topics"
)

// Part is what is read from a partition, or sent to one.
type Part struct {
	Matches int64 `json:"matches"`
	Bytes   int64 `json:"bytes"` // keys, values and headers, with what is added
}

func (p *Part) add(bytes int) {
	p.Matches++
	p.Bytes += int64(bytes)
}

// Failure is a record that could not be stored, or would not be.
type Failure struct {
	Partition int32 // where it stands in the topic that is read
	Offset    int64
	Outcome   model.Outcome // Refused, or Unknown when it was sent and no answer came
	Err       error         // in words, with the next step
}

// keptFailures is how many failures a plan and a report name; the rest is counted.
const keptFailures = 1000

// Plan is what Count has found: exactly what Run sends.
type Plan struct {
	Request
	// Left are the offsets within which the matches stand, from the first match on to
	// the last in each range: what comes later is not sent, whatever it is.
	Left    Ranges
	TopicID [16]byte // of the topic that is read; zero before Kafka 2.8
	Topic   topics.Destination
	// Source has the matches by the partition that they are read from, and
	// Destination by the one that they are sent to, produce.AnyPartition for those
	// without a key. What would be refused is in Source alone.
	Source, Destination map[int32]Part
	Matches, Bytes      int64
	Looked              int64
	// Refused is how many of the matches the destination would not take; Refusals
	// names the first of them.
	Refused  int64
	Refusals []Failure
	// Unlike is how many records the filter could not compare, and WhyUnlike what was
	// wrong with the first. They are not sent.
	Unlike    int64
	WhyUnlike error
	// Warnings are about the plan as a whole, one sentence each.
	Warnings []string
	At       time.Time // when the range was fixed
}

// MovedError stops a run before its first write, because the topics are no longer
// what was counted.
type MovedError struct {
	From, To string
	Changes  []string // one sentence each
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("redrive %s to %s: nothing was sent, because things moved since the count: %s; count again", e.From, e.To, strings.Join(e.Changes, "; "))
}

// Check compares the plan with what the topics are now: *MovedError when matches
// have gone, as by retention, or keys would choose other partitions. Nil is no
// reason against it.
func (p *Plan) Check(from kafka.TopicLog, to topics.Destination) error {
	moved := &MovedError{From: p.Query.Topic, To: p.To}
	add := func(format string, args ...any) { moved.Changes = append(moved.Changes, fmt.Sprintf(format, args...)) }
	if from.ID != p.TopicID {
		add("topic %s was deleted and created again", p.Query.Topic)
	} else {
		for _, n := range p.Left.Partitions() {
			of := p.Left[n]
			first, end := of[0].From, of[len(of)-1].To
			switch {
			case int(n) >= len(from.Ends):
				add("partition %d of %s is gone", n, p.Query.Topic)
			case from.Starts[n] < 0 || from.Ends[n] < 0:
				return fmt.Errorf("redrive %s to %s: nothing was sent: the leader of partition %d of %s does not tell where its log begins: %w", p.Query.Topic, p.To, n, p.Query.Topic, from.Partial)
			case from.Starts[n] > first:
				add("partition %d of %s begins at offset %d now, and a match stood at %d: records were deleted, as by retention", n, p.Query.Topic, from.Starts[n], first)
			case from.Ends[n] < end:
				add("partition %d of %s ends at offset %d now, and a match stood at %d: the log was cut back", n, p.Query.Topic, from.Ends[n], end-1)
			}
		}
	}
	if got, want := len(to.Leaders), len(p.Topic.Leaders); got != want {
		add("topic %s has %d partitions now, and had %d", p.To, got, want)
	}
	if len(moved.Changes) > 0 {
		return moved
	}
	return nil
}
