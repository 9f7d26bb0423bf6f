// Package health judges a cluster: rules look at what is known of it, and each that
// finds something wrong says so in a Finding. It is pure: whoever asks the cluster
// hands the facts in. It imports nothing of kdeck's but the model, the verdicts on
// lag, and words.
package health

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

// Severity says how soon somebody should look at a finding.
type Severity int

// The severities, in order.
const (
	Good    Severity = iota // as it should be
	Warning                 // nothing fails yet
	Error                   // producers or consumers are hurt now
)

// String is the severity in one word, as in "warning".
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "good"
}

// Rule names what is wrong, as in "broker-down".
type Rule string

// The rules. Those that end in -others are about the subjects that are not named one
// by one.
const (
	NoController          Rule = "no-controller"
	ControllerUnknown     Rule = "controller-unknown"
	BrokerDown            Rule = "broker-down"
	BrokerSilent          Rule = "broker-silent"
	BrokerGone            Rule = "broker-gone" // down, and no replica is assigned to it
	Offline               Rule = "partitions-offline"
	OfflineOthers         Rule = "partitions-offline-others"
	UnderMinISR           Rule = "under-min-isr"
	UnderMinISROthers     Rule = "under-min-isr-others"
	UnderReplicated       Rule = "under-replicated"
	UnderReplicatedOthers Rule = "under-replicated-others"
	GroupStuck            Rule = "group-stuck" // has members, and does not get on
	GroupsStuck           Rule = "groups-stuck"
	GroupUnread           Rule = "group-unread" // has lag, and no members
	GroupsUnread          Rule = "groups-unread"
)

// Kind is what a finding is about.
type Kind string

// The kinds of subjects. Those of many have no name.
const (
	Cluster Kind = "cluster"
	Brokers Kind = "brokers"
	Broker  Kind = "broker"
	Topics  Kind = "topics"
	Topic   Kind = "topic"
	Groups  Kind = "groups"
	Group   Kind = "group"
)

// Subject is what a finding is about. Name is that of the topic or group, the id of
// the broker, or "" where it is about several.
type Subject struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name,omitempty"`
}

// Evidence is what a finding rests on; what a rule does not look at is zero.
type Evidence struct {
	Partitions int     `json:"partitions,omitempty"` // that are as the rule says
	Topics     int     `json:"topics,omitempty"`
	Brokers    []int32 `json:"brokers,omitempty"`  // that are down, silent, or not in sync
	Replicas   int     `json:"replicas,omitempty"` // that are assigned to the broker
	Groups     int     `json:"groups,omitempty"`
	Lag        int64   `json:"lag,omitempty"`    // in records
	Reason     string  `json:"reason,omitempty"` // why a broker is silent, or a group stuck
}

// Finding is one thing that is wrong.
type Finding struct {
	// ID is the rule and the subject. It stays the same while the evidence changes.
	ID       string   `json:"id"`
	Rule     Rule     `json:"rule"`
	Severity Severity `json:"-"`
	Subject  Subject  `json:"subject"`
	Evidence Evidence `json:"evidence"`
	// Sentence says it in words. Names stand in it as the cluster spells them: they
	// have to be cleaned before they are printed.
	Sentence string `json:"sentence"`
}

func found(rule Rule, severity Severity, subject Subject, evidence Evidence, sentence string) Finding {
	id := string(rule)
	if subject.Name != "" {
		id += "/" + subject.Name
	}
	return Finding{id, rule, severity, subject, evidence, sentence}
}

// Facts is what is known of a cluster. A part that has not been read is nil: no rule
// finds anything in it.
type Facts struct {
	Controller *ControllerFacts
	Brokers    []BrokerFacts
	Partitions *PartitionFacts
	Groups     []GroupFacts
}

// ControllerFacts is which node is the controller.
type ControllerFacts struct {
	ID int32 // -1 when there is none, or it is not known
	// Unknown is why it is not known, or ""; Forbidden says that the reason is a missing
	// right.
	Unknown   string
	Forbidden bool
}

// State says whether a broker does its work.
type State int

// The states of a broker.
const (
	Up     State = iota
	Silent       // in the metadata, but gives no answer
	Down         // expected, but not in the metadata, which lists live brokers only
)

// BrokerFacts is one broker that the cluster has or should have.
type BrokerFacts struct {
	ID    int32
	State State
	Why   string // why it is silent
}

// PartitionFacts is how the partitions of the cluster are replicated.
type PartitionFacts struct {
	All model.Replication
	// Troubled is the topics with partitions that are not in sync, worst first. There
	// may be more of them than are listed: AllTroubled is how many.
	Troubled    []TopicFacts
	AllTroubled int
	Replicas    map[int32]int // by broker
	Down        []int32       // brokers that hold replicas and are not up
}

// TopicFacts is a topic with partitions that are not in sync.
type TopicFacts struct {
	Name string
	model.Replication
	Missing []int32 // brokers that should hold replicas and are not in sync, by id
}

// GroupFacts is a group with its lag.
type GroupFacts struct {
	Name   string
	Lag    int64 // in records, of the partitions where it is known
	Unread bool  // it has lag, and no members
	Failed bool  // it could not be read
	// Watched is how it gets on.
	Watched lag.Summary
}

// Judge applies every rule and returns what they found, worst first. Of groups, those
// that are stuck come before those that nobody reads.
func Judge(f Facts) []Finding {
	all := slices.Concat(
		controller(f),
		topics(f, model.Offline),
		brokers(f),
		topics(f, model.UnderMinISR),
		topics(f, model.UnderReplicated),
	)
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	return slices.Concat(all, stuck(f.Groups), unread(f.Groups))
}

// Worst is the severity of the worst finding; Good when there is none.
func Worst(findings []Finding) Severity {
	worst := Good
	for _, f := range findings {
		worst = max(worst, f.Severity)
	}
	return worst
}

// state is that of a broker, as far as the facts tell.
func (f Facts) state(id int32) State {
	for _, b := range f.Brokers {
		if b.ID == id {
			return b.State
		}
	}
	if f.Partitions != nil && slices.Contains(f.Partitions.Down, id) {
		return Down
	}
	return Up
}

func name(broker int32) string { return strconv.Itoa(int(broker)) }

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
