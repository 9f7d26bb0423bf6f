package overview

import (
	"fmt"
	"testing"
)

func TestArrangeKeepsPartsApartAndOnTheScreen(t *testing.T) {
	for _, size := range [][2]int{{60, 11}, {80, 20}, {100, 26}, {120, 40}, {160, 44}, {250, 90}, {60, 1}} {
		for _, n := range []rows{{}, {0, 7, 8, 3}, {1, 7, 8, 3}, {9, 30, 30, 12}, {100, 0, 0, 100}} {
			t.Run(fmt.Sprint(size, n), func(t *testing.T) {
				l := arrange(size[0], size[1], n)
				taken := make(map[[2]int]bool)
				for _, r := range []rect{l.problems, l.facts, l.groups, l.topics, l.brokers, l.rate, l.lag} {
					for y := r.y; y < r.y+r.h; y++ {
						for x := r.x; x < r.x+r.w; x++ {
							if taken[[2]int{x, y}] || x >= size[0] || y >= size[1] {
								t.Fatalf("cell %d, %d is taken twice or off the screen: %+v", x, y, l)
							}
							taken[[2]int{x, y}] = true
						}
					}
				}
			})
		}
	}
}

func TestArrangeGivesWhatMattersItsRoom(t *testing.T) {
	for _, tc := range []struct {
		w, h     int
		n        rows
		problems int // lines with the title
		topRows  int // rows of groups and topics
		brokers  int // rows
		charts   bool
	}{
		{80, 20, rows{0, 7, 8, 3}, 1, 8, 3, false},
		{80, 20, rows{2, 7, 8, 3}, 3, 6, 3, false},
		{80, 20, rows{20, 7, 8, 3}, 4, 5, 3, false},
		{60, 11, rows{1, 7, 8, 3}, 2, 3, 1, false},
		{160, 44, rows{0, 7, 8, 3}, 1, 8, 3, true},
		{160, 44, rows{20, 30, 30, 12}, 8, 12, 7, true},
		{120, 20, rows{1, 7, 8, 3}, 2, 7, 3, false},
	} {
		l := arrange(tc.w, tc.h, tc.n)
		if l.problems.h != tc.problems || l.groups.h-1 != tc.topRows || l.topics.h-1 != tc.topRows || l.brokers.h-1 != tc.brokers || l.rate.h > 0 != tc.charts {
			t.Errorf("%d×%d with %+v: problems %d, groups %d, brokers %d, charts %d lines",
				tc.w, tc.h, tc.n, l.problems.h, l.groups.h, l.brokers.h, l.rate.h)
		}
	}
}
