// Package lag tells how far a group is behind, from what it committed and what
// the log holds. It is pure: whoever asks the cluster hands in plain numbers.
//
// Lag is counted from the committed offset to the log end offset, in offsets,
// as Kafka's own tools count it. Offsets are not always records: transaction
// markers take one each, and compaction leaves holes, so a lag that never
// reaches zero is not always a group that fails.
package lag

import "fmt"

// Unknown stands for a number that the cluster did not tell.
const Unknown = int64(-1)

// DefaultThreshold is the lag in records from which a group is coloured, unless the
// configuration says otherwise. No verdict depends on it.
const DefaultThreshold = 1000

// State says what the lag of a partition means.
type State int

// The states of a partition's lag. Normal, Lost and Phantom have a number; in the
// others it would be wrong, so there is none.
const (
	// Normal: the committed offset lies within the log.
	Normal State = iota
	// Lost: the committed offset lies before the log start offset, so records
	// were deleted before the group read them.
	Lost
	// Uncommitted: the group reads the partition but has committed nothing.
	Uncommitted
	// Ahead: the committed offset lies after the log end offset, as it does when
	// the topic was deleted and made anew, or lost records with its leader.
	Ahead
	// Gone: the topic, or the partition, does not exist any more.
	Gone
	// Leaderless: no broker leads the partition, so nobody can tell its offsets.
	Leaderless
	// Unauthorized: the user may not describe the topic.
	Unauthorized
	// Unread: the log's offsets could not be read this time.
	Unread
	// Phantom: there are offsets after the commit but no record, only transaction
	// markers and what compaction has left empty, so the group is caught up. Only
	// reading can tell, so a partition that nobody looked at is Normal.
	Phantom
)

// String returns the state in a word or two.
func (s State) String() string {
	switch s {
	case Normal:
		return "ok"
	case Lost:
		return "records lost"
	case Uncommitted:
		return "no commit"
	case Ahead:
		return "past the end"
	case Gone:
		return "topic gone"
	case Leaderless:
		return "no leader"
	case Unauthorized:
		return "not allowed"
	case Phantom:
		return "phantom"
	case Unread:
	}
	return "not read"
}

// Log is what the cluster told about one partition's log. Offsets are Unknown
// where it did not tell.
type Log struct {
	// State is Normal when the log can be asked, else Gone, Leaderless,
	// Unauthorized or Unread.
	State  State
	Start  int64 // log start offset
	End    int64 // log end offset: the high watermark
	Stable int64 // last stable offset (KIP-98): End unless a transaction is open
}

// Partition is the lag of a group on one partition.
type Partition struct {
	State State
	// Records is the lag: log end offset minus committed offset, or Unknown; of a
	// share group, less what is done out of order.
	Records int64
	// Committed is the committed offset, or Unknown; for a share group, the start
	// offset of the share-partition (KIP-932).
	Committed int64
	Log       Log
}

// Of joins a committed offset, or Unknown when there is none, with the log.
func Of(committed int64, log Log) Partition {
	p := Partition{Records: Unknown, Committed: committed, Log: log}
	switch {
	case log.State != Normal:
		p.State = log.State
	case committed < 0:
		p.State = Uncommitted
	case log.End < 0:
		p.State = Unread
	case committed > log.End:
		p.State = Ahead
	default:
		p.Records = log.End - committed
		if committed < log.Start {
			p.State = Lost
		}
	}
	return p
}

// OfShare is Of for a share-partition, with its start offset in the place of a
// committed one. reported is the lag as the broker counts it, or Unknown from
// brokers before KIP-1226: records after the start offset may be done already,
// since members acknowledge them in any order, and only the broker knows those.
// Without it the lag is what it can be at most.
func OfShare(start, reported int64, log Log) Partition {
	p := Of(start, log)
	if p.Records >= 0 && reported >= 0 {
		p.Records = min(p.Records, reported)
	}
	return p
}

// Read returns the partition as it is when there is no record from the commit to
// the log end: a lag that is left is Phantom.
func (p Partition) Read() Partition {
	if p.Records > 0 && p.State == Normal {
		p.State = Phantom
	}
	return p
}

// Left is how many records are left to read: the lag, which is none in a Phantom; or
// Unknown.
func (p Partition) Left() int64 {
	if p.State == Phantom {
		return 0
	}
	return p.Records
}

// Done is how many offsets after the start offset of a share-partition count as
// read already; 0 where commits are in order.
func (p Partition) Done() int64 {
	if p.Records < 0 {
		return 0
	}
	return p.Log.End - p.Committed - p.Records
}

// Deleted is how many offsets were deleted before the group read them; 0 unless
// the state is Lost.
func (p Partition) Deleted() int64 {
	if p.State != Lost {
		return 0
	}
	return min(p.Log.Start, p.Log.End) - p.Committed
}

// Unstable is how many offsets at the end of the log belong to transactions that
// are still open, or stand behind one that is: consumers with
// isolation.level=read_committed cannot read them yet.
func (p Partition) Unstable() int64 {
	if p.Log.Stable < 0 || p.Log.End < p.Log.Stable {
		return 0
	}
	return p.Log.End - p.Log.Stable
}

// Explain says in a sentence what is not as it should be and what follows from
// it; empty when there is nothing to say.
func (p Partition) Explain() string {
	switch p.State {
	case Normal:
		if done := p.Done(); done > 0 {
			return fmt.Sprintf("%d records after the start offset are acknowledged already", done)
		}
		return p.explainUnstable()
	case Lost:
		return fmt.Sprintf("%d of the lag cannot be read any more: the log starts at %d and the group stands at %d; it goes on where its auto.offset.reset says", p.Deleted(), p.Log.Start, p.Committed)
	case Uncommitted:
		return "the group has committed nothing here; it starts where its auto.offset.reset says"
	case Ahead:
		return fmt.Sprintf("the group stands at %d but the log ends at %d: the topic was probably deleted and made anew; reset the group's offsets", p.Committed, p.Log.End)
	case Gone:
		return "the commit is left over: the topic or partition does not exist any more"
	case Leaderless:
		return "no broker leads the partition, so its log end offset is unknown; see the topic's replicas"
	case Unauthorized:
		return "the log end offset may not be read; needs Describe on the topic"
	case Phantom:
		return fmt.Sprintf("there is nothing left to read: the %d offsets from the commit to the log end hold transaction markers, or records that are compacted away", p.Records)
	case Unread:
	}
	return "the log end offset could not be read this time"
}

func (p Partition) explainUnstable() string {
	n := p.Unstable()
	switch {
	case n == 0:
		return ""
	case p.Committed >= p.Log.Stable:
		return fmt.Sprintf("everything up to the last stable offset %d is read; the %d after it wait for an open transaction", p.Log.Stable, n)
	}
	return fmt.Sprintf("%d of the lag wait for an open transaction: read_committed consumers stop at the last stable offset %d", n, p.Log.Stable)
}

// Sum adds up what is left to read of partitions. The zero value is the sum of none.
type Sum struct {
	Records int64 // of the partitions whose lag is known
	Known   int   // how many partitions those are
	Unknown int   // how many partitions have no number
}

// Add takes one partition in.
func (s *Sum) Add(p Partition) {
	if p.Records < 0 {
		s.Unknown++
		return
	}
	s.Records += p.Left()
	s.Known++
}

// Merge takes another sum in.
func (s *Sum) Merge(other Sum) {
	s.Records += other.Records
	s.Known += other.Known
	s.Unknown += other.Unknown
}

// Total is the lag, or Unknown when not even one partition's lag is known.
func (s Sum) Total() int64 {
	if s.Known == 0 {
		return Unknown
	}
	return s.Records
}

// Partial reports whether partitions are missing from the total.
func (s Sum) Partial() bool { return s.Known > 0 && s.Unknown > 0 }
