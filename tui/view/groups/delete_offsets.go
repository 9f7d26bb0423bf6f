package groups

import (
	"context"
	"fmt"
	"slices"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// deleteOffsets is the page that asks before a group's offsets of a topic are deleted.
func deleteOffsets(env page.Env, group, topic string) page.Page {
	return page.NewConfirm(env, "delete offsets of "+topic, func(ctx context.Context) (page.Proposal, error) {
		now, err := env.Client.Groups.Detail(ctx, group)
		if err != nil {
			return page.Proposal{}, err
		}
		proposal, doomed := proposeOffsetDeletion(env.Theme, now, topic, env.Client.SavedDir())
		proposal.Do = func(ctx context.Context) page.Report {
			deleted, err := env.Client.Groups.DeleteOffsets(ctx, group, doomed)
			return reportOffsetDeletion(env.Theme, topic, deleted, err)
		}
		return proposal, nil
	})
}

// refuseOffsetDeletion says why the group's offsets of a topic cannot be deleted,
// or "".
func refuseOffsetDeletion(d groups.Detail, topic string) string {
	if commits(d, topic) == 0 {
		return "the group has committed nothing on " + topic
	}
	for _, m := range d.Members {
		switch {
		case d.Group.Type == model.Share:
			return "the group has " + text.Plural(len(d.Members), "member") + "; stop its consumers first"
		case slices.Contains(m.Subscribed, topic):
			return m.ClientID + " subscribes to " + topic + "; stop the consumers that read it first"
		}
	}
	return ""
}

// proposeOffsetDeletion tells what is lost, and on which partitions.
func proposeOffsetDeletion(th *theme.Theme, d groups.Detail, topic, saved string) (p page.Proposal, doomed []model.TopicPartition) {
	if p.Refused = refuseOffsetDeletion(d, topic); p.Refused != "" {
		return p, nil
	}
	n := text.Plural(commits(d, topic), "commit")
	p.Lines = []page.Line{{Style: th.Strong, Text: d.Group.Name + " forgets where it stands on " + topic + ": " + n}}
	for _, part := range d.Partitions {
		if part.Topic != topic || part.Lag.Committed < 0 {
			continue
		}
		tp := model.TopicPartition{Topic: topic, Partition: part.Partition}
		doomed = append(doomed, tp)
		p.Lines = append(p.Lines, page.Line{Style: th.Dim, Text: fmt.Sprintf("%s at %s, lag %s", tp, text.Count(part.Lag.Committed), text.Count(part.Lag.Left()))})
	}
	p.Lines = append(p.Lines, page.Line{}, page.Line{Style: th.Text, Text: "A consumer that reads the topic again begins where its auto.offset.reset says."})
	p.Lines = append(p.Lines, savedLines(th, true, d.Group.Type == model.Share, saved)...)
	p.Name, p.Ask, p.Does = d.Group.Name, "To delete them, type the name of the group:", "deletes "+n
	return p, doomed
}

func reportOffsetDeletion(th *theme.Theme, topic string, deleted groups.OffsetsDeletion, err error) page.Report {
	what := "delete offsets of " + topic
	if err != nil {
		return failed(th, what, err)
	}
	var r page.Report
	for _, p := range deleted.Partitions {
		r.Lines = append(r.Lines, outcomeLine(th, p.Outcome, fmt.Sprintf("%s, was at %s", p.TopicPartition, text.Count(p.Was)), p.Err))
	}
	if deleted.Saved != "" {
		r.Lines = append(r.Lines, page.Line{}, page.Line{Style: th.Dim, Text: "old offsets: " + deleted.Saved})
	}
	r.Lines = append(r.Lines, unnoted(th, deleted.Unnoted)...)
	r.Notice = summed(what, deleted.Count(kafka.Done), len(deleted.Partitions), "partition")
	return r
}
