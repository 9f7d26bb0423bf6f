package records

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
)

// choose returns the partitions that a query is about, in order.
func choose(q Query, partitions int) ([]int32, error) {
	if len(q.Partitions) == 0 {
		all := make([]int32, partitions)
		for p := range all {
			all[p] = int32(p)
		}
		return all, nil
	}
	chosen := slices.Compact(slices.Sorted(slices.Values(q.Partitions)))
	for _, p := range chosen {
		if p < 0 || int(p) >= partitions {
			return nil, fmt.Errorf("read topic %s: there is no partition %d; it has %s", q.Topic, p, partitionRange(partitions))
		}
	}
	return chosen, nil
}

func partitionRange(n int) string {
	if n == 1 {
		return "partition 0 alone"
	}
	return fmt.Sprintf("partitions 0 to %d", n-1)
}

// wants reports whether a query is about a partition.
func wants(q Query, partition int32) bool {
	return len(q.Partitions) == 0 || slices.Contains(q.Partitions, partition)
}

// resolved is where reading begins.
type resolved struct {
	starts map[int32]int64
	count  int64  // of LastN: how many records there are from the starts on
	note   string // what had to be changed, or empty
}

// resolve finds the offset to begin at in each chosen partition whose log is
// known.
func resolve(ctx context.Context, client *kafka.Conn, q Query, log kafka.TopicLog, chosen []int32) (resolved, error) {
	known := slices.DeleteFunc(slices.Clone(chosen), func(p int32) bool { return log.Starts[p] < 0 || log.Ends[p] < 0 })
	starts := make(map[int32]int64, len(known))
	count := int64(0)
	switch q.From.Kind {
	case AtTime:
		offsets, err := client.OffsetsAfter(ctx, q.Topic, len(log.Ends), q.From.Time)
		for _, p := range known {
			if err != nil && offsets[p] < 0 {
				return resolved{}, err
			}
			starts[p] = log.Ends[p] // no record is as young
			if offsets[p] >= 0 {
				starts[p] = max(offsets[p], log.Starts[p])
			}
		}
	case LastN, LastEach:
		var err error
		if starts, count, err = lastN(ctx, client, q, log, known); err != nil {
			return resolved{}, err
		}
	case Committed:
		return committed(ctx, client, q, log, known)
	default:
		for _, p := range known {
			starts[p] = place(q.From, log.Starts[p], log.Ends[p])
		}
	}
	var moved []string
	for _, p := range known {
		want, resumed := q.Resume[p]
		if q.From.Kind == AtOffset && !resumed {
			want = q.From.N
		} else if !resumed {
			continue
		}
		starts[p] = min(max(want, log.Starts[p]), log.Ends[p])
		if starts[p] != want {
			moved = append(moved, fmt.Sprintf("partition %d holds %d to %d: from %d", p, log.Starts[p], log.Ends[p], starts[p]))
		}
	}
	return resolved{starts, count, movedNote(moved)}, nil
}

// committed begins where a group would go on. On partitions where it has committed
// nothing, what it would do depends on its auto.offset.reset; they are read from
// their start, so that nothing is missed.
func committed(ctx context.Context, client *kafka.Conn, q Query, log kafka.TopicLog, known []int32) (resolved, error) {
	commits, err := groups.New(client).Offsets(ctx, q.From.Group, q.Topic)
	if err != nil {
		return resolved{}, err
	}
	starts, none := make(map[int32]int64, len(known)), 0
	var moved []string
	for _, p := range known {
		at, ok := commits[p]
		if !ok {
			at = log.Starts[p]
			none++
		}
		starts[p] = min(max(at, log.Starts[p]), log.Ends[p])
		if starts[p] != at {
			moved = append(moved, fmt.Sprintf("partition %d holds %d to %d: from %d", p, log.Starts[p], log.Ends[p], starts[p]))
		}
	}
	note := movedNote(moved)
	switch {
	case none == len(known):
		return resolved{}, fmt.Errorf("read topic %s from where group %s stands: it has committed nothing there", q.Topic, q.From.Group)
	case none > 0 && note == "":
		note = fmt.Sprintf("%s has committed nothing on %d of %d partitions; they are read from their start", q.From.Group, none, len(known))
	}
	return resolved{starts: starts, note: note}, nil
}

// until finds the offset in each partition before which a query stops.
func until(ctx context.Context, client *kafka.Conn, q Query, log kafka.TopicLog, starts map[int32]int64) (map[int32]int64, error) {
	var offsets []int64
	if q.Until.Kind == AtTime {
		var err error
		if offsets, err = client.OffsetsAfter(ctx, q.Topic, len(log.Ends), q.Until.Time); err != nil {
			return nil, err
		}
	}
	stops := make(map[int32]int64, len(starts))
	for p := range starts {
		stops[p] = log.Ends[p]
		fixed, ok := q.Stops[p]
		switch {
		case ok:
			stops[p] = min(fixed, stops[p])
		case q.Until.Kind == AtOffset:
			stops[p] = min(q.Until.N, stops[p])
		case offsets != nil && offsets[p] >= 0:
			stops[p] = min(offsets[p], stops[p])
		}
	}
	return stops, nil
}

// place is the offset of a start that needs no question; AtOffset is kept within
// the log.
func place(from Start, start, end int64) int64 {
	switch from.Kind {
	case Earliest, Committed:
		return start
	case AtOffset:
		return min(max(from.N, start), end)
	}
	return end
}

// movedNote tells about offsets that were out of range.
func movedNote(moved []string) string {
	const shown = 3
	if len(moved) == 0 {
		return ""
	}
	more := ""
	if len(moved) > shown {
		more = fmt.Sprintf("; and %d partitions more", len(moved)-shown)
		moved = moved[:shown]
	}
	return "offset out of range: " + strings.Join(moved, "; ") + more
}

// explainTopic adds the nearest names to the error of a topic that does not
// exist.
func explainTopic(ctx context.Context, client *kafka.Conn, topic string, err error) error {
	if !errors.Is(err, kerr.UnknownTopicOrPartition) {
		return err
	}
	names, listErr := client.TopicNames(ctx)
	switch near := kafka.Nearest(topic, names); {
	case listErr != nil:
		return err
	case len(names) == 0:
		return fmt.Errorf("read topic %s: it does not exist; the cluster has no topics that you may see", topic)
	case len(near) == 0:
		return fmt.Errorf("read topic %s: it does not exist", topic)
	default:
		return fmt.Errorf("read topic %s: it does not exist; did you mean %s?", topic, strings.Join(near, ", "))
	}
}
