package check

import (
	"fmt"
	"slices"
	"sync"
)

// Outcome is what a client was told of what it asked for.
type Outcome int8

// Outcomes. Unknown is that of a client that got no answer, or an error that does not
// say that nothing happened.
const (
	Unknown Outcome = iota
	Done
	Undone // refused or aborted: it must not show
)

func (o Outcome) String() string { return [...]string{"unknown", "done", "undone"}[o] }

// Place is where a record is.
type Place struct {
	Topic     string
	Partition int32
	Offset    int64
}

func (p Place) String() string { return fmt.Sprintf("%s-%d@%d", p.Topic, p.Partition, p.Offset) }

// Write is a record of an idempotent producer.
type Write struct {
	Producer string
	Number   int // counts up in the order of producing
	Outcome  Outcome
	At       Place // when done
}

// Txn is a transaction: its records, and the offset that it commits.
type Txn struct {
	ID      string // of the transactional producer
	Number  int    // counts up; also the offset that it commits
	Records int
	Outcome Outcome
}

// Commit is a committed offset of a group, with the ID of its transactions or by
// itself.
type Commit struct {
	Group   string
	Offset  int64
	Outcome Outcome
}

// Topic is a creation or a deletion of a topic.
type Topic struct {
	Name       string
	Partitions int
	Delete     bool
	Outcome    Outcome
}

// History is what clients were told, in the order of the answers. Its methods may be
// called from any goroutine.
type History struct {
	mu      sync.Mutex
	Writes  []Write
	Txns    []Txn
	Commits []Commit
	Topics  []Topic
	Reads   map[Place]string // values read while the cluster was being broken
	Moved   []string         // what was read twice with different values
}

func (h *History) write(w Write) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Writes = append(h.Writes, w)
}

func (h *History) txn(t Txn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Txns = append(h.Txns, t)
}

func (h *History) commit(c Commit) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Commits = append(h.Commits, c)
}

func (h *History) topic(t Topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Topics = append(h.Topics, t)
}

func (h *History) read(at Place, value string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Reads == nil {
		h.Reads = make(map[Place]string)
	}
	if old, ok := h.Reads[at]; ok && old != value {
		h.Moved = append(h.Moved, fmt.Sprintf("%v was %q and is %q", at, old, value))
	}
	h.Reads[at] = value
}

// Counts tells how much was done, and how much has an unknown outcome.
func (h *History) Counts() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	count := func(n int, outcome func(i int) Outcome) string {
		done := 0
		for i := range n {
			if outcome(i) == Done {
				done++
			}
		}
		return fmt.Sprintf("%d of %d", done, n)
	}
	return fmt.Sprintf("acknowledged: %s records, %s transactions, %s commits, %s changes of topics; %d records read meanwhile",
		count(len(h.Writes), func(i int) Outcome { return h.Writes[i].Outcome }),
		count(len(h.Txns), func(i int) Outcome { return h.Txns[i].Outcome }),
		count(len(h.Commits), func(i int) Outcome { return h.Commits[i].Outcome }),
		count(len(h.Topics), func(i int) Outcome { return h.Topics[i].Outcome }),
		len(h.Reads))
}

// Final is what a cluster holds in the end.
type Final struct {
	All       map[string][]Record // by topic-partition, in the order of offsets
	Committed map[string][]Record // what read_committed shows
	Offsets   map[string]int64    // by group
	Topics    map[string]int      // partitions by topic
}

// Record is a value at an offset.
type Record struct {
	Offset int64
	Value  string
}

func partitionName(topic string, partition int32) string {
	return fmt.Sprintf("%s-%d", topic, partition)
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
