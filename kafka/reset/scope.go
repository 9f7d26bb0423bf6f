package reset

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kdeck/kdeck/kafka/model"
)

// Scope says which partitions a reset is about. The zero value is none.
type Scope struct {
	// Committed takes in every partition that the group has committed on, and with
	// a FromGroup strategy every one that the other group has.
	Committed bool
	// Topics holds partition numbers by topic; an empty list is all partitions
	// of the topic.
	Topics map[string][]int32
}

// Of is the scope of exactly these partitions.
func Of(partitions []model.TopicPartition) Scope {
	s := Scope{Topics: make(map[string][]int32)}
	for _, tp := range partitions {
		s.Topics[tp.Topic] = append(s.Topics[tp.Topic], tp.Partition)
	}
	return s
}

// TopicNames returns the topics that are named in the scope, in order.
func (s Scope) TopicNames() []string { return slices.Sorted(maps.Keys(s.Topics)) }

// maxPartition bounds what a range like 0-99999999 may expand to; no topic has
// as many partitions.
const maxPartition = 200_000

// ParseScope reads topics as the Kafka tool's --topic takes them: "orders" is
// all its partitions, "orders:0,3-5" some of them.
func ParseScope(args []string) (Scope, error) {
	s := Scope{Topics: make(map[string][]int32)}
	for _, arg := range args {
		topic, list, some := strings.Cut(arg, ":")
		if topic == "" {
			return Scope{}, fmt.Errorf("%q names no topic; it is TOPIC or TOPIC:0,3-5", arg)
		}
		before, named := s.Topics[topic]
		if !some || (named && len(before) == 0) { // all partitions, now or by an earlier word
			s.Topics[topic] = nil
			continue
		}
		numbers, err := ParsePartitions(list)
		if err != nil {
			return Scope{}, fmt.Errorf("%q: %w", arg, err)
		}
		numbers = append(numbers, before...)
		slices.Sort(numbers)
		s.Topics[topic] = slices.Compact(numbers)
	}
	return s, nil
}

// ParsePartitions reads partitions as in "0,3-5", in the order in which they are
// named.
func ParsePartitions(list string) ([]int32, error) {
	var numbers []int32
	for word := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(word, "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.ParseInt(from, 10, 32)
		last, err2 := strconv.ParseInt(to, 10, 32)
		if err1 != nil || err2 != nil || first < 0 || first > last || last > maxPartition {
			return nil, fmt.Errorf("%q is neither a partition nor a range like 3-5", word)
		}
		for p := first; p <= last; p++ {
			numbers = append(numbers, int32(p))
		}
	}
	return numbers, nil
}

// resolve returns the partitions of the scope, in order, with what is known of
// each; a partition that does not exist has a Problem.
func (s Scope) resolve(f *Facts) []Partition {
	partitions := make([]Partition, 0, len(f.Partitions))
	committed := 0
	for _, p := range f.Partitions {
		_, ok := f.Commits[p.TopicPartition]
		if ok {
			committed++
		} else if _, ok = f.Source[p.TopicPartition]; !ok {
			ok = f.Unstarted[p.TopicPartition]
		}
		if s.Committed && ok || s.names(p.TopicPartition) {
			partitions = append(partitions, p)
		}
	}
	described := len(partitions)
	unknown := func(tp model.TopicPartition) {
		if _, ok := f.Partition(tp); !ok {
			partitions = append(partitions, Partition{TopicPartition: tp, Problem: "it does not exist", Gone: true})
		}
	}
	if s.Committed && committed < len(f.Commits) {
		for tp := range f.Commits {
			unknown(tp)
		}
	}
	for topic, numbers := range s.Topics {
		for _, n := range numbers {
			unknown(model.TopicPartition{Topic: topic, Partition: n})
		}
		if len(numbers) == 0 && !f.describes(topic) {
			unknown(model.TopicPartition{Topic: topic, Partition: 0}) // so that the topic is refused by name
		}
	}
	if len(partitions) > described {
		slices.SortFunc(partitions, func(a, b Partition) int { return a.Compare(b.TopicPartition) })
		partitions = slices.CompactFunc(partitions, func(a, b Partition) bool { return a.TopicPartition == b.TopicPartition })
	}
	return partitions
}

// names reports whether the scope holds a partition by the name of its topic.
func (s Scope) names(tp model.TopicPartition) bool {
	numbers, ok := s.Topics[tp.Topic]
	return ok && (len(numbers) == 0 || slices.Contains(numbers, tp.Partition))
}

// describes reports whether the facts have any partition of a topic.
func (f *Facts) describes(topic string) bool {
	return slices.ContainsFunc(f.Partitions, func(p Partition) bool { return p.Topic == topic })
}
