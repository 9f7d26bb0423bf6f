package lag_test

import (
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/lag"
)

// look is one round on partitions of one topic with a log of 100 records each.
func look(w *lag.Watch, group string, second int, committed ...int64) (lag.Watched, []lag.Progress) {
	r := w.Begin(group, epoch.Add(time.Duration(second)*time.Second))
	var all []lag.Progress
	for p, c := range committed {
		all = append(all, r.Add("orders", int32(p), lag.Of(c, lag.Log{End: 100, Stable: 100}), true))
	}
	return r.End(), all
}

func TestWatch(t *testing.T) {
	var w lag.Watch
	look(&w, "g", 0, 10, 100, lag.Unknown)
	whole, each := look(&w, "g", 10, 50, 100, lag.Unknown)
	if each[0].Consumption != 4 || each[0].Verdict != lag.OK || each[1].Drain != 0 {
		t.Errorf("the partitions are %+v", each)
	}
	if each[2].Verdict != lag.Unjudged || each[2].Consumption >= 0 || each[2].Drain >= 0 {
		t.Errorf("the partition without a commit is %+v", each[2])
	}
	if whole.Worst.Verdict != lag.OK || whole.Slowest() != 12500*time.Millisecond || whole.Direction != lag.Shrinking || len(whole.History) != 2 {
		t.Errorf("the group is %+v", whole)
	}
}

// What is not looked at any more begins anew when it comes back.
func TestWatchForgets(t *testing.T) {
	var w lag.Watch
	look(&w, "g", 0, 10, 10)
	look(&w, "g", 10, 20)
	if _, each := look(&w, "g", 20, 30, 30); each[0].Consumption < 0 || each[1].Consumption >= 0 {
		t.Errorf("the partitions are %+v", each)
	}
	w.Keep(func(string) bool { return false })
	if _, each := look(&w, "g", 30, 30); each[0].Consumption >= 0 {
		t.Errorf("a group that was forgotten is %+v", each[0])
	}
}

func TestWatchIsBounded(t *testing.T) {
	var w lag.Watch
	const groups, partitions = 11, 10_000
	look := func(group int, second int) (known int) {
		r := w.Begin(string(rune('a'+group)), epoch.Add(time.Duration(second)*time.Second))
		defer r.End()
		for p := range int32(partitions) {
			if r.Add("orders", p, lag.Of(1, lag.Log{End: 100}), true).Verdict != lag.Unjudged {
				known++
			}
		}
		return known
	}
	total := 0
	for g := range groups {
		total += look(g, 0)
	}
	if total != 100_000 {
		t.Errorf("%d partitions are watched", total)
	}
	w.Keep(func(group string) bool { return group != "a" })
	if n := look(groups-1, 10); n != partitions {
		t.Errorf("%d partitions are watched of a group for which there is room now", n)
	}
}
