package lag

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestSamplesLeftOutAreNotMissed: a window tells the same as one of all the samples.
func TestSamplesLeftOutAreNotMissed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w Window
		var all []sample
		now := Sample{At: time.Unix(1000, 0), End: 100}
		for range rapid.IntRange(1, 40).Draw(t, "samples") {
			now.At = now.At.Add(sampleGap)
			if rapid.IntRange(0, 3).Draw(t, "changes") == 0 {
				now.End += rapid.Int64Range(0, 50).Draw(t, "arrive")
				now.Committed = rapid.Int64Range(0, now.End).Draw(t, "committed")
				now.Held = rapid.Bool().Draw(t, "held")
			}
			w.Add(now)
			all = append(all, sample{at: now.At.UnixMicro(), committed: now.Committed, end: now.End, held: now.Held, zero: now.Committed == now.End})
		}
		whole := Window{samples: all[max(0, len(all)-windowLen):], moved: w.moved}
		if got, want := w.Progress(now.At), whole.Progress(now.At); got != want {
			t.Fatalf("%+v, want %+v\nof %+v\nfrom %+v", got, want, w.samples, whole.samples)
		}
		if got, want := w.Lags(), whole.Lags(); !reflect.DeepEqual(got, want) {
			t.Fatalf("%v, want %v\nof %+v\nfrom %+v", got, want, w.samples, whole.samples)
		}
	})
}

func TestAWindowThatStandsStillIsSmall(t *testing.T) {
	var w Window
	for i := range 100 {
		w.Add(Sample{At: time.Unix(1000, 0).Add(time.Duration(i) * sampleGap), Committed: 7, End: 9})
	}
	if !w.full() || len(w.samples) > 3 || cap(w.samples) > 3 {
		t.Errorf("%d samples in room for %d: %+v", len(w.samples), cap(w.samples), w.samples)
	}
}
