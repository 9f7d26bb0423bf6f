package redrive

import (
	"maps"
	"slices"
)

// Range is offsets of one partition: from From on, and before To.
type Range struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Ranges are offsets by partition. Those of one partition are in order and do not
// overlap.
type Ranges map[int32][]Range

// find returns the number of the range that holds an offset.
func (r Ranges) find(partition int32, offset int64) (i int, ok bool) {
	of := r[partition]
	i, found := slices.BinarySearchFunc(of, offset, func(r Range, offset int64) int {
		switch {
		case offset < r.From:
			return 1
		case offset >= r.To:
			return -1
		}
		return 0
	})
	return i, found
}

// after returns what of some ranges is at an offset or after it.
func after(of []Range, offset int64) []Range {
	var rest []Range
	for _, r := range of {
		if r.From = max(r.From, offset); r.From < r.To {
			rest = append(rest, r)
		}
	}
	return rest
}

// without returns the ranges less some offsets of a partition, which are in order.
func (r Ranges) without(partition int32, offsets []int64) Ranges {
	rest := maps.Clone(r)
	delete(rest, partition)
	var left []Range
	for _, one := range r[partition] {
		for len(offsets) > 0 && offsets[0] < one.To {
			if at := offsets[0]; at >= one.From {
				if one.From < at {
					left = append(left, Range{one.From, at})
				}
				one.From = at + 1
			}
			offsets = offsets[1:]
		}
		if one.From < one.To {
			left = append(left, one)
		}
	}
	if len(left) > 0 {
		rest[partition] = left
	}
	return rest
}

// Of are the ranges of single offsets by partition.
func Of(offsets map[int32][]int64) Ranges {
	r := make(Ranges, len(offsets))
	for p, all := range offsets {
		for _, at := range slices.Compact(slices.Sorted(slices.Values(all))) {
			if n := len(r[p]); n > 0 && r[p][n-1].To == at {
				r[p][n-1].To++
			} else {
				r[p] = append(r[p], Range{at, at + 1})
			}
		}
	}
	return r
}

// Partitions returns the partitions in order.
func (r Ranges) Partitions() []int32 { return slices.Sorted(maps.Keys(r)) }

// farApart is how many offsets may lie between two ranges that are read in one go:
// to begin anew takes several requests.
const farApart = 20_000

// rounds cuts the ranges into what is read one after the other, at most one span
// of each partition at a time.
func (r Ranges) rounds() []map[int32]Range {
	var rounds []map[int32]Range
	for p, of := range r {
		n := -1
		for i, one := range of {
			if i > 0 && one.From-of[i-1].To <= farApart {
				rounds[n][p] = Range{rounds[n][p].From, one.To}
				continue
			}
			if n++; n == len(rounds) {
				rounds = append(rounds, make(map[int32]Range))
			}
			rounds[n][p] = one
		}
	}
	return rounds
}
