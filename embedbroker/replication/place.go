package replication

import "slices"

// Ring is the order in which the brokers of a cluster take turns when replicas
// are placed: rack by rack, so that neighbours are in different racks where that
// can be. racks holds the rack of each broker, "" for none.
func Ring(racks []string) []int32 {
	var names []string
	members := make(map[string][]int32)
	for id, rack := range racks {
		if members[rack] == nil {
			names = append(names, rack)
		}
		members[rack] = append(members[rack], int32(id))
	}
	slices.Sort(names)
	ring := make([]int32, 0, len(racks))
	for round := 0; len(ring) < len(racks); round++ {
		for _, name := range names {
			if round < len(members[name]) {
				ring = append(ring, members[name][round])
			}
		}
	}
	return ring
}

// Place chooses the replicas of a partition, the leader first: from the broker
// at start in the ring, one of each rack as long as there are racks without one,
// then of racks again, in the order of the ring. As Kafka does, it spreads
// leaders round robin and a partition over as many racks as it can.
func Place(ring []int32, racks []string, start, replicas int) []int32 {
	placed := make([]int32, 0, replicas)
	used := make(map[string]int)
	for round := 1; len(placed) < min(replicas, len(ring)); round++ {
		for i := range ring {
			id := ring[(start+i)%len(ring)]
			if len(placed) == replicas {
				break
			}
			if used[racks[id]] < round && !contains(placed, id) {
				placed = append(placed, id)
				used[racks[id]]++
			}
		}
	}
	return placed
}
