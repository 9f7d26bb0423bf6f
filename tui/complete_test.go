package tui

import (
	"fmt"
	"slices"
	"testing"

	"github.com/kdeck/kdeck/tui/page"
)

func TestComplete(t *testing.T) {
	known := map[string][]string{
		"TOPIC": {"my-orders", "o-r-d-e-r-s", "orders", "orders-dlq", "payments"},
		"GROUP": {"a group\x1b[2J", "billing"},
	}
	recent := []suggestion{{line: "tail orders", runs: page.Go{Screen: "tail", Args: []string{"orders"}}}, {line: "topics", runs: page.Go{Screen: "topics"}}}
	for _, tc := range []struct {
		typed string
		want  []string
	}{
		{"", []string{"tail orders", "topics", "overview", "groups", "topic", "group", "broker", "tail", "attach", "help", "mouse", "quit"}},
		{"top", []string{"topics", "topic"}},
		{"topic", []string{"topic", "topics"}},
		{"q", []string{"quit"}},
		{"lag", []string{"groups"}}, // a word of its help
		{"zzz", nil},
		{"topicz", []string{"topic", "topics"}},
		{"gruops", []string{"groups", "group"}},
		{"tail ", []string{"tail my-orders", "tail o-r-d-e-r-s", "tail orders", "tail orders-dlq", "tail payments"}},
		{"tail orders", []string{"tail orders", "tail orders-dlq", "tail my-orders", "tail o-r-d-e-r-s"}},
		{"tail PAY", []string{"tail payments"}},
		{"tail zzz", nil},
		{"group a g", []string{"group a group␛[2J"}},
		{"broker ", nil},
		{"topics o", nil},
		{"dance o", nil},
	} {
		var got []string
		for _, s := range complete((pages{}).registry(), func(arg string) []string { return known[arg] }, recent, tc.typed) {
			got = append(got, s.line)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%q could be\n%q, want\n%q", tc.typed, got, tc.want)
		}
	}

	found := complete((pages{}).registry(), func(arg string) []string { return known[arg] }, nil, "group a")
	if len(found) == 0 || found[0].runs.Args[0] != "a group\x1b[2J" {
		t.Errorf("a name with escape bytes runs %+v, want it as the cluster spells it", found)
	}
}

// BenchmarkComplete types one more letter where there are many topics.
func BenchmarkComplete(b *testing.B) {
	topics := make([]string, 10_000)
	for i := range topics {
		topics[i] = fmt.Sprintf("team-%02d.topic-%06d", i%37, i)
	}
	screens := (pages{}).registry()
	for b.Loop() {
		complete(screens, func(string) []string { return topics }, nil, "tail team12")
	}
}
