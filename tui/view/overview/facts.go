package overview

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/health"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// fact is one number about the cluster with its name.
type fact struct {
	name, value string
	severity    health.Severity
}

// factLines is how many facts stand below each other.
const factLines = 3

// facts tells the numbers in columns: what there is, what is wrong with it, and
// who reads it.
func facts(s state) [][]fact {
	there := []fact{{"Brokers", brokersFact(s), brokersSeverity(s)}, {"Topics", text.Unknown, health.Good}, {"Partitions", text.Unknown, health.Good}}
	wrong := []fact{{"Offline", text.Unknown, health.Good}, {"Under min ISR", text.Unknown, health.Good}, {"Under-replicated", text.Unknown, health.Good}}
	readers := []fact{{"Controller", controllerFact(s), health.Good}, {"Groups", text.Unknown, health.Good}, {"Total lag", text.Unknown, health.Good}}
	if o := s.partitions; o != nil {
		there[1].value, there[2].value = text.Count(o.Topics), text.Count(o.Partitions)
		wrong[0].value, wrong[0].severity = text.Count(o.Offline), unlessZero(o.Offline, health.Error)
		wrong[1].value, wrong[1].severity = text.Count(o.UnderMinISR), unlessZero(o.UnderMinISR, health.Error)
		wrong[2].value, wrong[2].severity = text.Count(o.UnderReplicated), unlessZero(o.UnderReplicated, health.Warning)
		if o.UnderMinISR == 0 && o.Partial != nil {
			wrong[1].value = text.Unknown
			if kafka.IsAuthorization(o.Partial) {
				wrong[1].value = "not allowed"
			}
		}
	}
	if s.groups != nil {
		readers[1].value, readers[2].value = groupsFact(s.groups), lagFact(s.groups)
	}
	return [][]fact{there, wrong, readers}
}

func unlessZero(n int, s health.Severity) health.Severity {
	if n == 0 {
		return health.Good
	}
	return s
}

func brokersFact(s state) string {
	if s.brokers == nil {
		return text.Unknown
	}
	all := len(s.brokers.Brokers)
	if s.brokersIn(brokers.Silent) > 0 {
		return fmt.Sprintf("%d of %d answer", s.brokersIn(brokers.Up), all)
	}
	return fmt.Sprintf("%d of %d up", s.brokersIn(brokers.Up), all)
}

func (s state) brokersIn(in brokers.State) int {
	n := 0
	for _, b := range s.brokers.Brokers {
		if b.State == in {
			n++
		}
	}
	return n
}

func brokersSeverity(s state) health.Severity {
	if s.brokers == nil || s.brokersIn(brokers.Up) == len(s.brokers.Brokers) {
		return health.Good
	}
	return health.Error
}

// controllerFact names the controller. With KRaft it may be a node of its own
// that is no broker.
func controllerFact(s state) string {
	switch {
	case s.brokers == nil:
		return text.Unknown
	case kafka.IsAuthorization(s.brokers.Controller.Why):
		return "not allowed"
	case s.brokers.Controller.Why != nil:
		return text.Unknown
	case s.brokers.Controller.ID < 0:
		return "none"
	}
	id := s.brokers.Controller.ID
	if slices.ContainsFunc(s.brokers.Brokers, func(b brokers.Broker) bool { return b.ID == id }) {
		return fmt.Sprintf("broker %d", id)
	}
	return fmt.Sprintf("node %d", id)
}

// groupsFact counts the groups by state, most frequent first.
func groupsFact(groups []groups.Group) string {
	counts := make(map[string]int)
	for _, g := range groups {
		counts[strings.ToLower(cmp.Or(text.Clean(g.State), "unknown"))]++
	}
	states := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	if len(states) == 0 {
		return "none"
	}
	parts := make([]string, len(states))
	for i, state := range states {
		parts[i] = text.Count(counts[state]) + " " + state
	}
	return strings.Join(parts, ", ")
}

// lagFact is the lag of all groups, with a plus where some could not be read.
func lagFact(all []groups.Group) string {
	line := text.Count(sumLag(all))
	if slices.ContainsFunc(all, func(g groups.Group) bool { return g.Err != nil }) {
		line += "+"
	}
	return line
}

// drawFacts draws the columns side by side; the last one takes what is left of
// the width.
func drawFacts(th *theme.Theme, columns [][]fact, w int) string {
	lines := make([]strings.Builder, factLines)
	for i, column := range columns {
		name, value := 0, 0
		for _, f := range column {
			name, value = max(name, text.Width(f.name)), max(value, text.Width(f.value))
		}
		for y, f := range column {
			if i == 0 {
				lines[y].WriteString("  ")
			} else {
				lines[y].WriteString(strings.Repeat(" ", factGap(w)))
			}
			lines[y].WriteString(th.Dim.Render(text.Fit(f.name, name, false)) + "  ")
			shown := f.value
			if i < len(columns)-1 {
				shown = text.Fit(shown, value, false)
			}
			lines[y].WriteString(severityStyle(th, f.severity, th.Strong).Render(shown))
		}
	}
	out := make([]string, factLines)
	for y := range lines {
		out[y] = text.Cut(lines[y].String(), w)
	}
	return strings.Join(out, "\n")
}

// factGap parts the columns of facts, more where there is room.
func factGap(w int) int { return max(2, min(10, (w-70)/5)) }

// severityStyle colours by severity; plain is for what is well.
func severityStyle(th *theme.Theme, s health.Severity, plain lipgloss.Style) lipgloss.Style {
	switch s {
	case health.Error:
		return th.Bad
	case health.Warning:
		return th.Warn
	case health.Good:
	}
	return plain
}
