package overview

import (
	"strconv"

	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/health"
	"github.com/kdeck/kdeck/kafka/overview"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
)

// state is what is known of the cluster; a part that was not read yet is nil.
type state struct {
	partitions *overview.Overview
	brokers    *brokers.Check
	groups     []groups.Group
	// hidden is set when there may be more than the user may describe.
	hidden bool
}

// problems is everything that is wrong, worst first.
func problems(s state) []health.Finding {
	return health.Judge(admin.HealthFacts(s.partitions, s.brokers, s.groups))
}

// problemKey identifies a problem while its numbers change. There is one at most of
// each group, whatever is wrong with it.
func problemKey(f health.Finding) string {
	if f.Subject.Kind == health.Group {
		return "group/" + f.Subject.Name
	}
	return f.ID
}

// look is the screen to look at.
func look(f health.Finding) page.Go {
	g := page.Go{Screen: string(f.Subject.Kind)}
	if f.Subject.Name != "" {
		g.Args = []string{f.Subject.Name}
	}
	return g
}

// calm is the line for when nothing is wrong with the partitions.
func calm(sentence string) health.Finding {
	return health.Finding{ID: "calm", Subject: health.Subject{Kind: health.Topics}, Sentence: sentence}
}

// allWell is the one calm line for when nothing is wrong.
func allWell(s state) string {
	switch {
	case s.partitions == nil:
		return ""
	case s.partitions.Partitions == 0 && s.hidden:
		return "no topics that you may describe; needs Describe on Topic"
	case s.partitions.Partitions == 0:
		return "no topics yet; the first one that is made or written to shows up here"
	}
	mine := ""
	if s.hidden {
		mine = " that you may describe"
	}
	line := "all " + text.Count(s.partitions.Partitions) + " partitions" + mine + " are in sync"
	if s.partitions.Partitions == 1 {
		line = "the one partition" + mine + " is in sync"
	}
	if s.brokers != nil && s.brokersIn(brokers.Up) == len(s.brokers.Brokers) {
		line += ", " + verb(len(s.brokers.Brokers), "the broker answers", "all "+strconv.Itoa(len(s.brokers.Brokers))+" brokers answer")
	}
	return line
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
