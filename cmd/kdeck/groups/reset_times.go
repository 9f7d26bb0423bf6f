package groups

import (
	"context"
	"fmt"
	"time"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/kafka/words"
)

const (
	// timedRows and timedWithin bound the look at the records of a plan, which is
	// only for its timestamps: 500 batches are some 8 MB.
	timedRows   = 500
	timedWithin = 10 * time.Second
)

// recordTimes are the timestamps at offsets of partitions.
type recordTimes map[model.TopicPartition]map[int64]*time.Time

// timesReader is groups.Client.RecordTimes.
type timesReader func(context.Context, map[model.TopicPartition]int64) (map[model.TopicPartition]time.Time, error)

// readTimes reads when the records at the new offsets were written, where there are
// any, of timedRows at most. note says how many are missing and why; it is empty when
// none is.
func readTimes(ctx context.Context, read timesReader, plans []reset.Plan) (times recordTimes, note string) {
	ctx, cancel := context.WithTimeout(ctx, timedWithin)
	defer cancel()
	times = make(recordTimes)
	looked, rows, untimed := 0, 0, 0
	var why error
	for _, plan := range plans { // groups may go to different offsets of one partition
		offsets := make(map[model.TopicPartition]int64)
		for _, r := range plan.Rows {
			if r.AtEnd() || r.Deletes() {
				continue
			}
			if _, known := times[r.TopicPartition][r.New]; !known && looked < timedRows {
				offsets[r.TopicPartition] = r.New
				looked++
			}
		}
		found, err := read(ctx, offsets)
		for tp, at := range found {
			if times[tp] == nil {
				times[tp] = make(map[int64]*time.Time)
			}
			times[tp][offsets[tp]] = &at
		}
		if why == nil {
			why = err
		}
		for _, r := range plan.Rows {
			rows++
			if times[r.TopicPartition][r.New] == nil && !r.AtEnd() && !r.Deletes() {
				untimed++
			}
		}
	}
	switch {
	case untimed == 0:
		return times, ""
	case why != nil:
		note = why.Error()
	case looked == timedRows:
		note = fmt.Sprintf("no more than %d records are read for them", timedRows)
	default:
		note = "there is no record that can be read"
	}
	return times, fmt.Sprintf("timestamps are missing from %d of %s: %s", untimed, words.Plural(rows, "row"), note)
}
