package kafka

import (
	"cmp"
	"slices"
	"strings"
)

// maxNear is how many names are suggested for one that does not exist.
const maxNear = 3

// nearest returns the names that look most like the one that was asked for, best
// first: those that contain it, and those that a few slips of the fingers turn
// into it.
func nearest(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	want := strings.ToLower(name)
	slips := max(2, len(want)/3)
	var near []candidate
	for _, n := range names {
		lower := strings.ToLower(n)
		switch d := editDistance(want, lower, slips); {
		case d <= slips:
			near = append(near, candidate{n, d})
		case want != "" && strings.Contains(lower, want):
			near = append(near, candidate{n, slips + len(lower) - len(want)})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var best []string
	for _, c := range near[:min(maxNear, len(near))] {
		best = append(best, c.name)
	}
	return best
}

// editDistance is how many bytes must be put in, taken out or changed to turn a
// into b, or limit+1 when that is more than limit.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return min(row[len(b)], limit+1)
}
