package kafka

import (
	"cmp"
	"slices"
	"strings"
)

// maxNearest is how many names are worth suggesting.
const maxNearest = 3

// nearest returns the names that were most likely meant by a name that does not
// exist: those that contain it or lie within it, and those that a few typing
// mistakes make of it, the nearest first.
func nearest(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
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
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.name, b.name))
	})
	var out []string
	for _, c := range found[:min(maxNearest, len(found))] {
		out = append(out, c.name)
	}
	return out
}

// typos is the Levenshtein distance of two strings, in bytes: topic names are
// ASCII.
func typos(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
