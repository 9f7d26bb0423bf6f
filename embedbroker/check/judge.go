package check

import (
	"fmt"
	"strconv"
	"strings"
)

// Judge returns every promise that was broken, nothing if all were kept.
func Judge(h *History, f *Final) []string {
	var broken []string
	say := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	judgeWrites(h, f, say)
	judgeReads(h, f, say)
	judgeTxns(h, f, say)
	judgeCommits(h, f, say)
	judgeTopics(h, f, say)
	return broken
}

// writeValue is the value of a record of an idempotent producer.
func writeValue(producer string, number int) string { return producer + "/" + strconv.Itoa(number) }

func parseWrite(value string) (producer string, number int, ok bool) {
	producer, text, ok := strings.Cut(value, "/")
	number, err := strconv.Atoi(text)
	return producer, number, ok && err == nil
}

func judgeWrites(h *History, f *Final, say func(string, ...any)) {
	found := make(map[string][]Place)
	for _, name := range sorted(f.All) {
		last := make(map[string]int)
		topic, partition := splitPartition(name)
		for _, r := range f.All[name] {
			producer, number, ok := parseWrite(r.Value)
			if !ok {
				continue
			}
			found[r.Value] = append(found[r.Value], Place{topic, partition, r.Offset})
			if before, ok := last[producer]; ok && number < before {
				say("order: %s/%d is at %s@%d, behind %s/%d", producer, number, name, r.Offset, producer, before)
			}
			last[producer] = number
		}
	}
	for _, w := range h.Writes {
		value := writeValue(w.Producer, w.Number)
		places := found[value]
		switch {
		case len(places) > 1:
			say("duplicate: %s is at %v", value, places)
		case w.Outcome == Done && len(places) == 0:
			say("lost: %s was acknowledged at %v and is not there", value, w.At)
		case w.Outcome == Done && places[0] != w.At:
			say("moved: %s was acknowledged at %v and is at %v", value, w.At, places[0])
		}
	}
}

func judgeReads(h *History, f *Final, say func(string, ...any)) {
	for _, moved := range h.Moved {
		say("moved: %s", moved)
	}
	holds := make(map[Place]string)
	for name, records := range f.All {
		topic, partition := splitPartition(name)
		for _, r := range records {
			holds[Place{topic, partition, r.Offset}] = r.Value
		}
	}
	for at, value := range h.Reads {
		if got, ok := holds[at]; !ok {
			say("gone: %q was read at %v", value, at)
		} else if got != value {
			say("moved: %q was read at %v, where %q is now", value, at, got)
		}
	}
}

// txnValue is the value of a record of a transaction.
func txnValue(id string, number, i int) string { return fmt.Sprintf("%s:%d:%d", id, number, i) }

func judgeTxns(h *History, f *Final, say func(string, ...any)) {
	seen := make(map[string]map[string]int) // by transaction, how often each record
	for _, records := range f.Committed {
		for _, r := range records {
			parts := strings.Split(r.Value, ":")
			if len(parts) != 3 {
				continue
			}
			key := parts[0] + ":" + parts[1]
			if seen[key] == nil {
				seen[key] = make(map[string]int)
			}
			seen[key][r.Value]++
		}
	}
	latest := make(map[string]int) // the last transaction that shows, by producer
	for _, t := range h.Txns {
		key := fmt.Sprintf("%s:%d", t.ID, t.Number)
		records := seen[key]
		for _, value := range sorted(records) {
			if records[value] > 1 {
				say("duplicate: %s shows %d times in transaction %s", value, records[value], key)
			}
		}
		switch n := len(records); {
		case t.Outcome == Done && n < t.Records:
			say("lost: of the committed transaction %s %d of %d records show", key, n, t.Records)
		case t.Outcome == Undone && n > 0:
			say("shown: of the aborted transaction %s %d of %d records show", key, n, t.Records)
		case n > 0 && n < t.Records:
			say("torn: of transaction %s %d of %d records show", key, n, t.Records)
		}
		if len(records) > 0 {
			latest[t.ID] = max(latest[t.ID], t.Number)
		}
	}
	for _, id := range sorted(latest) {
		if got := f.Offsets[id]; got != int64(latest[id]) {
			say("torn: the records of transaction %s:%d show, but its group is committed at %d", id, latest[id], got)
		}
	}
}

func judgeCommits(h *History, f *Final, say func(string, ...any)) {
	done, tried := make(map[string]int64), make(map[string]int64)
	for _, c := range h.Commits {
		tried[c.Group] = max(tried[c.Group], c.Offset)
		if c.Outcome == Done {
			done[c.Group] = max(done[c.Group], c.Offset)
		}
	}
	for _, group := range sorted(done) {
		switch got := f.Offsets[group]; {
		case got < done[group]:
			say("lost: group %s was told that %d is committed and is at %d", group, done[group], got)
		case got > tried[group]:
			say("invented: group %s is at %d and committed %d at most", group, got, tried[group])
		}
	}
}

func judgeTopics(h *History, f *Final, say func(string, ...any)) {
	last := make(map[string]Topic)
	for _, t := range h.Topics {
		last[t.Name] = t
	}
	for _, name := range sorted(last) {
		t := last[name]
		got, ok := f.Topics[name]
		switch {
		case t.Outcome != Done:
		case t.Delete && ok:
			say("back: topic %s was deleted and is there", name)
		case !t.Delete && !ok:
			say("lost: topic %s was created and is not there", name)
		case !t.Delete && got != t.Partitions:
			say("lost: topic %s was created with %d partitions and has %d", name, t.Partitions, got)
		}
	}
}

func splitPartition(name string) (string, int32) {
	at := strings.LastIndexByte(name, '-')
	n, _ := strconv.Atoi(name[at+1:]) // of our own making
	return name[:at], int32(n)
}
