package records

import (
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/unpack"
)

// chunkRecords is how many records the filter looks at before it tells about
// what it has found.
const chunkRecords = 2000

// shown is what a filter lets through of the records in the ring.
type shown struct {
	filter  *Filter // nil shows all
	numbers []int64 // of the records that match, in order
	gone    int64   // matches before numbers[0] that are no longer held
	looked  int64   // records before this number have been looked at
}

// SetFilter shows only records that a filter wants; nil shows all. The records
// held are looked at in the background, while Run runs.
func (f *Feed) SetFilter(filter *Filter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if filter.same(f.shown.filter) {
		return
	}
	f.shown = shown{filter: filter, looked: f.ring.first}
	f.cond.Broadcast()
	f.tell()
}

// filterLoop looks at records that the filter has not seen.
func (f *Feed) filterLoop(ctx context.Context) {
	for f.filterChunk(ctx) {
	}
}

// filterChunk looks at the next few records. The lock is not held meanwhile: a
// record is never changed, and large ones take a while.
func (f *Feed) filterChunk(ctx context.Context) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for (f.shown.filter == nil || f.shown.looked >= f.ring.end) && ctx.Err() == nil {
		f.cond.Wait()
	}
	if ctx.Err() != nil {
		return false
	}
	filter := f.shown.filter
	m := filter.matcher(maskingOf(ctx, f.client, f.query.Topic))
	from := max(f.shown.looked, f.ring.first)
	chunk := make([]*kgo.Record, min(chunkRecords, f.ring.end-from))
	for i := range chunk {
		chunk[i] = f.ring.at(from + int64(i))
	}
	f.mu.Unlock()
	var found []int64
	for i, rec := range chunk {
		if unpack.Of(rec) != nil || m.wantsRecord(rec) { // what cannot be looked at is shown
			found = append(found, from+int64(i))
		}
	}
	f.mu.Lock()
	if f.shown.filter == filter {
		f.shown.numbers = append(f.shown.numbers, found...)
		f.shown.looked = from + int64(len(chunk))
		f.forget()
		f.tell()
	}
	return true
}

// forget lets go of matches that the ring no longer holds.
func (f *Feed) forget() {
	i, _ := slices.BinarySearch(f.shown.numbers, f.ring.first)
	f.shown.gone += int64(i)
	f.shown.numbers = f.shown.numbers[i:]
}

// bounds returns the rows of the shown records: the first that is still held and
// one past the last.
func (f *Feed) bounds() (first, end int64) {
	if f.shown.filter == nil {
		return f.ring.first, f.ring.end
	}
	f.forget()
	return f.shown.gone, f.shown.gone + int64(len(f.shown.numbers))
}

// Bounds returns the rows that are shown: the first and one past the last. Rows
// are counted up from 0 since the filter was set; the oldest leave, and a record
// keeps its row.
func (f *Feed) Bounds() (first, end int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.bounds()
}

// Window returns up to n shown records from a row on. A row that is no longer
// held is left out.
func (f *Feed) Window(row int64, n int) []Held {
	f.mu.Lock()
	defer f.mu.Unlock()
	first, end := f.bounds()
	row = max(row, first)
	var window []Held
	for ; row < end && len(window) < n; row++ {
		number := row
		if f.shown.filter != nil {
			number = f.shown.numbers[row-f.shown.gone]
		}
		rec := f.ring.at(number)
		window = append(window, Held{number, f.txs.aborted[number], f.query.Markers && f.txs.unended(rec, number), rec})
	}
	return window
}

// Row returns the row of a record by its number, or of the first shown after it.
func (f *Feed) Row(number int64) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	first, _ := f.bounds()
	if f.shown.filter == nil {
		return max(number, first)
	}
	i, _ := slices.BinarySearch(f.shown.numbers, number)
	return f.shown.gone + int64(i)
}

// rateMeter counts records over the last seconds.
type rateMeter struct {
	slots [rateSlots]int64
	last  int64 // the second of the newest slot
	since time.Time
}

// rateSlots is how many seconds a rate is taken over, the one under way not
// counted.
const rateSlots = 4

func (m *rateMeter) add(now time.Time, n int) {
	m.advance(now)
	m.slots[m.last%rateSlots] += int64(n)
}

func (m *rateMeter) advance(now time.Time) {
	second := now.Unix()
	if m.since.IsZero() {
		m.since, m.last = now, second
	}
	for range min(max(0, second-m.last), rateSlots) {
		m.last++
		m.slots[m.last%rateSlots] = 0
	}
	m.last = max(m.last, second)
}

// perSecond is the rate over the whole seconds before now, or over the time
// since the first record when that is less.
func (m *rateMeter) perSecond(now time.Time) float64 {
	if m.since.IsZero() {
		return 0
	}
	m.advance(now)
	sum := int64(0)
	for _, n := range m.slots {
		sum += n
	}
	span := float64(rateSlots-1) + float64(now.Nanosecond())/1e9
	return float64(sum) / min(span, max(1, now.Sub(m.since).Seconds()))
}
