package health

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/words"
)

// stuck finds groups that have members and do not get on all the same. Those without
// members are found by unread, at first sight.
func stuck(groups []GroupFacts) []Finding {
	in := most(groups, func(g GroupFacts) bool { return !g.Failed && !g.Unread && g.Watched.Worst.Verdict.Bad() })
	switch len(in) {
	case 0:
		return nil
	case 1:
		g := in[0]
		worst := g.Watched.Worst
		return []Finding{found(GroupStuck, Warning, Subject{Group, g.Name}, Evidence{Groups: 1, Lag: g.Lag, Reason: worst.Reason()},
			fmt.Sprintf("group %s: %v on %s: %s", g.Name, worst.Verdict, where(g.Watched), worst.Reason()))}
	}
	return []Finding{found(GroupsStuck, Warning, Subject{Kind: Groups}, Evidence{Groups: len(in), Lag: total(in)},
		fmt.Sprintf("%s groups have members and are stuck; most of all %s", words.Count(len(in)), in[0].Name))}
}

// unread finds groups that are behind while nobody reads.
func unread(groups []GroupFacts) []Finding {
	in := most(groups, func(g GroupFacts) bool { return g.Unread })
	switch len(in) {
	case 0:
		return nil
	case 1:
		g := in[0]
		return []Finding{found(GroupUnread, Warning, Subject{Group, g.Name}, Evidence{Groups: 1, Lag: g.Lag},
			"group "+g.Name+" is "+words.Count(g.Lag)+" records behind and has no members")}
	}
	return []Finding{found(GroupsUnread, Warning, Subject{Kind: Groups}, Evidence{Groups: len(in), Lag: total(in)},
		fmt.Sprintf("%s groups are behind and have no members; most of all %s", words.Count(len(in)), in[0].Name))}
}

// most keeps some of the groups, those with the most lag first.
func most(groups []GroupFacts, keep func(GroupFacts) bool) []GroupFacts {
	var kept []GroupFacts
	for _, g := range groups {
		if keep(g) {
			kept = append(kept, g)
		}
	}
	slices.SortFunc(kept, func(a, b GroupFacts) int { return cmp.Compare(b.Lag, a.Lag) })
	return kept
}

func total(groups []GroupFacts) (records int64) {
	for _, g := range groups {
		records += g.Lag
	}
	return records
}

// where is the worst partition, and how many others are as bad.
func where(s lag.Summary) string {
	where := s.Topic + "/" + strconv.Itoa(int(s.Partition))
	if s.Bad > 1 {
		where += " and " + words.Plural(s.Bad-1, "other")
	}
	return where
}
