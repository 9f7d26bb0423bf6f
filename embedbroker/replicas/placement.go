package replicas

import (
	"maps"
	"slices"

	"github.com/kdeck/kdeck/embedbroker/replication"
)

// Placement says where the partitions of one topic are. The replicas of
// partition p are chosen from the broker First+p in the ring of brokers, so that
// leaders are dealt round robin, as Kafka's own assignment does.
type Placement struct {
	ID         [16]byte // of the topic
	First      int      // place in the ring of the leader of partition 0
	Partitions int
	Replicas   int // replication factor
	// Given are the replicas of partitions that a client chose, or that were
	// chosen while brokers were away. It is replaced when it changes.
	Given map[int32][]int32
	// Target is where a reassignment that has not ended moves a partition.
	Target map[int32][]int32
}

// layout places partitions on the brokers of a cluster.
type layout struct {
	racks []string
	ring  []int32
}

func newLayout(racks []string) layout {
	return layout{racks: racks, ring: replication.Ring(racks)}
}

// plain reports whether there are no racks: then the replicas of a partition are
// its leader and the brokers behind it.
func (l layout) plain() bool {
	return !slices.ContainsFunc(l.racks, func(rack string) bool { return rack != "" })
}

// replicas are the replicas of a partition, the preferred leader first.
func (l layout) replicas(p Placement, partition int32) []int32 {
	if given := p.Given[partition]; given != nil {
		return given
	}
	return replication.Place(l.ring, l.racks, p.First+int(partition), p.Replicas)
}

// leader is the preferred leader of a partition.
func (l layout) leader(p Placement, partition int32) int32 {
	if given := p.Given[partition]; given != nil {
		return given[0]
	}
	return l.ring[(p.First+int(partition))%len(l.ring)]
}

// count adds the preferred leaders of the partitions from, from+1, ... of p to
// leaders, which counts them by broker; by is 1, or -1 to take them away.
func (l layout) count(leaders []int, p Placement, from, by int) {
	for i := from; i < p.Partitions; i++ {
		leaders[l.leader(p, int32(i))] += by
	}
}

// chooseFirst picks the leader of partition 0 of a new topic so that the leaders
// of all topics together stay as even as they can: the partitions that are left
// over after whole rounds go where the fewest are led now.
func (l layout) chooseFirst(leaders []int, partitions int) int {
	over := partitions % len(leaders)
	best, bestSpread := 0, -1
	after := make([]int, len(leaders))
	for first := range leaders {
		copy(after, leaders)
		l.count(after, Placement{First: first, Partitions: over}, 0, 1)
		spread := sumOfSquares(after)
		if bestSpread < 0 || spread < bestSpread {
			best, bestSpread = first, spread
		}
	}
	return best
}

// among places a partition while some brokers are away: on those that are there,
// then on the others, as Kafka does with fenced brokers.
func (l layout) among(p Placement, partition int32, live func(int32) bool) []int32 {
	all := replication.Place(l.ring, l.racks, p.First+int(partition), len(l.ring))
	slices.SortStableFunc(all, func(a, b int32) int {
		switch {
		case live(a) == live(b):
			return 0
		case live(a):
			return -1
		}
		return 1
	})
	return all[:min(p.Replicas, len(all))]
}

// giveAmong returns p with the partitions from, from+1, ... that nobody has placed
// on the brokers that are there.
func (l layout) giveAmong(p Placement, from int, live func(int32) bool) Placement {
	given := maps.Clone(p.Given)
	for i := from; i < p.Partitions; i++ {
		part := int32(i)
		if given[part] != nil {
			continue
		}
		if ids := l.among(p, part, live); !slices.Equal(ids, l.replicas(p, part)) {
			if given == nil {
				given = make(map[int32][]int32)
			}
			given[part] = ids
		}
	}
	p.Given = given
	return p
}

// give returns p with other replicas of one partition; nil takes them away.
func (p Placement) give(partition int32, replicas []int32) Placement {
	p.Given = with(p.Given, partition, replicas)
	return p
}

// With returns p with what a log remembers of one partition.
func (p Placement) With(partition int32, given, target []int32) Placement {
	p.Given, p.Target = with(p.Given, partition, given), with(p.Target, partition, target)
	return p
}

func with(m map[int32][]int32, partition int32, ids []int32) map[int32][]int32 {
	m = maps.Clone(m)
	if ids == nil {
		delete(m, partition)
		return m
	}
	if m == nil {
		m = make(map[int32][]int32)
	}
	m[partition] = ids
	return m
}

// sumOfSquares is least, among loads of the same sum, when they are even.
func sumOfSquares(loads []int) int {
	sum := 0
	for _, l := range loads {
		sum += l * l
	}
	return sum
}
