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
	"slices"
	"time"

	"github.com/kdeck/kdeck/kafka/model"
)

// Partition is what the cluster said of one partition. An offset that is not
// known is None, and Problem then says why.
type Partition struct {
	model.TopicPartition
	TopicID    [16]byte // tells a topic from a later one of the same name (KIP-516); zero before Kafka 2.8
	LogStart   int64
	LastStable int64 // below LogEnd while transactions are open (KIP-98)
	LogEnd     int64
	AtTime     int64 // first offset at or after the time of a to-datetime strategy; None when there is none or it was not asked for
	// Problem is why offsets of this partition cannot be moved now, in words: it
	// does not exist, has no leader, may not be described; "" when they can.
	Problem string
	Gone    bool // the problem is that it does not exist
}

// Facts is what a plan is made from: one group and the partitions in question,
// at one moment.
type Facts struct {
	Cluster   string // what the user calls it
	ClusterID string // "" when no topic was asked about, and before Kafka 0.10.1
	Group     string
	Type      model.GroupType
	State     string // as the coordinator spells it
	Members   []model.Member
	// Commits is everything that the group has committed, whatever the scope; of a
	// share group, the start offsets of its share-partitions (KIP-932).
	Commits map[model.TopicPartition]model.Commit
	// Unstarted are the share-partitions of the group that have no start offset yet.
	Unstarted map[model.TopicPartition]bool
	// Pending are the partitions on which a transaction holds a commit that is not
	// decided yet (KIP-447): it would overwrite a reset when it ends.
	Pending map[model.TopicPartition]bool
	// Source is what the group of a FromGroup strategy has committed.
	Source map[model.TopicPartition]model.Commit
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
	case f.Type != model.Classic && f.Type != model.Consumer && f.Type != model.Share:
		return &TypeError{Group: f.Group, Type: f.Type}
	case len(f.Members) > 0, f.State != model.StateEmpty && f.State != model.StateDead:
		return &ActiveError{Group: f.Group, State: f.State, Members: f.Members}
	}
	return nil
}

// Partition finds the facts of one partition.
func (f *Facts) Partition(tp model.TopicPartition) (Partition, bool) {
	i, ok := slices.BinarySearchFunc(f.Partitions, tp, func(p Partition, tp model.TopicPartition) int {
		return p.Compare(tp)
	})
	if !ok {
		return Partition{}, false
	}
	return f.Partitions[i], true
}

// Lag is how many offsets lie between a commit and the log end; None when
// either is not known.
func (p Partition) Lag(c model.Commit) int64 {
	if p.LogEnd == model.NoOffset {
		return model.NoOffset
	}
	return max(0, p.LogEnd-max(c.Offset, p.LogStart))
}
