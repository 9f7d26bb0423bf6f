package records

import (
	"testing"

	"pgregory.net/rapid"
)

// TestRing compares the ring with a slice that is cut at its front.
func TestRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		maxItems := rapid.IntRange(1, 200).Draw(t, "items")
		maxBytes := rapid.Int64Range(1, 1000).Draw(t, "bytes")
		size := func(n int64) int64 { return n }
		r := newRing(maxItems, maxBytes, size)
		var model []int64
		gone := int64(0)
		sum := func() (s int64) {
			for _, n := range model {
				s += n
			}
			return s
		}
		for _, item := range rapid.SliceOfN(rapid.Int64Range(0, 50), 0, 600).Draw(t, "pushed") {
			keep := rapid.Int64Range(gone, gone+int64(len(model))).Draw(t, "keep")
			fits := r.fits(item, keep)
			held := len(model)
			r.push(item)
			for len(model) > 0 && (len(model) >= maxItems || sum()+item > maxBytes) {
				model = model[1:]
				gone++
			}
			if want := gone <= keep || held == 0; fits != want {
				t.Fatalf("fits said %v with %d to keep; the first is %d now", fits, keep, gone)
			}
			model = append(model, item)
			if r.first != gone || r.end != gone+int64(len(model)) || r.bytes != sum() {
				t.Fatalf("the ring holds %d to %d of %d bytes, want %d to %d of %d", r.first, r.end, r.bytes, gone, gone+int64(len(model)), sum())
			}
			for i, want := range model {
				if got := r.at(gone + int64(i)); got != want {
					t.Fatalf("item %d is %d, want %d", gone+int64(i), got, want)
				}
			}
		}
	})
}
