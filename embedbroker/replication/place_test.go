package replication_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/embedbroker/replication"
	"pgregory.net/rapid"
)

func TestRing(t *testing.T) {
	for racks, want := range map[string][]int32{
		"- - -":       {0, 1, 2},
		"a b c":       {0, 1, 2},
		"a a b b":     {0, 2, 1, 3},
		"b b a":       {2, 0, 1},
		"a a a b b c": {0, 3, 5, 1, 4, 2},
	} {
		if got := replication.Ring(strings.Fields(racks)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", racks, got, want)
		}
	}
}

func TestPlace(t *testing.T) {
	for _, tc := range []struct {
		racks           string
		start, replicas int
		want            []int32
	}{
		{"- - - -", 0, 3, []int32{0, 1, 2}},
		{"- - - -", 3, 3, []int32{3, 0, 1}},
		{"a a b b", 0, 2, []int32{0, 2}},
		{"a a b b", 1, 2, []int32{2, 1}},
		{"a a a b", 2, 2, []int32{1, 3}},    // the ring is 0 3 1 2: 2 has a's rack
		{"a a a b", 2, 3, []int32{1, 3, 2}}, // then a rack twice
		{"a b", 0, 2, []int32{0, 1}},
	} {
		racks := strings.Fields(tc.racks)
		if got := replication.Place(replication.Ring(racks), racks, tc.start, tc.replicas); !slices.Equal(got, tc.want) {
			t.Errorf("%s from %d: got %v, want %v", tc.racks, tc.start, got, tc.want)
		}
	}
}

// TestPlacement holds for every cluster: replicas are different brokers, on as
// many racks as there are, or as there are replicas, and leaders are even.
func TestPlacement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		racks := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", ""}), 1, 15).Draw(t, "racks")
		replicas := rapid.IntRange(1, len(racks)).Draw(t, "replicas")
		ring := replication.Ring(racks)
		all := make(map[string]bool)
		for _, r := range racks {
			all[r] = true
		}
		leaders := make([]int, len(racks))
		for p := range 2 * len(racks) {
			placed := replication.Place(ring, racks, p, replicas)
			used := make(map[string]int)
			for i, id := range placed {
				if slices.Contains(placed[:i], id) {
					t.Fatalf("broker %d twice in %v", id, placed)
				}
				used[racks[id]]++
			}
			if len(placed) != replicas || len(used) != min(len(all), replicas) {
				t.Fatalf("%v is on %d racks of %d, want %d replicas", placed, len(used), len(all), replicas)
			}
			leaders[placed[0]]++
		}
		if slices.Max(leaders) != 2 || slices.Min(leaders) != 2 {
			t.Fatalf("leaders %v", leaders)
		}
	})
}
