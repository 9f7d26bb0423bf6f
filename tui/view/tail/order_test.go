package tail_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestTheOrderIsChosen reads partitions whose records were written one partition
// after the other, with timestamps that alternate.
func TestTheOrderIsChosen(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 2)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for p := range int32(2) {
		for i := range 8 {
			n := 2*i + int(p)
			l.write(t, &kgo.Record{Topic: "orders", Partition: p, Timestamp: at.Add(time.Duration(n) * time.Second), Value: fmt.Appendf(nil, "v-%02d.", n)})
		}
	}
	shown := func(screen string) (values []string) {
		return regexp.MustCompile(`v-\d\d\.`).FindAllString(screen, -1)
	}
	for _, size := range sizes {
		s := l.open(t, "tail orders - earliest", size[0], size[1])
		s.WaitFor("16 held", "as they arrive")
		if slices.IsSorted(shown(s.Text())) {
			t.Errorf("they arrive in the order of time:\n%s", s.Text())
		}
		s.Type("m", "o").WaitFor("by timestamp, 1s late", "16 held", "● following", "1 marked")
		if got := shown(s.Text()); len(got) != 16 || !slices.IsSorted(got) {
			t.Errorf("by timestamp there are %v:\n%s", got, s.Text())
		}
		s.Type("up", "up", "up").WaitFor("stopped at 0:6")
		s.Type("o").WaitFor("as they arrive", "16 held", "stopped at 0:6")
		s.Type("/", "/v-0/", "enter").WaitFor("10 found", "as they arrive")
		s.Type("o").WaitFor("10 found", "by timestamp")
		if got := shown(s.Text()); len(got) != 10 || !slices.IsSorted(got) {
			t.Errorf("by timestamp there are found %v:\n%s", got, s.Text())
		}
		s.Type("esc").WaitFor("16 held", "by timestamp")
		s.Type("s").WaitFor("o turns between the order of arrival and that of timestamps")
	}
}
