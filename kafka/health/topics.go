package health

import (
	"slices"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/words"
)

// named is how many topics of a rule are named one by one.
const named = 3

// rules are those of a state of partitions: for one topic, and for others.
func rules(state model.PartitionState) (one, others Rule, severity Severity) {
	switch state {
	case model.Offline:
		return Offline, OfflineOthers, Error
	case model.UnderMinISR:
		return UnderMinISR, UnderMinISROthers, Error
	}
	return UnderReplicated, UnderReplicatedOthers, Warning
}

// topics finds those that have partitions in a state, and none worse. When several are
// under-replicated that is one finding, since it mostly has one cause.
func topics(f Facts, state model.PartitionState) []Finding {
	if f.Partitions == nil {
		return nil
	}
	one, _, severity := rules(state)
	var in []TopicFacts
	for _, t := range f.Partitions.Troubled {
		if t.State() == state {
			in = append(in, t)
		}
	}
	if state == model.UnderReplicated && len(in) > 1 {
		return []Finding{f.others(state, in, f.Partitions.All.UnderReplicated, f.Partitions.AllTroubled, words.Count(f.Partitions.AllTroubled)+" topics")}
	}
	var all []Finding
	rest := f.Partitions.All.Count(state)
	for i, t := range in {
		if i == named && len(in) > named+1 {
			return append(all, f.others(state, in[i:], rest, len(in)-i, "other topics"))
		}
		n := t.Count(state)
		rest -= n
		because, ids := f.cause(t.Missing)
		all = append(all, found(one, severity, Subject{Topic, t.Name}, Evidence{Partitions: n, Topics: 1, Brokers: ids},
			words.Plural(n, "partition")+" of "+t.Name+" "+predicate(state, n)+because))
	}
	return all
}

// others is one finding about many topics.
func (f Facts) others(state model.PartitionState, in []TopicFacts, partitions, topics int, called string) Finding {
	var missing []int32
	for _, t := range in {
		missing = append(missing, t.Missing...)
	}
	slices.Sort(missing)
	because, ids := f.cause(slices.Compact(missing))
	_, rule, severity := rules(state)
	return found(rule, severity, Subject{Kind: Topics}, Evidence{Partitions: partitions, Topics: topics, Brokers: ids},
		words.Plural(partitions, "partition")+" of "+called+" "+predicate(state, partitions)+because)
}

// predicate says what n partitions in a state are or have.
func predicate(state model.PartitionState, n int) string {
	switch state {
	case model.Offline:
		return verb(n, "has", "have") + " no leader"
	case model.UnderMinISR:
		return verb(n, "is", "are") + " under min ISR and " + verb(n, "refuses", "refuse") + " acks=all"
	}
	return verb(n, "is", "are") + " under-replicated"
}

// cause names the brokers whose replicas are missing: those that are down, else those
// that do not answer, else those that lag.
func (f Facts) cause(missing []int32) (because string, ids []int32) {
	for _, c := range []struct {
		ids       []int32
		one, many string
	}{
		{f.only(missing, Down), "is down", "are down"},
		{f.only(missing, Silent), "does not answer", "do not answer"},
		{missing, "is not in sync", "are not in sync"},
	} {
		if len(c.ids) > 0 {
			names := make([]string, len(c.ids))
			for i, id := range c.ids {
				names[i] = name(id)
			}
			return "; " + verb(len(names), "broker ", "brokers ") + words.And(names...) + " " + verb(len(names), c.one, c.many), c.ids
		}
	}
	return "", nil
}

// only keeps the brokers that are in a state.
func (f Facts) only(ids []int32, in State) []int32 {
	var kept []int32
	for _, id := range ids {
		if f.state(id) == in {
			kept = append(kept, id)
		}
	}
	return kept
}
