package reset

import (
	"fmt"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/theme"
)

// wide returns a wizard on a group with n commits.
func wide(tb testing.TB, n int) *wizard {
	tb.Helper()
	keys, err := keymap.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	facts := reset.Facts{Group: "billing", Type: model.Classic, State: model.StateEmpty, Commits: make(map[model.TopicPartition]model.Commit)}
	for i := range n {
		tp := model.TopicPartition{Topic: fmt.Sprintf("topic-%05d", i/10), Partition: int32(i % 10)}
		facts.Partitions = append(facts.Partitions, reset.Partition{TopicPartition: tp, LogEnd: 1000, LastStable: 1000})
		facts.Commits[tp] = model.Commit{Offset: 500}
	}
	p := New(page.Env{Theme: theme.New(true), Keys: keys}, "billing").(*wizard)
	p.Resize(80, 20)
	p.partitions.poll.Value, p.partitions.poll.At = facts, time.Now()
	p.partitions.arrived()
	p.choice = p.partitions.chosen()
	p.preview.how = reset.Strategy{Kind: reset.ToEarliest}
	plan, err := reset.Make(facts, reset.Of(p.choice.partitions), p.preview.how)
	if err != nil {
		tb.Fatal(err)
	}
	p.preview.poll.Value = planned{plan: plan}
	p.preview.arrived()
	return p
}

// BenchmarkKey is one key press with its redraw, on a group of 10,000
// partitions and, as the floor, on one that fills no screen.
func BenchmarkKey(b *testing.B) {
	for name, step := range map[string]func(*wizard) page.Page{
		"partitions": func(p *wizard) page.Page { return p.partitions },
		"preview":    func(p *wizard) page.Page { return p.preview },
	} {
		b.Run(name, func(b *testing.B) {
			small, large := wide(b, 10), wide(b, 10_000)
			small.To(step(small))
			large.To(step(large))
			var floor, took time.Duration
			for b.Loop() {
				took += press(large)
				floor += press(small)
			}
			b.ReportMetric(float64(took)/float64(floor), "×floor")
		})
	}
}

func press(p *wizard) time.Duration {
	began := time.Now()
	p.Do(keymap.Down)
	p.View()
	return time.Since(began)
}
