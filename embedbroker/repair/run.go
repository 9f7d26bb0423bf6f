package repair

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options says how to repair a data folder.
type Options struct {
	Now    time.Time
	Report func(Event) // is told what was found; never nil
	// End returns where the log of a partition was last noted to end, -1 if it was
	// not.
	End func(topic Topic, partition int32) int64
}

// Run makes the files of a data folder what the engine can go on with after the end
// of a process that was not in order.
func Run(dir string, opts Options) error {
	topics, err := Topics(dir)
	if err != nil {
		return err
	}
	partitions, err := mendPartitions(dir, topics, opts)
	if err != nil {
		return err
	}
	ps, err := loadProducers(dir)
	if err != nil {
		return err
	}
	windows := admitWindows(ps, partitions)
	entries, err := readLog(filepath.Join(dir, DecisionsFile))
	if err != nil {
		return err
	}
	decisions := pending(entries)
	ends, applied := settle(ps, partitions, decisions)
	// The epochs are raised before the first marker is written: a producer whose
	// transaction was aborted must not go on with it.
	if err := ps.store(dir); err != nil {
		return err
	}
	raw, err := encodeWindows(windows)
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(dir, "seq_windows.json"), raw); err != nil {
		return err
	}
	for _, e := range ends {
		if err := e.p.endTxn(e.pid, e.epoch, e.commit, opts.Now); err != nil {
			return fmt.Errorf("end the transaction of producer %d in %s-%d: %w", e.pid, e.p.topic, e.p.index, err)
		}
	}
	for _, p := range partitions {
		if err := p.snapshot(); err != nil {
			return fmt.Errorf("note the segments of %s-%d: %w", p.topic, p.index, err)
		}
	}
	for _, e := range summarize(ends, ps) {
		opts.Report(e)
	}
	if err := commitStaged(dir, applied); err != nil {
		return err
	}
	return forget(dir)
}

// forget removes what belongs to the run before.
func forget(dir string) error {
	for _, name := range []string{DecisionsFile, "session_state.json"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func mendPartitions(dir string, topics []Topic, opts Options) ([]*partition, error) {
	var all []*partition
	var mu sync.Mutex
	report := func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		opts.Report(e)
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range topics {
		t := &topics[i]
		for index := range int32(t.Partitions) {
			p := &partition{dir: PartitionDir(dir, t.Name, index), topic: t.Name, index: index}
			if _, err := os.Stat(p.dir); err != nil {
				continue // it is made with the first record
			}
			all = append(all, p)
			g.Go(func() error {
				known := int64(-1)
				if opts.End != nil {
					known = opts.End(*t, index)
				}
				return mendPartition(p, t.Compacted(), known, opts.Now, report)
			})
		}
	}
	return all, g.Wait()
}

// admitWindows collects the windows of all producers that the engine is to know.
func admitWindows(ps producers, partitions []*partition) []*Window {
	windows := []*Window{}
	for _, p := range partitions {
		for _, pid := range sortedKeys(p.windows) {
			if w := p.windows[pid]; ps.admit(w) {
				windows = append(windows, w)
			}
		}
	}
	return windows
}

// ending is a marker that is missing.
type ending struct {
	p      *partition
	pid    int64
	epoch  int16
	commit bool
}

// settle decides how the open transactions end, notes that with their producers, and
// returns the markers to write and the decisions whose offsets are to be committed.
func settle(ps producers, partitions []*partition, decisions map[int64]Decision) ([]ending, []Decision) {
	aborted := make(map[int64]int16)
	open := make(map[int64]int16) // the epoch, by producer id
	for _, p := range partitions {
		for pid, epoch := range p.aborted {
			if old, ok := aborted[pid]; !ok || epoch > old {
				aborted[pid] = epoch
			}
		}
		for pid, o := range p.open {
			if old, ok := open[pid]; !ok || o.epoch > old {
				open[pid] = o.epoch
			}
		}
	}
	late := func(pid int64) int16 {
		if epoch, ok := aborted[pid]; ok {
			return epoch
		}
		return -1
	}
	var ends []ending
	for _, p := range partitions {
		for _, pid := range sortedKeys(p.open) {
			epoch := p.open[pid].epoch
			d, ok := decisions[pid]
			ends = append(ends, ending{p, pid, epoch, decide(d, ok, epoch, late(pid)).commit})
		}
	}
	var applied []Decision
	for _, pid := range sortedKeys(decisions) {
		d := decisions[pid]
		v := decide(d, true, d.Epoch, late(pid))
		if v.commit {
			applied = append(applied, d)
		}
		ps.end(pid, d.Epoch, v.commit, v.fence)
	}
	for _, pid := range sortedKeys(open) {
		if d, ok := decisions[pid]; !ok || d.Epoch != open[pid] {
			ps.end(pid, open[pid], false, true)
		}
	}
	return ends, applied
}

// summarize tells each transaction that was ended, in one event.
func summarize(ends []ending, ps producers) []Event {
	type txn struct {
		commit     bool
		partitions int
	}
	txns := make(map[int64]*txn)
	for _, e := range ends {
		t := txns[e.pid]
		if t == nil {
			t = &txn{commit: e.commit}
			txns[e.pid] = t
		}
		t.partitions++
	}
	var events []Event
	for _, pid := range sortedKeys(txns) {
		name := fmt.Sprintf("producer %d", pid)
		if p := ps[pid]; p != nil && p.TxID != "" {
			name = fmt.Sprintf("%q", p.TxID)
		}
		what := fmt.Sprintf("the transaction of %s was open, aborted in %d partitions", name, txns[pid].partitions)
		if txns[pid].commit {
			what = fmt.Sprintf("the transaction of %s was being committed, completed in %d partitions", name, txns[pid].partitions)
		}
		events = append(events, Event{What: what, Offset: -1})
	}
	return events
}

func loadProducers(dir string) (producers, error) {
	entries, err := readLog(filepath.Join(dir, "pids.log"))
	return readProducers(entries), err
}

func (ps producers) store(dir string) error {
	raw, err := ps.encode()
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, "pids.log"), raw)
}

// commitStaged commits the offsets of decided transactions in groups.log.
func commitStaged(dir string, decisions []Decision) error {
	path := filepath.Join(dir, "groups.log")
	entries, err := readLog(path)
	if err != nil {
		return err
	}
	add, err := stagedCommits(entries, decisions)
	if err != nil || len(add) == 0 {
		return err
	}
	return appendFile(path, add)
}

// readLog returns the entries of a log, none if it does not exist.
func readLog(path string) ([][]byte, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	entries, _ := Entries(raw)
	return entries, err
}
