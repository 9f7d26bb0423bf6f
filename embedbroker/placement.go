package embedbroker

// placement says where the partitions of one topic are, for a cluster of
// brokers 0 to n-1. The leader of partition p is broker First+p mod n, and its
// replicas are the leader and the brokers after it, so that the first replica
// is always the preferred leader.
//
// As Kafka's own assignment this deals the partitions of a topic round robin,
// from a broker that is chosen when the topic is created.
type placement struct {
	First      int // leader of partition 0
	Partitions int
	Replicas   int // replication factor
}

// leader returns the broker that leads partition p.
func (t placement) leader(p, brokers int) int32 {
	return int32((t.First + p) % brokers)
}

// holds reports whether broker has a replica of partition p.
func (t placement) holds(broker int32, p, brokers int) bool {
	behind := (int(broker) - t.First - p) % brokers
	if behind < 0 {
		behind += brokers
	}
	return behind < t.Replicas
}

// addTo adds the partitions from, from+1, ... of t to the leaders per broker.
func (t placement) addTo(leaders []int, from int) {
	for p := from; p < t.Partitions; p++ {
		leaders[t.leader(p, len(leaders))]++
	}
}

// removeFrom undoes addTo for all partitions.
func (t placement) removeFrom(leaders []int) {
	for p := range t.Partitions {
		leaders[t.leader(p, len(leaders))]--
	}
}

// chooseFirst picks the leader of partition 0 of a new topic so that the
// leaders of all topics together stay as even as they can: the partitions that
// are left over after whole rounds go where the fewest are led now.
func chooseFirst(leaders []int, partitions int) int {
	over := partitions % len(leaders)
	best, bestSpread := 0, -1
	after := make([]int, len(leaders))
	for first := range leaders {
		copy(after, leaders)
		placement{First: first, Partitions: over}.addTo(after, 0)
		spread := sumOfSquares(after)
		if bestSpread < 0 || spread < bestSpread {
			best, bestSpread = first, spread
		}
	}
	return best
}

// sumOfSquares is least, among loads of the same sum, when they are even.
func sumOfSquares(loads []int) int {
	sum := 0
	for _, l := range loads {
		sum += l * l
	}
	return sum
}
