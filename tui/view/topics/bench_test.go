package topics

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/theme"
)

// BenchmarkKeyPress is the time from a key to the redrawn page, with 10,000
// topics on it.
func BenchmarkKeyPress(b *testing.B) {
	client, err := admin.New(kafka.Config{Name: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	keys, err := keymap.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	list := make([]topics.Topic, 10_000)
	sizes := make(map[string]int64)
	policies := make(map[string]topics.Policy)
	for i := range list {
		name := fmt.Sprintf("topic-%05d", i)
		list[i] = topics.Topic{Name: name, ReplicationFactor: 3, Records: int64(i * 7919 % 10_000), Rate: float64(i % 13), Replication: model.Replication{Partitions: 10}}
		sizes[name], policies[name] = int64(i)<<10, topics.Policy{Cleanup: "delete", Retention: 1e15}
	}
	newList := func() *List {
		l := New(page.Env{Client: client, Theme: theme.New(true), Keys: keys})
		l.Resize(160, 44)
		l.Poll.At = l.Poll.At.AddDate(1, 0, 0)
		l.Poll.Value.Items = list
		l.sizeOf, l.policies.Value.byTopic, l.readers = sizes, policies, map[string]reading{}
		l.Show()
		return l
	}
	b.Run("move", func(b *testing.B) {
		l := newList()
		for b.Loop() {
			l.Do(keymap.Down)
			_ = l.View()
		}
	})
	b.Run("sort", func(b *testing.B) {
		l := newList()
		for b.Loop() {
			l.Do(keymap.Sort)
			_ = l.View()
		}
	})
	b.Run("filter", func(b *testing.B) {
		l := newList()
		l.Do(keymap.Filter)
		for b.Loop() {
			l.Update(tea.KeyPressMsg{Code: '9', Text: "9"})
			_ = l.View()
			l.Update(tea.KeyPressMsg{Code: tea.KeyBackspace})
			_ = l.View()
		}
	})
	b.Run("refresh", func(b *testing.B) {
		l := newList()
		for b.Loop() {
			l.Show()
			_ = l.View()
		}
	})
}
