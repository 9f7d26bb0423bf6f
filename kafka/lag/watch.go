package lag

import (
	"sync"
	"time"
)

// maxWindows bounds what a Watch keeps: 100,000 windows that are full are about
// 60 MB. Partitions beyond get no verdict and no pace, but all else.
const maxWindows = 100_000

// Watch keeps a window for each partition of many groups, and the history of each
// group's total lag. It is safe for concurrent use. The zero value is empty.
type Watch struct {
	mu      sync.Mutex
	groups  map[string]*watched
	windows int // of all groups
}

// watched is what is kept of one group.
type watched struct {
	windows map[partition]*kept
	total   History
	round   int
}

type partition struct {
	topic  string
	number int32
}

type kept struct {
	Window
	round int // the last round that the partition was in
}

// Round is one look at all partitions of a group.
type Round struct {
	watch *Watch
	group *watched
	at    time.Time
	whole Summary
	sum   Sum
}

// Begin begins a look at a group as of a time. Nobody else can look at the watch
// until it has ended: do not wait for anything in between.
func (w *Watch) Begin(group string, at time.Time) *Round {
	w.mu.Lock()
	g := w.groups[group]
	if g == nil {
		if w.groups == nil {
			w.groups = make(map[string]*watched)
		}
		g = &watched{windows: make(map[partition]*kept)}
		w.groups[group] = g
	}
	g.round++
	return &Round{watch: w, group: g, at: at}
}

// Add takes in where the group stands on one partition, and returns how it gets on
// there. held says that a member has it.
func (r *Round) Add(topic string, number int32, p Partition, held bool) Progress {
	r.sum.Add(p)
	k := r.window(partition{topic, number}, p)
	if k == nil {
		return NoProgress()
	}
	k.round = r.group.round
	read := p.State == Phantom
	k.Window.Add(Sample{At: r.at, Committed: p.Log.End - p.Records, End: p.Log.End, Held: held, Read: read})
	progress := k.Progress(r.at)
	if read {
		progress = progress.Read()
	}
	r.whole.Add(topic, number, progress)
	return progress
}

// window returns the window of a partition, or nil when there is nothing to put
// into it, or no room for it.
func (r *Round) window(id partition, p Partition) *kept {
	if p.Records < 0 {
		return nil
	}
	k := r.group.windows[id]
	if k == nil && r.watch.windows < maxWindows {
		k = new(kept)
		r.group.windows[id] = k
		r.watch.windows++
	}
	return k
}

// Lags returns the lag of a partition at its samples, oldest first; none of a nil
// round.
func (r *Round) Lags(topic string, number int32) []float64 {
	if r == nil {
		return nil
	}
	if k := r.group.windows[partition{topic, number}]; k != nil {
		return k.Lags()
	}
	return nil
}

// Watched is what a Watch tells of a group as a whole.
type Watched struct {
	Summary
	Trend
	History []float64 // of the total lag, oldest first
}

// End ends the look, and returns what it adds up to. What was not added this time
// is forgotten.
func (r *Round) End() Watched {
	defer r.watch.mu.Unlock()
	for id, k := range r.group.windows {
		if k.round != r.group.round {
			delete(r.group.windows, id)
			r.watch.windows--
		}
	}
	r.group.total.Add(r.at, r.sum)
	return Watched{r.whole, r.group.total.Trend(), r.group.total.Records()}
}

// Keep forgets all groups but those for which it is told to keep them.
func (w *Watch) Keep(keep func(group string) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, g := range w.groups {
		if !keep(name) {
			w.windows -= len(g.windows)
			delete(w.groups, name)
		}
	}
}
