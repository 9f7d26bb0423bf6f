package embedbroker

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPlacement(t *testing.T) {
	tests := []struct {
		name     string
		p        placement
		brokers  int
		leaders  []int32
		replicas [][]int32 // in the order of the broker ids
	}{
		{
			name: "from the first broker", p: placement{First: 0, Partitions: 4, Replicas: 2}, brokers: 3,
			leaders:  []int32{0, 1, 2, 0},
			replicas: [][]int32{{0, 1}, {1, 2}, {0, 2}, {0, 1}},
		},
		{
			name: "from the last broker", p: placement{First: 2, Partitions: 2, Replicas: 3}, brokers: 3,
			leaders:  []int32{2, 0},
			replicas: [][]int32{{0, 1, 2}, {0, 1, 2}},
		},
		{
			name: "one broker", p: placement{Partitions: 2, Replicas: 1}, brokers: 1,
			leaders:  []int32{0, 0},
			replicas: [][]int32{{0}, {0}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for p := range tt.p.Partitions {
				if got := tt.p.leader(p, tt.brokers); got != tt.leaders[p] {
					t.Errorf("partition %d is led by %d, want %d", p, got, tt.leaders[p])
				}
				if got := holders(tt.p, p, tt.brokers); !slices.Equal(got, tt.replicas[p]) {
					t.Errorf("partition %d has replicas on %v, want %v", p, got, tt.replicas[p])
				}
			}
		})
	}
}

func holders(t placement, p, brokers int) []int32 {
	var ids []int32
	for b := range int32(brokers) {
		if t.holds(b, p, brokers) {
			ids = append(ids, b)
		}
	}
	return ids
}

// Every topic is spread evenly, and so are all topics together, whatever their
// partition counts.
func TestPlacementIsEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		brokers := rapid.IntRange(1, maxBrokers).Draw(t, "brokers")
		replicas := rapid.IntRange(1, brokers).Draw(t, "replicas")
		counts := rapid.SliceOfN(rapid.IntRange(1, 40), 1, 60).Draw(t, "partitions")
		total, held := make([]int, brokers), make([]int, brokers)
		for _, n := range counts {
			p := placement{First: chooseFirst(total, n), Partitions: n, Replicas: replicas}
			own := make([]int, brokers)
			p.addTo(own, 0)
			if spread(own) > 1 {
				t.Fatalf("a topic of %d partitions is led %v", n, own)
			}
			p.addTo(total, 0)
			for i := range n {
				ids := holders(p, i, brokers)
				if len(ids) != replicas || !slices.Contains(ids, p.leader(i, brokers)) {
					t.Fatalf("partition %d: led by %d, replicas on %v, want %d", i, p.leader(i, brokers), ids, replicas)
				}
				for _, id := range ids {
					held[id]++
				}
			}
		}
		if spread(total) > 2 {
			t.Fatalf("all topics are led %v", total)
		}
		if spread(held) > 2*replicas {
			t.Fatalf("all replicas are held %v", held)
		}
	})
}

// What a deleted topic leaves is what was there before it.
func TestPlacementRemove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaders := rapid.SliceOfN(rapid.IntRange(0, 50), 1, maxBrokers).Draw(t, "leaders")
		p := placement{Partitions: rapid.IntRange(0, 40).Draw(t, "partitions")}
		p.First = chooseFirst(leaders, p.Partitions)
		before := slices.Clone(leaders)
		p.addTo(leaders, 0)
		p.removeFrom(leaders)
		if !slices.Equal(leaders, before) {
			t.Fatalf("leaders were %v, are %v", before, leaders)
		}
	})
}

func spread(loads []int) int { return slices.Max(loads) - slices.Min(loads) }
