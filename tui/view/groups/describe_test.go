package groups

import (
	"context"
	"fmt"
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/keymap"
)

// manyGroups is so many groups of which only the names are known.
func manyGroups(n int) []groups.Group {
	many := make([]groups.Group, n)
	for i := range many {
		many[i] = groups.Group{Name: fmt.Sprintf("group-%04d", i), Members: -1}
	}
	return many
}

// TestGroupsOnTheScreenAreDescribedFirst: the rows on the screen come first, then those
// nearest to them, and every group is asked for once.
func TestGroupsOnTheScreenAreDescribedFirst(t *testing.T) {
	p := NewList(testEnv(t))
	p.Resize(160, 44)
	var asked [][]string
	p.descriptions.read = func(_ context.Context, many []groups.Group) kafka.Snapshot[groups.Group] {
		var names []string
		read := slices.Clone(many)
		for i := range read {
			names = append(names, read[i].Name)
			read[i].Members, read[i].State, read[i].Lag = 1, model.StateStable, known(7)
		}
		asked = append(asked, names)
		return kafka.Snapshot[groups.Group]{Items: read, At: began}
	}
	// All the names are there when the cursor is in the middle of them.
	p.show(listed(manyGroups(1000)))
	p.Do(keymap.Down)
	p.Select("group-0500")
	p.names.Fetch = func(context.Context) (kafka.Snapshot[groups.Group], error) {
		return kafka.Snapshot[groups.Group]{Items: manyGroups(1000), At: began}, nil
	}
	cmd := p.Start(t.Context())
	onScreen := len(p.Visible())
	for !p.Poll.Loaded() {
		if cmd == nil {
			t.Fatalf("after %d questions it asks no more", len(asked))
		}
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			t.Fatalf("%d questions at once", len(batch))
		}
		cmd = p.Update(msg)
		if n := len(asked); n == 1 {
			contains(t, body(t, p, 160, 44), "1,000 groups  loading members and lag of 960 …", "group-0500", "7")
		}
	}
	if len(asked) != 3 || len(asked[0]) != onScreen || len(asked[1]) != secondBatch*onScreen {
		t.Fatalf("%d questions, of which the first about %d groups with %d on the screen", len(asked), len(asked[0]), onScreen)
	}
	if !slices.Contains(asked[0], "group-0500") || !slices.Contains(asked[1], "group-0501") || slices.Contains(asked[1], "group-0000") {
		t.Errorf("first %v, then %v", asked[0], asked[1])
	}
	all := slices.Concat(asked...)
	slices.Sort(all)
	if len(all) != 1000 || len(slices.Compact(all)) != 1000 {
		t.Errorf("%d groups were asked for", len(all))
	}
	contains(t, body(t, p, 160, 44), "1,000 groups · total lag 7,000")
	if p.verdictOf("group-0000") != lag.Unjudged {
		t.Error("a verdict out of nothing")
	}
}

func (p *List) verdictOf(name string) lag.Verdict {
	for _, r := range p.rows {
		if r.Name == name {
			return r.verdict()
		}
	}
	return lag.Stop
}

func TestAFewGroupsTakeOneQuestion(t *testing.T) {
	p := NewList(testEnv(t))
	p.Resize(80, 20)
	questions := 0
	p.descriptions.read = func(_ context.Context, many []groups.Group) kafka.Snapshot[groups.Group] {
		questions++
		return kafka.Snapshot[groups.Group]{Items: many, At: began}
	}
	p.names.Fetch = func(context.Context) (kafka.Snapshot[groups.Group], error) {
		return kafka.Snapshot[groups.Group]{Items: manyGroups(12), At: began, Partial: &groups.UnlistedError{Brokers: []int32{2}}}, nil
	}
	cmd := p.Update(p.Start(t.Context())())
	p.Update(cmd())
	if questions != 1 || !p.Poll.Loaded() {
		t.Errorf("%d questions, all read: %t", questions, p.Poll.Loaded())
	}
	if p.Poll.Value.Partial == nil {
		t.Error("that a broker has not listed its groups is forgotten")
	}
}
