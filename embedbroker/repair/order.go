package repair

import "math"

// Neither the base offset nor the leader epoch of a batch is under its checksum, and
// a consumer that meets a wrong one waits for ever. Both follow from their
// neighbours: offsets only grow, and a batch starts where the one before ends, but
// in a log that was compacted.

// expectation is what the batches of a segment have to fit.
type expectation struct {
	name    int64 // the base offset in the file's name
	end     int64 // where the segment before ends; 0 for the first
	epoch   int32 // leader epoch of the batch before, -1 for none
	last    bool  // no segment follows
	holes   bool  // offsets may be missing: the topic is compacted, or some are
	known   int64 // where the log was noted to end, -1 if it was not
	lostAt  map[int]bool
	hadHole bool // set when a batch starts later than the one before ends
}

// order sets the base offsets and leader epochs that cannot be right, and returns
// which batches it changed.
func order(bs []Batch, x *expectation) []int {
	var changed []int
	want, epoch := max(x.end, x.name), x.epoch
	for i := range bs {
		b := &bs[i]
		base, leader := x.base(bs, i, want), epochOf(bs, i, epoch)
		if base > want && i > 0 && !x.lostAt[i] {
			x.hadHole = true
		}
		if base != b.Base || leader != b.LeaderEpoch {
			b.Base, b.LeaderEpoch = base, leader
			changed = append(changed, i)
		}
		want, epoch = b.End(), leader
	}
	x.end, x.epoch = want, epoch
	return changed
}

// base is the base offset that batch i must have, if the one before ends at want.
func (x *expectation) base(bs []Batch, i int, want int64) int64 {
	b := &bs[i]
	span, before := int64(b.LastDelta)+1, int64(math.MaxInt64)
	if i+1 < len(bs) {
		before = bs[i+1].Base
	}
	fits := b.Base >= want && b.Base <= before-span && b.Base < 1<<62
	switch {
	case i == 0 && !x.lostAt[0]:
		if b.Base != want && want > before-span && fits {
			return b.Base
		}
		return want
	case b.Base == want:
		return want
	case !fits:
		return want
	case i == len(bs)-1 && x.last && !x.holes && !x.hadHole && !x.lostAt[i] && b.End() != x.known:
		return want // nothing explains a hole before the last batch of the log
	}
	return b.Base
}

// epochOf is the leader epoch of batch i, if the one before has epoch.
func epochOf(bs []Batch, i int, epoch int32) int32 {
	e := bs[i].LeaderEpoch
	if e < epoch {
		return epoch
	}
	if i+1 < len(bs) && epoch >= 0 && bs[i+1].LeaderEpoch >= epoch && e > bs[i+1].LeaderEpoch {
		return epoch
	}
	return e
}
