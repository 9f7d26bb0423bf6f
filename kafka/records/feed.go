package records

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/unpack"
)

// Bounds of what a Feed holds, unless its Limits say otherwise.
const (
	DefaultRecords = 100_000
	DefaultBytes   = 64 << 20
)

const (
	// heartbeat is the longest time that Wait waits: rates fall and lag grows
	// while nothing comes in.
	heartbeat = 2 * time.Second
	// scanBeat is the same during a scan, whose progress is to be seen though it
	// finds nothing.
	scanBeat = 200 * time.Millisecond
	// updateEvery is the least time between two changes that Wait tells about:
	// as often as an eye can follow, whatever comes in.
	updateEvery = 66 * time.Millisecond
	// reopenEvery is the time between attempts to begin reading.
	reopenEvery = 2 * time.Second
	// recordOverhead is what a held record takes beside its key, value and
	// headers.
	recordOverhead = 256
)

// Limits bound what a Feed holds; zero fields are the defaults.
type Limits struct {
	Records int
	Bytes   int64 // keys, values, headers and 256 bytes for each record
}

// Held is a record that a Feed holds, with its number in the order of coming.
type Held struct {
	Number int64
	// Aborted is set when the record belongs to a transaction that was aborted, as
	// far as its marker has been read (Query.Markers).
	Aborted bool
	// Unended is set when the record belongs to a transaction whose marker has not
	// been read (Query.Markers).
	Unended bool
	*kgo.Record
}

// FeedStatus is how a Feed stands.
type FeedStatus struct {
	Status
	Open    bool    // reading has begun; until then Problem says what stands in the way
	Ended   bool    // everything up to the query's Until has been read
	Read    int64   // records read so far
	Dropped int64   // records among them that are no longer held
	Held    int     // records held
	Shown   int     // records held that the filter lets through, as far as looked at
	Bytes   int64   // what the held records take
	Rate    float64 // records per second that came in lately, of those written since reading began
	History bool    // what was there when reading began is still being read
	Paused  bool    // reading waits for Pause(false)
	Full    bool    // reading waits, since it would push out what is kept in view
	// Done is the share of the range that is read, from 0 to 1, and Left how long
	// the rest takes at the present speed; 0 when that is not known.
	Done float64
	Left time.Duration
	// LookRate is how many records per second were looked at lately.
	LookRate float64
}

// Feed reads a topic behind a bounded memory of the newest records. Run reads;
// the other methods never wait for the cluster and are for any goroutine.
type Feed struct {
	client *kafka.Conn
	limits Limits

	running sync.Mutex // held by the Run that is under way

	mu      sync.Mutex
	cond    *sync.Cond // room, pause and filter have changed
	changed chan struct{}
	told    time.Time // when Wait last returned

	query    Query
	reader   *Reader // nil while not reading
	ring     *ring[*kgo.Record]
	next     map[int32]int64 // resume here: what is not in the ring yet is read again
	origin   map[int32]int64 // where the first run began
	present  map[int32]int64 // where the logs ended then
	caughtUp bool            // everything before present has been read
	ended    bool            // the end of the range was reached
	base     Status          // what earlier readers have counted
	looking  rateMeter       // of records looked at
	passing  rateMeter       // of offsets passed
	looked   int64           // records, and
	passed   int64           // offsets, as the meters have seen them
	done     float64         // the share of the range that was read when last asked
	paused   bool
	keep     int64 // number of the oldest record that must stay; -1 is none
	full     bool
	inHand   int // records read that are not in the ring yet
	shown    shown
	txs      transactions
	rate     rateMeter
	problem  error // why reading has not begun
	note     string
	answered time.Time // when the last reader was last answered
	skipped  int64     // records that never entered the ring
}

// NewFeed returns a feed that reads nothing before Run.
func NewFeed(client *kafka.Conn, q Query, limits Limits) *Feed {
	if limits.Records == 0 {
		limits.Records = DefaultRecords
	}
	if limits.Bytes == 0 {
		limits.Bytes = DefaultBytes
	}
	f := &Feed{client: client, limits: limits, query: q, keep: -1, changed: make(chan struct{}, 1), txs: newTransactions()}
	f.cond = sync.NewCond(&f.mu)
	f.ring = newRing(limits.Records, limits.Bytes, recordSize)
	return f
}

func recordSize(r *kgo.Record) int64 {
	n := int64(recordOverhead + len(r.Key) + len(r.Value))
	for i := range r.Headers {
		n += int64(len(r.Headers[i].Key) + len(r.Headers[i].Value))
	}
	return n
}

// Run reads until ctx ends. It begins again by itself after every failure, and
// where an earlier Run has stopped: nothing is lost between two runs. A second one
// waits until the first has ended.
func (f *Feed) Run(ctx context.Context) {
	f.running.Lock()
	defer f.running.Unlock()
	defer context.AfterFunc(ctx, f.wake)()
	var filtering sync.WaitGroup
	filtering.Go(func() { f.filterLoop(ctx) })
	defer filtering.Wait()
	for ctx.Err() == nil {
		err := f.read(ctx)
		if errors.Is(err, io.EOF) {
			f.finish()
			<-ctx.Done()
		}
		if ctx.Err() != nil {
			return
		}
		f.mu.Lock()
		f.problem = err
		f.mu.Unlock()
		f.tell()
		if pause(ctx, reopenEvery) != nil {
			return
		}
	}
}

// read reads until something fails.
func (f *Feed) read(ctx context.Context) error {
	f.mu.Lock()
	q := f.query
	if f.next != nil {
		q.From, q.Resume = Start{Kind: Earliest}, maps.Clone(f.next)
	}
	ended := f.ended
	f.mu.Unlock()
	if ended {
		return io.EOF
	}
	r, err := Open(ctx, f.client, q)
	if err != nil {
		return err
	}
	defer r.Close()
	f.begin(r)
	defer f.end(r)
	for {
		if err := f.goOn(ctx); err != nil {
			return err
		}
		batch, err := r.Next(ctx)
		if err != nil {
			f.reached(r.Positions()) // nothing is in hand
			return err
		}
		if err := f.add(ctx, batch); err != nil {
			return err
		}
		f.reached(r.Positions())
	}
}

// goOn waits while reading is paused.
func (f *Feed) goOn(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.paused && f.query.Filter != nil && ctx.Err() == nil {
		f.cond.Wait()
	}
	return ctx.Err()
}

// reached takes in where the reader stands, once all that it has handed out is in
// the ring.
func (f *Feed) reached(positions map[int32]int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = positions
}

// finish notes that the range is read.
func (f *Feed) finish() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	f.tell()
}

func (f *Feed) begin(r *Reader) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reader = r
	f.problem = nil
	if f.next == nil {
		f.next = r.Positions()
		f.origin, f.present = maps.Clone(f.next), r.Ends()
	}
	if note := r.Status().Note; note != "" {
		f.note = note
	}
	f.tell()
}

// end keeps what is worth telling of a reader that is closed.
func (f *Feed) end(r *Reader) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reader = nil
	s := r.Status()
	f.answered = s.At
	f.base.Looked += s.Looked
	f.base.Failed += s.Failed
	f.base.Unread += s.Unread
	f.base.WhyFailed = cmp.Or(f.base.WhyFailed, s.WhyFailed)
}

// add takes a batch into the ring, once reading is not paused. Where records must
// stay in view it waits for room; else what the batch itself would push out again
// is skipped.
func (f *Feed) add(ctx context.Context, batch []*kgo.Record) error {
	batch, err := f.admit(ctx, batch)
	if err != nil {
		return err
	}
	batch = cloneAll(batch)
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.inHand = 0 }()
	for _, rec := range batch {
		for f.mustWait(rec) && ctx.Err() == nil {
			f.tell()
			f.cond.Wait()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f.txs.add(rec, f.ring.end, f.ring.first)
		f.ring.push(rec)
		f.inHand--
		f.next[rec.Partition] = unpack.After(rec)
	}
	f.rate.add(time.Now(), f.fresh(batch))
	f.cond.Broadcast() // the filter looks at what is new
	f.tell()
	return nil
}

// mustWait reports whether a record may not enter the ring now.
func (f *Feed) mustWait(rec *kgo.Record) bool {
	f.full = f.keep >= 0 && !f.ring.fits(rec, f.keep)
	return f.full || f.paused
}

// admit waits until reading is not paused, and leaves out the records that
// others in the batch would push out at once.
func (f *Feed) admit(ctx context.Context, batch []*kgo.Record) ([]*kgo.Record, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inHand = len(batch)
	f.tell()
	for f.paused && ctx.Err() == nil {
		f.cond.Wait()
	}
	if f.keep < 0 {
		batch = f.skip(batch)
	}
	f.inHand = len(batch)
	return batch, ctx.Err()
}

// skip returns the end of a batch that fits into the ring.
func (f *Feed) skip(batch []*kgo.Record) []*kgo.Record {
	from, bytes := len(batch), int64(0)
	for from > 0 && len(batch)-from < f.limits.Records {
		if bytes += recordSize(batch[from-1]); bytes > f.limits.Bytes && from < len(batch) {
			break
		}
		from--
	}
	for _, rec := range batch[:from] {
		f.next[rec.Partition] = unpack.After(rec)
	}
	f.skipped += int64(from)
	f.rate.add(time.Now(), f.fresh(batch[:from]))
	return batch[from:]
}

// fresh is how many records were written since reading began.
func (f *Feed) fresh(batch []*kgo.Record) (n int) {
	for _, rec := range batch {
		if rec.Offset >= f.present[rec.Partition] {
			n++
		}
	}
	return n
}

// tell lets Wait return.
func (f *Feed) tell() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

func (f *Feed) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cond.Broadcast()
}

// beat is the longest time that Wait waits.
func (f *Feed) beat() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.query.Filter != nil && f.done < 1 {
		return scanBeat
	}
	return heartbeat
}

// Wait waits until something has changed, for two seconds at most, and for 66 ms
// from one return to the next at least. The error is that of ctx.
func (f *Feed) Wait(ctx context.Context) error {
	timer := time.NewTimer(f.beat())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-f.changed:
	case <-timer.C:
	}
	f.mu.Lock()
	rest := updateEvery - time.Since(f.told)
	f.mu.Unlock()
	if rest > 0 {
		if err := pause(ctx, rest); err != nil {
			return err
		}
	}
	f.mu.Lock()
	f.told = time.Now()
	f.mu.Unlock()
	return nil
}

// Pause stops reading, or goes on. Nothing is lost: the cluster keeps what is
// not read yet.
func (f *Feed) Pause(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paused = on
	f.cond.Broadcast()
	f.tell()
}

// Keep makes the feed hold a record, by its number, and all after it: when there
// is no room for more, reading waits. A negative number lets the oldest go.
func (f *Feed) Keep(number int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keep != number {
		f.keep = number
		f.cond.Broadcast()
	}
}
