package reset

import (
	"fmt"
	"strings"

	"github.com/kdeck/kdeck/kafka/model"
)

// namesInErrors is how many partitions or members one error names: enough to
// act on, short enough to read.
const namesInErrors = 5

// TypeError refuses a group of a type that cannot be reset, or not by the kind of
// strategy.
type TypeError struct {
	Group string
	Type  model.GroupType
	Kind  Kind // "" when no strategy would do
}

func (e *TypeError) Error() string {
	if e.Kind != "" {
		return fmt.Sprintf("reset offsets of %s: it is a share group (KIP-932), which has no commits and can go %s, %s or %s, but not %s", e.Group, ToEarliest, ToLatest, ToDatetime, e.Kind)
	}
	return fmt.Sprintf("reset offsets of %s: kdeck cannot reset a group of type %s, only classic, consumer and share groups", e.Group, e.Type)
}

// ActiveError refuses a group that somebody is in: its members would overwrite
// the offsets, and the coordinator takes none from outside.
type ActiveError struct {
	Group, State string
	Members      []model.Member
}

func (e *ActiveError) Error() string {
	if len(e.Members) == 0 {
		return fmt.Sprintf("reset offsets of %s: the group is %s, not %s; wait until its rebalance is over and its consumers have stopped", e.Group, e.State, model.StateEmpty)
	}
	names := make([]string, len(e.Members))
	for i, m := range e.Members {
		names[i] = fmt.Sprintf("%s (client %s on %s)", m.ID, m.ClientID, m.Host)
	}
	return fmt.Sprintf("reset offsets of %s: the group is active (%s), stop its consumers first; members: %s", e.Group, e.State, some(names))
}

// PartitionsError refuses a plan because of some partitions of its scope.
type PartitionsError struct {
	Group      string
	Why        string // as in "no commit to shift"
	Partitions []model.TopicPartition
}

func (e *PartitionsError) Error() string {
	return fmt.Sprintf("reset offsets of %s: %s: %s", e.Group, e.Why, some(e.Partitions))
}

// MovedError stops a reset because the cluster is no longer what the plan was
// made from.
type MovedError struct {
	Group   string
	Changes []string // one sentence each
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("reset offsets of %s: nothing was written, because things moved since the preview: %s; look at a new preview", e.Group, some(e.Changes))
}

// some joins the first few of many names and counts the rest.
func some[T any](all []T) string {
	var names []string
	for _, name := range all[:min(len(all), namesInErrors)] {
		names = append(names, fmt.Sprint(name))
	}
	if rest := len(all) - len(names); rest > 0 {
		names = append(names, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(names, ", ")
}

// plural is a count with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprint(n, " ", noun, "s")
}
