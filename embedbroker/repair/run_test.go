package repair

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// folder makes a data folder with topic t of two partitions, their batches, and the
// entries of the logs.
func folder(t *testing.T, partitions [2][]spec, pids []producerEntry, decisions ...Decision) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "meta.json"), []byte(`{"version":1,"cluster_id":"c"}`))
	write(t, filepath.Join(dir, "topics.json"), []byte(`{"version":1,"topics":[{"name":"t","id":"AAAAAAAAAAAAAAAAAAAAAQ==","partitions":2}]}`))
	for i, specs := range partitions {
		var raw []byte
		for _, s := range specs {
			raw = append(raw, s.encode()...)
		}
		path := filepath.Join(PartitionDir(dir, "t", int32(i)), "0.dat")
		write(t, path, raw)
		if err := os.Chtimes(path, at(), at()); err != nil {
			t.Fatal(err)
		}
	}
	var log []byte
	for _, e := range pids {
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		log = AppendEntry(log, raw)
	}
	write(t, filepath.Join(dir, "pids.log"), log)
	log = nil
	for _, d := range decisions {
		raw, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, raw...)
	}
	write(t, filepath.Join(dir, DecisionsFile), log)
	return dir
}

// markers tells the markers at the ends of both partitions, as in "commit/0 -".
func markers(t *testing.T, dir string) string {
	t.Helper()
	var s []string
	for i := range int32(2) {
		bs, gaps, _, err := scanFile(filepath.Join(PartitionDir(dir, "t", i), "0.dat"))
		if err != nil || len(gaps) > 0 {
			t.Fatalf("partition %d: gaps %v, %v", i, gaps, err)
		}
		text := "-"
		for j := range bs {
			if b := &bs[j]; b.Marker != notMarker {
				text = fmt.Sprintf("%s/%d", []string{"abort", "commit"}[b.Marker], b.Epoch)
				if j > 0 && b.Base != bs[j-1].End() {
					t.Errorf("partition %d: marker at %d, the batch before ends at %d", i, b.Base, bs[j-1].End())
				}
			}
		}
		s = append(s, text)
		index, err := os.ReadFile(filepath.Join(PartitionDir(dir, "t", i), "0.idx"))
		if err != nil || len(index) != len(bs)*indexEntry {
			t.Errorf("partition %d: %d bytes of index for %d batches (%v)", i, len(index), len(bs), err)
		}
	}
	return strings.Join(s, " ")
}

func readPIDs(t *testing.T, dir string) producers {
	t.Helper()
	ps, err := loadProducers(dir)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

func run(t *testing.T, dir string) {
	t.Helper()
	if err := Run(dir, Options{Now: at(), Report: func(Event) {}}); err != nil {
		t.Fatal(err)
	}
}

func TestRunEndsTransactions(t *testing.T) {
	const pid = 7
	open := func(epoch int16) spec { return spec{base: 0, records: 1, pid: pid, epoch: epoch, txn: true} }
	tx := []producerEntry{{Type: "init", PID: pid, Epoch: 4, TxID: "tx", Timeout: 60_000}}
	decided := func(commit, fence bool) Decision {
		return Decision{TxID: "tx", PID: pid, Epoch: 4, Commit: commit, Fence: fence, Time: at().UnixMilli()}
	}
	done := Decision{PID: pid, Epoch: 4, Done: true}
	staged := Decision{PID: pid, Epoch: 4, Open: true}
	other := decided(true, true)
	other.Epoch = 3
	for _, tt := range []struct {
		name       string
		partitions [2][]spec
		decisions  []Decision
		markers    string
		epoch      int16
		committed  bool
	}{
		{"nothing open", [2][]spec{{{records: 1}}, {{records: 1}}}, nil, "- -", 4, false},
		{"open", [2][]spec{{open(4)}, {open(4)}}, nil, "abort/4 abort/4", 5, false},
		{"open in one", [2][]spec{{open(4)}, {{records: 1}}}, nil, "abort/4 -", 5, false},
		{"committed since KIP-890", [2][]spec{{open(4)}, {open(4)}}, []Decision{decided(true, true)}, "commit/4 commit/4", 5, true},
		{"committed before", [2][]spec{{open(4)}, {open(4)}}, []Decision{decided(true, false)}, "commit/4 commit/4", 4, true},
		{"aborted before", [2][]spec{{open(4)}, {open(4)}}, []Decision{decided(false, false)}, "abort/4 abort/4", 4, false},
		{"all markers written", [2][]spec{{{records: 1}}, {{records: 1}}}, []Decision{decided(true, true)}, "- -", 5, true},
		{"done, then another of the same epoch", [2][]spec{{open(4)}, {{records: 1}}}, []Decision{decided(true, false), done}, "abort/4 -", 5, false},
		{"offsets alone", [2][]spec{{{records: 1}}, {{records: 1}}}, []Decision{staged}, "- -", 5, false},
		{"offsets, committed", [2][]spec{{open(4)}, {open(4)}}, []Decision{staged, decided(true, true)}, "commit/4 commit/4", 5, true},
		{"offsets, and records", [2][]spec{{open(4)}, {{records: 1}}}, []Decision{staged}, "abort/4 -", 5, false},
		{"decided by one that was fenced", [2][]spec{{open(4)}, {open(4)}}, []Decision{other}, "abort/4 abort/4", 5, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := folder(t, tt.partitions, tx, tt.decisions...)
			for range 2 { // the second time nothing is left to do
				run(t, dir)
				if got := markers(t, dir); got != tt.markers {
					t.Errorf("markers %s, want %s", got, tt.markers)
				}
				p := readPIDs(t, dir)[pid]
				if p.Epoch != tt.epoch || p.TxID != "tx" || p.Timeout != 60_000 {
					t.Errorf("producer %+v, want epoch %d", p, tt.epoch)
				}
				if got := p.Commit != nil && *p.Commit; got != tt.committed {
					t.Errorf("last transaction was committed: %v, want %v", got, tt.committed)
				}
			}
		})
	}
}

// A transaction that timed out while it was to be committed has ABORT markers with
// the next epoch: the rest is aborted too.
func TestRunAbortsWhatTimedOut(t *testing.T) {
	tx := spec{records: 1, pid: 7, epoch: 4, txn: true}
	dir := folder(t, [2][]spec{{tx}, {tx}}, []producerEntry{{Type: "init", PID: 7, Epoch: 4, TxID: "tx"}},
		Decision{PID: 7, Epoch: 4, Commit: true, Fence: true, Time: at().UnixMilli(), Offsets: []Staged{{Group: "g", Topic: "t", Offset: 9}}})
	if err := appendFile(filepath.Join(PartitionDir(dir, "t", 0), "0.dat"), marker(1, 3, 7, 5, false, at())); err != nil {
		t.Fatal(err)
	}
	run(t, dir)
	if got := markers(t, dir); got != "abort/5 abort/4" {
		t.Errorf("markers %s", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "groups.log")); err == nil {
		t.Error("the offsets of an aborted transaction are committed")
	}
}

// A producer whose epochs are used up gets another id.
func TestRunReplacesSpentProducer(t *testing.T) {
	tx := spec{records: 1, pid: 7, epoch: lastEpoch, txn: true}
	dir := folder(t, [2][]spec{{tx}, {}}, []producerEntry{{Type: "init", PID: 7, Epoch: lastEpoch, TxID: "tx", Timeout: 1}})
	run(t, dir)
	ps := readPIDs(t, dir)
	if ps[7] != nil || len(ps) != 1 {
		t.Fatalf("producers %v", ps)
	}
	for pid, p := range ps {
		if pid == 7 || p.Epoch != 0 || p.TxID != "tx" {
			t.Errorf("producer %+v", p)
		}
	}
}

func TestRunCommitsStagedOffsets(t *testing.T) {
	tx := spec{records: 1, pid: 7, epoch: 4, txn: true}
	staged := []Staged{{Group: "g", Topic: "t", Partition: 0, Offset: 5}, {Group: "g", Topic: "t", Partition: 1, Offset: 6}}
	dir := folder(t, [2][]spec{{tx}, {tx}}, []producerEntry{{Type: "init", PID: 7, Epoch: 4, TxID: "tx"}},
		Decision{PID: 7, Epoch: 4, Commit: true, Time: at().UnixMilli(), Offsets: staged})
	later := at().UnixMilli() + 1
	raw, err := json.Marshal(commitEntry{Type: "commit", Group: "g", Topic: "t", Part: 1, Offset: 99, LastCommit: &later})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "groups.log"), AppendEntry(nil, raw))
	run(t, dir)
	got := map[int32]int64{}
	entries, err := readLog(filepath.Join(dir, "groups.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range entries {
		var e commitEntry
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		got[e.Part] = e.Offset
	}
	if got[0] != 5 || got[1] != 99 { // the later commit of partition 1 stays
		t.Errorf("committed %v, want 5 and 99", got)
	}
}

// Windows are what the last batches of each producer say, and producers that the
// engine has not written down are.
func TestRunRebuildsWindows(t *testing.T) {
	var specs []spec
	for i := range int64(7) {
		specs = append(specs, spec{base: 2 * i, records: 2, pid: 7, epoch: 1, seq: int32(2 * i)})
	}
	specs = append(specs, spec{base: 14, records: 1, pid: 8, epoch: 2, seq: 5}, spec{base: 15, records: 1, pid: 9, epoch: 0, seq: 3, txn: true})
	dir := folder(t, [2][]spec{specs, {{records: 1, pid: 7, epoch: 1}}}, []producerEntry{{Type: "init", PID: 7}})
	write(t, filepath.Join(dir, "seq_windows.json"), []byte(`{"version":1,"windows":[{"pid":7,"topic":"t","partition":0,"next_seq":400}]}`))
	run(t, dir)
	raw, err := os.ReadFile(filepath.Join(dir, "seq_windows.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Windows []*Window }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range file.Windows {
		var offsets []int64
		for _, e := range w.Entries[:w.Count] {
			offsets = append(offsets, e.Offset)
		}
		got = append(got, fmt.Sprintf("%d in %d epoch %d next %d at %v", w.PID, w.Part, w.Epoch, w.NextSeq, offsets))
	}
	want := []string{
		"7 in 0 epoch 1 next 14 at [10 12 4 6 8]",
		"8 in 0 epoch 2 next 6 at [14]",
		"7 in 1 epoch 1 next 1 at [0]",
	}
	if !slices.Equal(got, want) { // nothing is known of 9, which is transactional
		t.Errorf("windows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	ps := readPIDs(t, dir)
	if ps[7].Epoch != 1 || ps[8] == nil || ps[8].Epoch != 2 || ps[9] != nil {
		t.Errorf("producers %v", ps)
	}
}

// A damaged entry of a log costs no other.
func TestMendLogs(t *testing.T) {
	entry := func(s string) []byte { return AppendEntry(nil, []byte(s)) }
	a, b, c := entry(`{"a":1}`), entry(`{"b":2}`), entry(`{"c":3}`)
	for _, tt := range []struct {
		name string
		raw  []byte
		want string
		said int
	}{
		{"nothing", slices.Concat(a, b, c), `{"a":1} {"b":2} {"c":3}`, 0},
		{"torn", slices.Concat(a, b, c[:5]), `{"a":1} {"b":2}`, 1},
		{"text", slices.Concat(a, flip(slices.Clone(b), 12, 1), c), `{"a":1} {"c":3}`, 1},
		{"length", slices.Concat(a, flip(slices.Clone(b), 0, 3), c), `{"a":1} {"c":3}`, 1},
		{"length, high", slices.Concat(a, flip(slices.Clone(b), 3, 3), c), `{"a":1} {"c":3}`, 1},
		{"checksum of the first", slices.Concat(flip(slices.Clone(a), 5, 3), b, c), `{"b":2} {"c":3}`, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "groups.log"), tt.raw)
			said := 0
			if err := MendLogs(dir, func(Event) { said++ }); err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(filepath.Join(dir, "groups.log"))
			if err != nil {
				t.Fatal(err)
			}
			entries, damage := Entries(raw)
			var got []string
			for _, e := range entries {
				got = append(got, string(e))
			}
			if strings.Join(got, " ") != tt.want || len(damage) > 0 || said != tt.said {
				t.Errorf("entries %s, damage %v, said %d times; want %s, %d", got, damage, said, tt.want, tt.said)
			}
		})
	}
}

func TestPutAside(t *testing.T) {
	dir := folder(t, [2][]spec{{{records: 3}}, {{records: 1}}}, nil)
	write(t, filepath.Join(PartitionDir(dir, "t", 2), "0.dat"), spec{records: 4}.encode())
	write(t, filepath.Join(PartitionDir(dir, "gone", 0), "0.dat"), spec{records: 5}.encode())
	write(t, filepath.Join(PartitionDir(dir, "empty", 0), "snapshot.json"), nil)
	topics, err := Topics(dir)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	if err := PutAside(dir, topics, at(), func(e Event) { said = append(said, e.String()) }); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, PartitionsDir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 {
		t.Errorf("left are %v", left)
	}
	text := strings.Join(said, "\n")
	if len(said) != 2 || !strings.Contains(text, "gone-0") || !strings.Contains(text, "5 records") || !strings.Contains(text, "t-2") {
		t.Errorf("said %s", text)
	}
	orphans, err := filepath.Glob(filepath.Join(dir, OrphansDir, "*", "0.dat"))
	if err != nil || len(orphans) != 2 {
		t.Errorf("put aside are %v (%v)", orphans, err)
	}
}
