package topics

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	configview "github.com/kdeck/kdeck/tui/view/configs"
	"github.com/kdeck/kdeck/tui/widget"
)

// Detail is the screen of one topic: a line of sums, and tabs. The sums and the
// partitions are always fresh; every other tab asks its own question, and only while it
// is shown.
type Detail struct {
	*page.Detail[topics.Detail]
	env   page.Env
	topic string
	w     int

	id         [16]byte // as last told, zero before
	partitions *partitions
	messages   *messages
}

// NewDetail returns the screen of a topic, by its name.
func NewDetail(env page.Env, topic string) *Detail {
	d := &Detail{
		env: env, topic: topic,
		partitions: newPartitions(env, topic),
		messages:   &messages{env: env, topic: topic},
	}
	d.Detail = page.NewDetail(env, page.DetailSpec[topics.Detail]{
		Title: topic, What: "topic " + topic, Scope: keymap.Topic,
		Fetch: func(ctx context.Context) (topics.Detail, error) { return env.Client.Topics.Detail(ctx, topic) },
		Show: func(t topics.Detail) {
			d.partitions.SetItems(t.Partitions)
			d.messages.detail = t
		},
		Missing: func() []error {
			return []error{d.Poll.Value.Partial, d.Poll.Value.SizesErr, d.Poll.Value.MinISRErr}
		},
		Head: func() []string { return []string{d.head()} }, HeadLines: 1,
	},
		d.partitions,
		newGroups(env, topic),
		configview.New(env, keymap.Topic, func(ctx context.Context) (kafka.Snapshot[configs.Entry], error) {
			return env.Client.Topics.Configs(ctx, topic)
		}, nil),
		d.messages)
	return d
}

// Do carries out an action: of the tab that shows first, which may know of a partition
// to tail.
func (d *Detail) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	if handled, cmd = d.Detail.Do(a); handled {
		return true, cmd
	}
	switch a {
	case keymap.TailTopic:
		return true, page.Open("tail", d.topic)
	case keymap.Produces:
		return true, page.Open("produce", d.topic)
	}
	return false, nil
}

// Update takes in answers, and says when the topic has become another of its name.
func (d *Detail) Update(msg tea.Msg) tea.Cmd {
	cmd := d.Detail.Update(msg)
	if before := d.id; d.Poll.Value.ID != before {
		if d.id = d.Poll.Value.ID; before != [16]byte{} {
			return tea.Batch(cmd, page.Say(page.Info, "topic "+d.topic+" was deleted and created again"))
		}
	}
	return cmd
}

// Resize sets the size that View fills.
func (d *Detail) Resize(w, h int) {
	d.w = w
	d.Detail.Resize(w, h)
}

// head is the line of sums, or that the topic has gone.
func (d *Detail) head() string {
	th := d.env.Theme
	var gone *topics.UnknownTopicError
	if errors.As(d.Poll.Err, &gone) {
		return th.Danger.Render("DELETED") + th.Bad.Render(" this topic no longer exists; below is what it was at "+d.Poll.At.Format(time.TimeOnly))
	}
	t := d.Poll.Value
	parts := append([]string{
		th.Text.Render(count(t.Replication.Partitions, "partition")),
		th.Text.Render("RF " + text.Count(t.ReplicationFactor)),
	}, troubles(th, t.Replication)...)
	parts = append(parts,
		th.Text.Render(count(t.Records, "record")),
		th.Text.Render(text.Rate(t.Rate)+" rec/s"),
		th.Text.Render(d.size()))
	switch {
	case t.MinISR > 0:
		parts = append(parts, th.Dim.Render("min ISR "+text.Count(t.MinISR)))
	case kafka.IsAuthorization(t.MinISRErr):
		parts = append(parts, th.Dim.Render("min ISR needs DescribeConfigs on the topic"))
	}
	line := fitting(parts, th.Dim.Render(" · "), d.w-1)
	if room := d.w - text.Width(line) - 4; room > 0 {
		line += "  " + th.Graph.Render(widget.Sparkline(t.History, min(room, len(t.History))))
	}
	return line
}

// fitting joins as many of the parts as have room, whole: half a number would
// mislead.
func fitting(parts []string, between string, w int) string {
	line := parts[0]
	for _, part := range parts[1:] {
		if text.Width(line)+text.Width(between)+text.Width(part) > w {
			break
		}
		line += between + part
	}
	return line
}

// size is the room that the topic takes, or why that is not known.
func (d *Detail) size() string {
	t := d.Poll.Value
	switch {
	case t.Disk >= 0 && t.SizesErr == nil:
		return text.Bytes(t.Disk) + " on disk"
	case t.Disk >= 0:
		return "over " + text.Bytes(t.Disk) + " on disk"
	case kafka.IsAuthorization(t.SizesErr):
		return "size needs Describe on Cluster"
	}
	return "size not known"
}
