package reset

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// timesWithin bounds the look at the records of the rows on the screen.
const timesWithin = 10 * time.Second

// times is when the records at the new offsets of a plan were written. Only rows
// that have been on the screen are asked about: every answer costs a batch of
// records.
type times struct {
	found  map[model.TopicPartition]time.Time
	asked  map[model.TopicPartition]bool
	asking bool
	plan   time.Time // when the facts of the plan were read: tells it from others
}

// timesFound is an answer about some rows.
type timesFound struct {
	plan  time.Time
	found map[model.TopicPartition]time.Time
}

// start forgets what was known of another plan.
func (t *times) start(plan reset.Plan) {
	*t = times{found: make(map[model.TopicPartition]time.Time), asked: make(map[model.TopicPartition]bool), plan: plan.At}
}

// look asks about rows of which nothing is known yet, unless a question is under
// way.
func (t *times) look(ctx context.Context, client *admin.Client, rows []reset.Row) tea.Cmd {
	if t.asking || ctx == nil || client == nil {
		return nil
	}
	offsets := make(map[model.TopicPartition]int64)
	for _, r := range rows {
		if !t.asked[r.TopicPartition] && !r.AtEnd() && !r.Deletes() {
			offsets[r.TopicPartition], t.asked[r.TopicPartition] = r.New, true
		}
	}
	if len(offsets) == 0 {
		return nil
	}
	t.asking = true
	plan := t.plan
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, timesWithin)
		defer cancel()
		found, _ := client.Groups.RecordTimes(ctx, offsets) // a plan is true without them
		return timesFound{plan, found}
	}
}

// take takes an answer in.
func (t *times) take(answer timesFound) {
	if !answer.plan.Equal(t.plan) {
		return
	}
	t.asking = false
	for tp, at := range answer.found {
		t.found[tp] = at
	}
}

// resume lets rows be asked about again whose answer went to a page that was
// covered.
func (t *times) resume() {
	if !t.asking {
		return
	}
	t.asking = false
	for tp := range t.asked {
		if _, ok := t.found[tp]; !ok {
			delete(t.asked, tp)
		}
	}
}

// text is the time of a row's new offset.
func (t *times) text(r reset.Row) string {
	at, ok := t.found[r.TopicPartition]
	switch {
	case r.Deletes():
		return ""
	case ok:
		return at.UTC().Format(timeFormat)
	case r.AtEnd():
		return "none yet"
	case !t.asked[r.TopicPartition] || t.asking:
		return "…"
	}
	return "not known"
}

// compare orders rows by the time of their new offset; what is not known comes
// first.
func (t *times) compare(a, b reset.Row) int {
	return t.found[a.TopicPartition].Compare(t.found[b.TopicPartition])
}
