// Package nearest finds what was probably meant by a name that does not exist.
package nearest

import (
	"cmp"
	"slices"
	"strings"
)

// most is how many names are worth suggesting.
const most = 3

// Names returns the up to three names that were most likely meant by name, the
// nearest first: those that contain it or lie within it, and those that a few
// typing mistakes make of it. Case does not count.
func Names(name string, names []string) []string {
	type candidate struct {
		name  string
		typos int
	}
	lower := strings.ToLower(name)
	var found []candidate
	for _, n := range names {
		other := strings.ToLower(n)
		d := typos(lower, other)
		alike := d <= max(1, len(lower)/3)
		if within := lower != "" && (strings.Contains(other, lower) || strings.Contains(lower, other)); alike || within {
			found = append(found, candidate{n, d})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.typos, b.typos), strings.Compare(a.name, b.name))
	})
	var out []string
	for _, c := range found[:min(most, len(found))] {
		out = append(out, c.name)
	}
	return out
}

// typos is how many bytes must be added, dropped, changed, or swapped with their
// neighbour to get from a to b: the optimal string alignment distance. Names of
// topics and groups are ASCII most of the time.
func typos(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, row[j]+1, last[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
