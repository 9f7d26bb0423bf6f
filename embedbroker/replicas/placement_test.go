package replicas

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPlacement(t *testing.T) {
	tests := []struct {
		name     string
		p        Placement
		racks    []string
		replicas [][]int32
	}{
		{
			name: "from the first broker", p: Placement{First: 0, Partitions: 4, Replicas: 2}, racks: make([]string, 3),
			replicas: [][]int32{{0, 1}, {1, 2}, {2, 0}, {0, 1}},
		},
		{
			name: "from the last broker", p: Placement{First: 2, Partitions: 2, Replicas: 3}, racks: make([]string, 3),
			replicas: [][]int32{{2, 0, 1}, {0, 1, 2}},
		},
		{
			name: "one broker", p: Placement{Partitions: 2, Replicas: 1}, racks: make([]string, 1),
			replicas: [][]int32{{0}, {0}},
		},
		{
			name: "two racks", p: Placement{Partitions: 4, Replicas: 2}, racks: []string{"a", "a", "b", "b"},
			replicas: [][]int32{{0, 2}, {2, 1}, {1, 3}, {3, 0}},
		},
		{
			name: "chosen by a client", p: Placement{Partitions: 2, Replicas: 2, Given: map[int32][]int32{1: {0, 2}}}, racks: make([]string, 3),
			replicas: [][]int32{{0, 1}, {0, 2}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLayout(tt.racks)
			for p := range int32(tt.p.Partitions) {
				if got := l.replicas(tt.p, p); !slices.Equal(got, tt.replicas[p]) {
					t.Errorf("partition %d has replicas %v, want %v", p, got, tt.replicas[p])
				}
				if got := l.leader(tt.p, p); got != tt.replicas[p][0] {
					t.Errorf("partition %d prefers leader %d, want %d", p, got, tt.replicas[p][0])
				}
			}
		})
	}
}

// While brokers are away, those that are there come first.
func TestPlacementAmong(t *testing.T) {
	l := newLayout(make([]string, 4))
	live := func(id int32) bool { return id != 1 && id != 2 }
	for partition, want := range [][]int32{{0, 3, 1}, {3, 0, 1}, {3, 0, 2}} {
		if got := l.among(Placement{Replicas: 3}, int32(partition), live); !slices.Equal(got, want) {
			t.Errorf("partition %d: got %v, want %v", partition, got, want)
		}
	}
}

// Every topic is spread evenly, and so are all topics together, whatever their
// partition counts.
func TestPlacementIsEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		racks := rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "b"}), 1, 15).Draw(t, "racks")
		l := newLayout(racks)
		total := make([]int, len(racks))
		var topics []Placement
		for range rapid.IntRange(1, 30).Draw(t, "topics") {
			p := Placement{Partitions: rapid.IntRange(1, 40).Draw(t, "partitions"), Replicas: rapid.IntRange(1, len(racks)).Draw(t, "replicas")}
			p.First = l.chooseFirst(total, p.Partitions)
			own := make([]int, len(racks))
			l.count(own, p, 0, 1)
			l.count(total, p, 0, 1)
			topics = append(topics, p)
			if slices.Max(own)-slices.Min(own) > 1 {
				t.Fatalf("topic %+v is led %v", p, own)
			}
		}
		if slices.Max(total)-slices.Min(total) > len(racks) {
			t.Fatalf("after %+v brokers lead %v", topics, total)
		}
		for _, p := range topics {
			l.count(total, p, 0, -1)
		}
		if slices.Max(total) != 0 || slices.Min(total) != 0 {
			t.Fatalf("after their removal brokers lead %v", total)
		}
	})
}
