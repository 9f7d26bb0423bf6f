package overview

import (
	"errors"
	"slices"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
)

// groupCost is the processor time that kdeck spends on one group: description,
// commits and lag. It is rounded up from BenchmarkGroups of package kafka.
const groupCost = 150 * time.Microsecond

// merge returns the groups of an answer, and what was known before of those that
// the answer could not tell about: their coordinators did not answer, or they
// were listed but not read. Such groups have an error.
func merge(before []groups.Group, answer kafka.Snapshot[groups.Group]) []groups.Group {
	old := make(map[string]groups.Group, len(before))
	for _, g := range before {
		old[g.Name] = g
	}
	merged := make([]groups.Group, 0, len(answer.Items))
	for _, g := range answer.Items {
		if known, ok := old[g.Name]; ok && g.Err != nil {
			known.Err = g.Err
			g = known
		}
		merged = append(merged, g)
		delete(old, g.Name)
	}
	var unlisted *groups.UnlistedError
	if errors.As(answer.Partial, &unlisted) {
		for _, g := range before {
			if _, missing := old[g.Name]; missing && slices.Contains(unlisted.Brokers, g.Coordinator) {
				g.Err = unlisted
				merged = append(merged, g)
			}
		}
	}
	return merged
}

func sumLag(groups []groups.Group) int64 {
	total := int64(0)
	for _, g := range groups {
		total += max(0, g.Lag.Total())
	}
	return total
}
