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
	wanted := make(map[TopicPartition]bool)
	if s.Committed {
		for tp := range f.Commits {
			wanted[tp] = true
		}
	}
	for topic, numbers := range s.Topics {
		for _, n := range numbers {
			wanted[TopicPartition{topic, n}] = true
		}
		if len(numbers) == 0 {
			s.addTopic(topic, f, wanted)
		}
	}
	partitions := make([]Partition, 0, len(wanted))
	for _, tp := range slices.SortedFunc(maps.Keys(wanted), TopicPartition.Compare) {
		p, ok := f.Partition(tp)
		if !ok {
			p = Partition{TopicPartition: tp, Problem: "it does not exist"}
		}
		partitions = append(partitions, p)
	}
	return partitions
}

func (s Scope) addTopic(topic string, f *Facts, wanted map[TopicPartition]bool) {
	i, _ := slices.BinarySearchFunc(f.Partitions, TopicPartition{topic, 0}, func(p Partition, tp TopicPartition) int {
		return p.Compare(tp)
	})
	first := i
	for ; i < len(f.Partitions) && f.Partitions[i].Topic == topic; i++ {
		wanted[f.Partitions[i].TopicPartition] = true
	}
	if i == first { // so that a topic that does not exist is refused by name
		wanted[TopicPartition{topic, 0}] = true
	}
}
