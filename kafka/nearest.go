package kafka

import (
	"cmp"
	"slices"
	"strings"
)

// maxNearest is how many names are worth suggesting.
const maxNearest = 3

// Nearest returns the names that were most likely meant by a name that does not
// exist: those that contain it or lie within it, and those that a few typing
// mistakes make of it, the nearest first: three at most.
func Nearest(name string, names []string) []string {
	type candidate struct {
		name            string
		slips, distance int
	}
	lower := strings.ToLower(name)
	var found []candidate
	for _, n := range names {
		other := strings.ToLower(n)
		d := typos(lower, other)
		slips := d
		if lower != "" && strings.HasPrefix(other, lower) { // the rest was not typed
			slips = min(d, 1)
		}
		alike := d <= max(1, len(lower)/3)
		if within := lower != "" && (strings.Contains(other, lower) || strings.Contains(lower, other)); alike || within {
			found = append(found, candidate{n, slips, d})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.slips, b.slips), cmp.Compare(a.distance, b.distance), strings.Compare(a.name, b.name))
	})
	var out []string
	for _, c := range found[:min(maxNearest, len(found))] {
		out = append(out, c.name)
	}
	return out
}

// typos is how many bytes must be added, dropped, changed or swapped with the
// next to get from a to b: names of topics and commands are ASCII.
func typos(a, b string) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			change := row[j]
			if a[i] != b[j] {
				change++
			}
			next[j+1] = min(change, next[j]+1, row[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
