// Package reset plans where a consumer group's committed offsets are moved to.
// It is pure: facts of the cluster go in, a plan comes out, and nothing here
// talks to a broker. Its rules are those of Apache Kafka's
// kafka-consumer-groups.sh --reset-offsets.
//
// The way of a reset: a Scope and a Strategy say what is wanted, the caller
// collects Facts, Make turns them into a Plan or refuses, the Plan is shown,
// Check compares it with newer facts just before it is written, a Saved state is
// put on disk, and Judge tells from the replies and from what is read back what
// really happened.
package reset

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// None stands where there is no offset, or none is known.
const None = int64(-1)

// TopicPartition names one partition.
type TopicPartition struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

// String is the name as in "orders/3".
func (tp TopicPartition) String() string {
	return tp.Topic + "/" + strconv.Itoa(int(tp.Partition))
}

// Compare orders partitions by topic and number.
func (tp TopicPartition) Compare(other TopicPartition) int {
	return cmp.Or(cmp.Compare(tp.Topic, other.Topic), cmp.Compare(tp.Partition, other.Partition))
}

// Commit is what a group has committed on a partition.
type Commit struct {
	Offset      int64  `json:"offset"`      // the next offset that the group would read
	LeaderEpoch int32  `json:"leaderEpoch"` // of the last record read; -1 when the committer did not say (KIP-320)
	Metadata    string `json:"metadata"`    // free text of the committer, usually empty
}

// Member is a member of a group, in whatever protocol it speaks.
type Member struct {
	ID         string
	InstanceID string // of a static member (KIP-345); else empty
	ClientID   string
	Host       string
}

// Type is the protocol of a group, as ListGroups v5 spells it (KIP-848).
type Type string

// The types of group that a reset meets.
const (
	Classic  Type = "classic"
	Consumer Type = "consumer" // KIP-848
	Share    Type = "share"    // KIP-932
)

// The states in which the coordinator takes offsets from outside: nobody is in
// the group, or it does not exist and the commit creates it.
const (
	StateEmpty = "Empty"
	StateDead  = "Dead"
)

// Partition is what the cluster said of one partition. An offset that is not
// known is None, and Problem then says why.
type Partition struct {
	TopicPartition
	TopicID    [16]byte // tells a topic from a later one of the same name (KIP-516); zero before Kafka 2.8
	LogStart   int64
	LastStable int64 // below LogEnd while transactions are open (KIP-98)
	LogEnd     int64
	AtTime     int64 // first offset at or after the time of a to-datetime strategy; None when there is none or it was not asked for
	// Problem is why offsets of this partition cannot be moved now, in words: it
	// does not exist, has no leader, may not be described; "" when they can.
	Problem string
}

// Facts is what a plan is made from: one group and the partitions in question,
// at one moment.
type Facts struct {
	Group   string
	Type    Type
	State   string // as the coordinator spells it
	Members []Member
	// Commits is everything that the group has committed, whatever the scope.
	Commits map[TopicPartition]Commit
	// Pending are the partitions on which a transaction holds a commit that is not
	// decided yet (KIP-447): it would overwrite a reset when it ends.
	Pending map[TopicPartition]bool
	// Partitions are those that the scope asks for and those of its topics, by
	// topic and number.
	Partitions []Partition
	// Hidden says that commits on topics that the user may not describe are left
	// out; nil when there are none.
	Hidden error
	At     time.Time
}

// Ready says why no offset of this group can be moved now, or nil.
func (f *Facts) Ready() error {
	switch {
	case f.Type != Classic && f.Type != Consumer:
		return &TypeError{f.Group, f.Type}
	case len(f.Members) > 0, f.State != StateEmpty && f.State != StateDead:
		return &ActiveError{Group: f.Group, State: f.State, Members: f.Members}
	}
	return nil
}

// Partition finds the facts of one partition.
func (f *Facts) Partition(tp TopicPartition) (Partition, bool) {
	i, ok := slices.BinarySearchFunc(f.Partitions, tp, func(p Partition, tp TopicPartition) int {
		return p.Compare(tp)
	})
	if !ok {
		return Partition{}, false
	}
	return f.Partitions[i], true
}

// Lag is how many offsets lie between a commit and the log end; None when
// either is not known.
func (p Partition) Lag(c Commit) int64 {
	if p.LogEnd == None {
		return None
	}
	return max(0, p.LogEnd-max(c.Offset, p.LogStart))
}
