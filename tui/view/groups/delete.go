package groups

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/tui/lagtext"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// deletion is the page that asks before groups are deleted.
func deletion(env page.Env, names []string) page.Page {
	return page.NewConfirm(env, "delete "+groupsText(names), func(ctx context.Context) (page.Proposal, error) {
		found, gone, err := remaining(ctx, env.Client, names)
		if err != nil {
			return page.Proposal{}, err
		}
		proposal, doomed := proposeDeletion(env.Theme, found, gone, env.Client.SavedDir())
		proposal.Do = func(ctx context.Context) page.Report {
			deleted, err := env.Client.Groups.Delete(ctx, doomed...)
			return reportDeletion(env.Theme, doomed, deleted, err)
		}
		return proposal, nil
	})
}

// remaining reads those of the groups that are there still: of several, some may
// have gone since they were marked. The only one that is wanted must be there.
func remaining(ctx context.Context, client *admin.Client, names []string) (found []groups.Detail, gone []string, err error) {
	left := slices.Clone(names)
	for len(left) > 0 {
		snap, err := client.Groups.Details(ctx, left...)
		var none *groups.NoGroupError
		if len(names) == 1 || !errors.As(err, &none) {
			return snap.Items, gone, err
		}
		gone = append(gone, none.Name)
		left = slices.DeleteFunc(left, func(name string) bool { return name == none.Name })
	}
	return nil, gone, nil
}

// chosen is the groups that are marked, or else the one under the cursor.
func (p *List) chosen() []row {
	if marked := p.MarkedItems(); len(marked) > 0 {
		return marked
	}
	if selected, ok := p.Selected(); ok {
		return []row{selected}
	}
	return nil
}

// refusesDeletion says why none of the chosen groups can be deleted, or "".
func (p *List) refusesDeletion() string {
	why := "there is no group under the cursor"
	for _, r := range p.chosen() {
		if why = refuseDeletion(r.Group); why == "" {
			return ""
		}
	}
	if p.MarkedCount() > 1 {
		why = "every marked group has members; stop their consumers first"
	}
	return why
}

func groupNames(rows []row) []string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.Name
	}
	return names
}

// groupsText is one name, or how many there are.
func groupsText(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return text.Plural(len(names), "group")
}

// refuseDeletion says why a group cannot be deleted, or "".
func refuseDeletion(g groups.Group) string {
	switch {
	case g.Members > 0:
		return "the group has " + text.Plural(g.Members, "member") + "; stop its consumers first"
	case g.Rebalancing(), g.State == model.StateStable:
		return "the group is " + g.State + "; stop its consumers first"
	}
	return ""
}

// proposeDeletion tells what is lost with groups, which of them can be deleted, and
// which are gone already.
func proposeDeletion(th *theme.Theme, groups []groups.Detail, gone []string, saved string) (p page.Proposal, doomed []string) {
	for _, name := range gone {
		p.Lines = append(p.Lines, page.Line{Style: th.Dim, Text: "✓ " + name + " is gone already"})
	}
	why, several := "all of them are gone already", len(groups)+len(gone) > 1
	committed, shared := 0, false
	for _, d := range groups {
		g := d.Group
		if why = refuseDeletion(g); why != "" {
			if several {
				p.Lines = append(p.Lines, page.Line{Style: th.Bad, Text: "✗ " + g.Name + " stays: " + why})
			}
			continue
		}
		doomed = append(doomed, g.Name)
		committed += commits(d, "")
		shared = shared || g.Type == model.Share
		p.Lines = append(p.Lines, lossOf(th, d, !several)...)
	}
	if len(doomed) == 0 {
		p.Refused = why
		if several && len(groups) > 0 {
			p.Refused = "none of them can be deleted"
		}
		return p, nil
	}
	p.Name, p.Ask, p.Does = doomed[0], "To delete it, type the name of the group:", "deletes the group"
	if n := len(doomed); n > 1 {
		p.Name, p.Ask, p.Does = "delete "+text.Plural(n, "group"), "To delete them, type:", "deletes "+text.Plural(n, "group")
	}
	p.Lines = append(p.Lines, page.Line{}, page.Line{Style: th.Text, Text: "A consumer that comes back begins where its auto.offset.reset says."})
	p.Lines = append(p.Lines, savedLines(th, committed > 0, shared, saved)...)
	return p, doomed
}

// commits is how many partitions of a topic a group has committed on, or of all
// topics.
func commits(d groups.Detail, topic string) int {
	n := 0
	for _, p := range d.Partitions {
		if (topic == "" || p.Topic == topic) && p.Lag.Committed >= 0 {
			n++
		}
	}
	return n
}

// lossOf is what is lost with one group, topic by topic when it is the only one.
func lossOf(th *theme.Theme, d groups.Detail, whole bool) []page.Line {
	g := d.Group
	topics := make(map[string]bool)
	for _, p := range d.Partitions {
		if p.Lag.Committed >= 0 {
			topics[p.Topic] = true
		}
	}
	lines := []page.Line{{Style: th.Strong, Text: fmt.Sprintf("%s: %s on %s, lag %s",
		g.Name, text.Plural(commits(d, ""), "commit"), text.Plural(len(topics), "topic"), lagtext.Sum(g.Lag))}}
	if g.Err != nil {
		lines = append(lines, page.Line{Style: th.Warn, Text: "! " + g.Err.Error()})
	}
	if whole {
		for _, t := range g.Topics {
			if topics[t.Topic] {
				lines = append(lines, page.Line{Style: th.Dim, Text: fmt.Sprintf("%s: %s, lag %s", t.Topic, text.Plural(commits(d, t.Topic), "commit"), lagtext.Sum(t.Lag))})
			}
		}
	}
	return lines
}

// savedLines says what becomes of the old offsets.
func savedLines(th *theme.Theme, committed, shared bool, saved string) []page.Line {
	var lines []page.Line
	if committed && !shared {
		lines = append(lines, page.Line{Style: th.Dim, Text: "The old offsets are saved first, in " + saved})
	}
	if shared {
		lines = append(lines, page.Line{Style: th.Warn, Text: "! The start offsets of a share group are noted in the audit log, and cannot be put back by kdeck."})
	}
	return lines
}

func reportDeletion(th *theme.Theme, doomed []string, deleted []groups.Deletion, err error) page.Report {
	if err != nil {
		return failed(th, "delete "+groupsText(doomed), err)
	}
	var r page.Report
	done := 0
	for _, d := range deleted {
		switch {
		case d.Outcome != kafka.Done:
			r.Lines = append(r.Lines, outcomeLine(th, d.Outcome, d.Group, d.Err))
		case d.Saved != "":
			done++
			r.Lines = append(r.Lines, page.Line{Style: th.Good, Text: "✓ " + d.Group + " is deleted; its offsets are in " + d.Saved})
		default:
			done++
			r.Lines = append(r.Lines, page.Line{Style: th.Good, Text: "✓ " + d.Group + " is deleted"})
		}
		r.Lines = append(r.Lines, unnoted(th, d.Unnoted)...)
	}
	r.Notice = summed("delete "+groupsText(doomed), done, len(deleted), "group")
	return r
}
