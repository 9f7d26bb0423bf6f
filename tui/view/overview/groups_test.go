package overview

import (
	"errors"
	"fmt"
	"testing"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
)

func TestMergeKeepsWhatACoordinatorDidNotTell(t *testing.T) {
	on := func(g groups.Group, coordinator int32) groups.Group { g.Coordinator = coordinator; return g }
	before := []groups.Group{on(group("a", "Stable", 5), 1), on(group("b", "Stable", 7), 2), on(group("gone", "Empty", 1), 1), on(group("c", "Stable", 3), 1)}
	unread := on(groups.Group{Name: "c", Err: errors.New("no answer")}, 1)
	answer := kafka.Snapshot[groups.Group]{
		Items:   []groups.Group{on(group("a", "Stable", 6), 1), unread},
		Partial: fmt.Errorf("list groups: %w", &groups.UnlistedError{Brokers: []int32{2}}),
	}
	got := ""
	for _, g := range merge(before, answer) {
		got += fmt.Sprintf("%s %d %v; ", g.Name, g.Lag.Total(), g.Err != nil)
	}
	if want := "a 6 false; c 3 true; b 7 true; "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
