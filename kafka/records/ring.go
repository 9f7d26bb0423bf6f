package records

// ring holds the newest items within a bound of their number and of their size
// together. Items are numbered from 0 on in the order of coming; an item keeps
// its number.
type ring[T any] struct {
	size     func(T) int64
	maxItems int
	maxBytes int64

	items []T   // circular; its length grows up to maxItems
	first int64 // number of the oldest item held
	end   int64 // number of the next item to come
	bytes int64
}

func newRing[T any](maxItems int, maxBytes int64, size func(T) int64) *ring[T] {
	return &ring[T]{size: size, maxItems: maxItems, maxBytes: maxBytes}
}

// push adds an item and lets the oldest go until the bounds hold again; an item
// that is larger than the bound stays alone.
func (r *ring[T]) push(item T) {
	size := r.size(item)
	r.makeRoom(size)
	if held := int(r.end - r.first); held == len(r.items) {
		r.grow(held)
	}
	r.items[r.slot(r.end)] = item
	r.end++
	r.bytes += size
}

// fits reports whether an item can be pushed without letting go of item number
// keep or any after it.
func (r *ring[T]) fits(item T, keep int64) bool {
	bytes, held := r.bytes+r.size(item), r.end-r.first+1
	for n := r.first; bytes > r.maxBytes || held > int64(r.maxItems); n++ {
		if n >= keep || n >= r.end {
			return n >= r.end // nothing is held: an item always fits into an empty ring
		}
		bytes -= r.size(r.at(n))
		held--
	}
	return true
}

func (r *ring[T]) makeRoom(size int64) {
	for r.first < r.end && (r.bytes+size > r.maxBytes || r.end-r.first >= int64(r.maxItems)) {
		slot := r.slot(r.first)
		r.bytes -= r.size(r.items[slot])
		var none T
		r.items[slot] = none // lets go of its memory
		r.first++
	}
}

// grow makes the circle larger. The held items are put in order first.
func (r *ring[T]) grow(held int) {
	const least = 64
	larger := make([]T, min(r.maxItems, max(least, 2*held)))
	for n := r.first; n < r.end; n++ {
		larger[int(n%int64(len(larger)))] = r.at(n)
	}
	r.items = larger
}

func (r *ring[T]) slot(n int64) int { return int(n % int64(len(r.items))) }

// at returns an item that is held, by its number.
func (r *ring[T]) at(n int64) T { return r.items[r.slot(n)] }
