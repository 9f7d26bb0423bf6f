package lag

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// maxWindows bounds what a Watch keeps: 100,000 windows are about 45 MB when all of
// them are full and move at every sample, and 15 MB when all stand still. Partitions
// beyond get no verdict and no pace, but all else.
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
	windows map[string][]kept // by topic; those of a topic in order
	total   History
	round   uint32
}

// kept is the window of a partition.
type kept struct {
	partition int32
	round     uint32 // the last one that the partition was in
	Window
}

// find returns where the window of a partition stands among those of its topic, or
// where it would.
func find(windows []kept, partition int32) (at int, found bool) {
	return slices.BinarySearchFunc(windows, partition, func(k kept, p int32) int { return cmp.Compare(k.partition, p) })
}

// Round is one look at all partitions of a group.
type Round struct {
	watch *Watch
	group *watched
	at    time.Time
	whole Summary
	sum   Sum

	topic   string // the topic of the window before: those of one topic come together
	windows []kept // its windows
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
		g = &watched{windows: make(map[string][]kept)}
		w.groups[group] = g
	}
	g.round++
	return &Round{watch: w, group: g, at: at}
}

// Add takes in where the group stands on one partition, and returns how it gets on
// there. held says that a member has it.
func (r *Round) Add(topic string, partition int32, p Partition, held bool) Progress {
	r.sum.Add(p)
	k := r.window(topic, partition, p)
	if k == nil {
		return NoProgress()
	}
	k.round = r.group.round
	read := p.State == Phantom
	k.Add(Sample{At: r.at, Committed: p.Log.End - p.Records, End: p.Log.End, Held: held, Read: read})
	progress := k.Progress(r.at)
	if read {
		progress = progress.Read()
	}
	r.whole.Add(topic, partition, progress)
	return progress
}

// window returns the window of a partition, or nil when there is nothing to put
// into it, or no room for it. It is good until the next one is asked for.
func (r *Round) window(topic string, partition int32, p Partition) *kept {
	if p.Records < 0 {
		return nil
	}
	if r.windows == nil || r.topic != topic {
		r.topic, r.windows = topic, r.group.windows[topic]
	}
	at, found := find(r.windows, partition)
	if !found {
		if r.watch.windows == maxWindows {
			return nil
		}
		r.windows = slices.Insert(r.windows, at, kept{partition: partition})
		r.group.windows[topic] = r.windows
		r.watch.windows++
	}
	return &r.windows[at]
}

// Lags returns the lag of a partition at its samples, oldest first; none of a nil
// round.
func (r *Round) Lags(topic string, partition int32) []float64 {
	if r == nil {
		return nil
	}
	windows := r.group.windows[topic]
	if at, found := find(windows, partition); found {
		return windows[at].Lags()
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
	for topic, windows := range r.group.windows {
		left := slices.DeleteFunc(windows, func(k kept) bool { return k.round != r.group.round })
		r.watch.windows -= len(windows) - len(left)
		switch {
		case len(left) == 0:
			delete(r.group.windows, topic)
		case cap(left) > len(left)*5/4: // as after the first look
			r.group.windows[topic] = slices.Clone(left)
		case len(left) < len(windows):
			r.group.windows[topic] = left
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
			for _, windows := range g.windows {
				w.windows -= len(windows)
			}
			delete(w.groups, name)
		}
	}
}
