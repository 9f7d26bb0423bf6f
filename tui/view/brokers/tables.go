package brokers

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// newDirs returns the tab of the log directories of a broker.
func newDirs(env page.Env, storage *page.Poll[brokers.Storage], instead func(error) string) *page.TablePage[brokers.Storage, kafka.LogDir] {
	return page.NewTablePage(env, page.TableSpec[brokers.Storage, kafka.LogDir]{
		Title: "Log dirs", What: "log dirs", Scope: keymap.Broker,
		Ready:   storage.Loaded,
		Fresh:   func() (time.Time, error) { return storage.Freshness(noVolumes(storage.Value.Dirs)) },
		Instead: instead, Never: nothingToOpen(),
		Columns: dirColumns(env), Key: func(d kafka.LogDir) string { return d.Path },
		Empty: func() string { return "the broker names no log dirs; needs Describe on Cluster" },
	})
}

// nothingToOpen is the actions that do not apply on the tabs without topics.
func nothingToOpen() map[keymap.Action]string {
	return map[keymap.Action]string{keymap.Open: "nothing to open on this tab"}
}

func dirColumns(env page.Env) []widget.Column[kafka.LogDir] {
	th := env.Theme
	return []widget.Column[kafka.LogDir]{
		{Title: "path", Min: 16, Flex: 2,
			Cell: func(d kafka.LogDir) string { return d.Path },
			Cmp:  func(a, b kafka.LogDir) int { return strings.Compare(a.Path, b.Path) }},
		{Title: "state", Min: 8, Flex: 1,
			Cell: dirState,
			Style: func(d kafka.LogDir) lipgloss.Style {
				if d.Err != nil {
					return th.Bad
				}
				return th.Good
			}},
		{Title: "replicas", Right: true, Descending: true, Drop: 1,
			Cell: func(d kafka.LogDir) string { return text.Count(d.Replicas) },
			Cmp:  func(a, b kafka.LogDir) int { return cmp.Compare(a.Replicas, b.Replicas) }},
		{Title: "size", Min: 10, Right: true, Descending: true,
			Cell: func(d kafka.LogDir) string { return text.Bytes(d.Size) },
			Cmp:  func(a, b kafka.LogDir) int { return cmp.Compare(a.Size, b.Size) }},
		{Title: "usable", Min: 10, Right: true,
			Cell:  func(d kafka.LogDir) string { return text.Bytes(d.Usable) },
			Cmp:   func(a, b kafka.LogDir) int { return cmp.Compare(a.Usable, b.Usable) },
			Style: func(d kafka.LogDir) lipgloss.Style { return usableStyle(env, d) }},
		{Title: "total", Min: 10, Right: true, Descending: true, Drop: 2,
			Cell: func(d kafka.LogDir) string { return text.Bytes(d.Total) },
			Cmp:  func(a, b kafka.LogDir) int { return cmp.Compare(a.Total, b.Total) }},
	}
}

func dirState(d kafka.LogDir) string {
	if d.Err != nil {
		return "offline: " + d.Err.Error()
	}
	return "online"
}

// fullFrom is the share of a volume that must stay usable before its column
// warns.
const fullFrom = 0.1

func usableStyle(env page.Env, d kafka.LogDir) lipgloss.Style {
	if d.Total > 0 && d.Usable >= 0 && float64(d.Usable) < fullFrom*float64(d.Total) {
		return env.Theme.Warn
	}
	return env.Theme.Text
}

// replica is a replica that the broker should hold, with its size there.
type replica struct {
	brokers.Replica
	size int64 // bytes, -1 when not known
}

func (r replica) role() string {
	if r.Leads {
		return "leads"
	}
	return "follows"
}

func (r replica) sync() string {
	if r.InSync {
		return "in sync"
	}
	return "not in sync"
}

// join puts the sizes to the replicas.
func join(replicas []brokers.Replica, storage brokers.Storage) []replica {
	joined := make([]replica, len(replicas))
	for i, r := range replicas {
		joined[i] = replica{r, storage.Size(r.Topic, r.Partition)}
	}
	return joined
}

func compareReplicas(a, b replica) int {
	return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
}

// newReplicas returns the tab of the replicas that a broker should hold.
func newReplicas(env page.Env, d *Detail) *page.TablePage[kafka.Snapshot[brokers.Replica], replica] {
	return page.NewTablePage(env, page.TableSpec[kafka.Snapshot[brokers.Replica], replica]{
		Title: "Partitions", What: "partitions", Scope: keymap.Broker, Row: "partition",
		Ready:   d.replicas.Loaded,
		Fresh:   func() (time.Time, error) { return d.replicas.Freshness(d.storage.Err) },
		Instead: d.instead("partitions"),
		Columns: replicaColumns(env.Theme), Key: func(r replica) string { return fmt.Sprintf("%s/%d", r.Topic, r.Partition) },
		Open: func(r replica) tea.Cmd { return page.Open("topic", r.Topic) },
		Empty: func() string {
			if d.replicas.Value.Hidden != nil {
				return "this broker has no replica of a topic that you may describe\nneeds Describe on Topic"
			}
			return "no replica is assigned to this broker"
		},
	})
}

func replicaColumns(th *theme.Theme) []widget.Column[replica] {
	return []widget.Column[replica]{
		{Title: "topic", Min: 16, Flex: 1,
			Cell: func(r replica) string { return r.Topic }, Cmp: compareReplicas},
		{Title: "partition", Right: true,
			Cell: func(r replica) string { return text.Count(r.Partition) },
			Cmp:  func(a, b replica) int { return cmp.Compare(a.Partition, b.Partition) }},
		{Title: "role", Min: 8,
			Cell: replica.role,
			Cmp:  func(a, b replica) int { return cmp.Or(strings.Compare(b.role(), a.role()), compareReplicas(a, b)) }},
		{Title: "preferred", Drop: 1,
			Cell: func(r replica) string {
				if r.Preferred {
					return "yes"
				}
				return ""
			},
			Style: func(r replica) lipgloss.Style {
				if r.Preferred && !r.Leads {
					return th.Warn
				}
				return th.Dim
			}},
		{Title: "ISR", Min: 11,
			Cell: replica.sync,
			Style: func(r replica) lipgloss.Style {
				if r.InSync {
					return th.Good
				}
				return th.Bad
			},
			Cmp: func(a, b replica) int { return cmp.Or(strings.Compare(b.sync(), a.sync()), compareReplicas(a, b)) }},
		{Title: "size", Min: 10, Right: true, Descending: true,
			Cell: func(r replica) string { return text.Bytes(r.size) },
			Cmp:  func(a, b replica) int { return cmp.Compare(a.size, b.size) }},
	}
}

// duties says how much a broker has to do and whether it keeps up.
func duties(replicas []brokers.Replica) string {
	leads, preferred, preferredLed, behind := 0, 0, 0, 0
	for _, r := range replicas {
		if r.Leads {
			leads++
		}
		if r.Preferred {
			preferred++
			if r.Leads {
				preferredLed++
			}
		}
		if !r.InSync {
			behind++
		}
	}
	if len(replicas) == 0 {
		return "no replica is assigned to it"
	}
	words := "leads " + text.Plural(leads, "partition") + ", holds " + text.Plural(len(replicas), "replica") + ", "
	if behind == 0 {
		words += "all in sync"
	} else {
		words += text.Count(behind) + " not in sync"
	}
	if preferredLed < preferred {
		words += fmt.Sprintf("; leads %s of the %s that prefer it", text.Count(preferredLed), text.Count(preferred))
	}
	return words
}

func stateWords(b brokers.Broker) string {
	if why := b.Why(); why != "" {
		return "does not answer: " + why
	}
	return b.State.String()
}

func rackWords(rack string) string {
	if rack == "" {
		return ""
	}
	return "rack " + rack
}

func latencyWords(b brokers.Broker) string {
	if b.Latency < 0 {
		return ""
	}
	return "answers in " + text.Duration(b.Latency)
}
