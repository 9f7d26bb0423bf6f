package reset

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Scope says which partitions a reset is about. The zero value is none.
type Scope struct {
	// Committed takes in every partition that the group has committed on.
	Committed bool
	// Topics holds partition numbers by topic; an empty list is all partitions
	// of the topic.
	Topics map[string][]int32
}

// Of is the scope of exactly these partitions.
func Of(partitions []TopicPartition) Scope {
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
		numbers, err := parsePartitions(list)
		if err != nil {
			return Scope{}, fmt.Errorf("%q: %w", arg, err)
		}
		numbers = append(numbers, before...)
		slices.Sort(numbers)
		s.Topics[topic] = slices.Compact(numbers)
	}
	return s, nil
}

func parsePartitions(list string) ([]int32, error) {
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
	var wanted []TopicPartition
	if s.Committed {
		wanted = slices.AppendSeq(make([]TopicPartition, 0, len(f.Commits)), maps.Keys(f.Commits))
	}
	for topic, numbers := range s.Topics {
		for _, n := range numbers {
			wanted = append(wanted, TopicPartition{topic, n})
		}
		if len(numbers) == 0 {
			wanted = append(wanted, f.partitionsOf(topic)...)
		}
	}
	slices.SortFunc(wanted, TopicPartition.Compare)
	wanted = slices.Compact(wanted)
	partitions := make([]Partition, len(wanted))
	for i, tp := range wanted {
		p, ok := f.Partition(tp)
		if !ok {
			p = Partition{TopicPartition: tp, Problem: "it does not exist"}
		}
		partitions[i] = p
	}
	return partitions
}

// partitionsOf returns the partitions of a topic. Partition 0 stands for a topic
// without any, so that one that does not exist is refused by name.
func (f *Facts) partitionsOf(topic string) []TopicPartition {
	i, _ := slices.BinarySearchFunc(f.Partitions, TopicPartition{topic, 0}, func(p Partition, tp TopicPartition) int {
		return p.Compare(tp)
	})
	var found []TopicPartition
	for ; i < len(f.Partitions) && f.Partitions[i].Topic == topic; i++ {
		found = append(found, f.Partitions[i].TopicPartition)
	}
	if len(found) == 0 {
		return []TopicPartition{{topic, 0}}
	}
	return found
}
