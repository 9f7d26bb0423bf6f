package groups

import (
	"cmp"
	"context"
	"slices"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// removeMember is the page that asks before a static member is removed from its group.
func removeMember(env page.Env, group, id string) page.Page {
	return page.NewConfirm(env, "remove "+id, func(ctx context.Context) (page.Proposal, error) {
		now, err := env.Client.Groups.Detail(ctx, group)
		if err != nil {
			return page.Proposal{}, err
		}
		proposal := proposeRemoval(env.Theme, now, id)
		proposal.Do = func(ctx context.Context) page.Report {
			removed, err := env.Client.Groups.RemoveMembers(ctx, group, id)
			return reportRemoval(env.Theme, group, id, removed, err)
		}
		return proposal, nil
	})
}

// proposeRemoval tells what follows when a member is removed.
func proposeRemoval(th *theme.Theme, d groups.Detail, id string) page.Proposal {
	i := slices.IndexFunc(d.Members, func(m model.Member) bool { return m.InstanceID == id })
	if i < 0 {
		return page.Proposal{Refused: "it has left the group already"}
	}
	m := d.Members[i]
	reads, follows := "reads "+topicsText(m.Assigned), "The group rebalances at once, and its other members take over what it reads."
	switch {
	case len(m.Assigned) == 0:
		reads, follows = cmp.Or(d.Idle(m), "reads nothing"), "The group rebalances at once."
	case len(d.Members) == 1:
		follows = "It is the only member: nobody reads " + text.Plural(m.Partitions(), "partition") + " then."
	}
	return page.Proposal{
		Lines: []page.Line{
			{Style: th.Strong, Text: id + ": " + m.ClientID + " on " + m.Host},
			{Style: th.Text, Text: reads},
			{},
			{Style: th.Text, Text: follows},
			{Style: th.Text, Text: "If its consumer still runs, it joins again."},
		},
		Ask: "Remove it from " + d.Group.Name + "?", Does: "removes it",
	}
}

func reportRemoval(th *theme.Theme, group, id string, removed groups.RemovedMembers, err error) page.Report {
	what := "remove " + id + " from " + group
	if err != nil {
		return failed(th, what, err)
	}
	var r page.Report
	done := 0
	for _, m := range removed.Members {
		if m.Outcome == kafka.Done {
			done++
		}
		r.Lines = append(r.Lines, outcomeLine(th, m.Outcome, m.InstanceID+" ("+m.MemberID+")", m.Err))
	}
	r.Lines = append(r.Lines, unnoted(th, removed.Unnoted)...)
	r.Notice = summed(what, done, len(removed.Members), "member")
	return r
}
