package produce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/serde"
)

func streamOf(t *testing.T, in Input) *Stream {
	t.Helper()
	s, err := serde.New(serde.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return &Stream{Input: in, Partition: AnyPartition, Encode: NewEncoder(s, "orders", serde.Spec{}, serde.Spec{})}
}

func TestStreamKeepsTheOrder(t *testing.T) {
	const n = 5000
	var input strings.Builder
	for i := range n {
		fmt.Fprintln(&input, i)
	}
	next := 0
	read, err := streamOf(t, NewLines(strings.NewReader(input.String()), LineFormat{})).Run(t.Context(), func(item *Item) {
		if string(item.Message.Value) != fmt.Sprint(next) || item.Message.Tag != int64(next+1) {
			t.Fatalf("%d is %q, line %d", next, item.Message.Value, item.Message.Tag)
		}
		next++
	})
	if err != nil || read != n || next != n {
		t.Errorf("read %d, wrote %d, %v", read, next, err)
	}
}

func TestStreamCompletes(t *testing.T) {
	s := streamOf(t, NewJSONLines(strings.NewReader(`{"key":"own","value":"v","headers":[{"key":"a","value":"1"}]}`+"\n{\"value\":null}\nwrong\n"), JSONFormat{}))
	s.Key, s.Partition, s.Headers = []byte("all"), 2, []kgo.RecordHeader{{Key: "b", Value: []byte("2")}}
	var got []string
	read, err := s.Run(t.Context(), func(item *Item) {
		got = append(got, fmt.Sprintf("%s@%d", shown(*item), item.Message.Partition))
	})
	want := []string{"a=1 b=2|own|v@2", "b=2|all|null@2"}
	if err != nil || read != 3 || !slices.Equal(got[:2], want) || !strings.HasPrefix(got[2], "! it is not JSON") {
		t.Errorf("read %d, %q, %v", read, got, err)
	}
}

// TestStreamStops after a number of messages or when it is called off, though the
// input stays open.
func TestStreamStops(t *testing.T) {
	reader, writer := io.Pipe()
	defer writer.Close()
	go func() { _, _ = writer.Write([]byte("1\n2\n3\n4\n")) }() // the reader may be gone
	s := streamOf(t, NewLines(reader, LineFormat{}))
	s.Count = 3
	if read, err := s.Run(t.Context(), func(*Item) {}); read != 3 || err != nil {
		t.Errorf("read %d, %v", read, err)
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	open, end := io.Pipe() // the reader of the other one may still wait there
	defer end.Close()
	go func() { _, _ = end.Write([]byte("5\n")) }()
	read, err := streamOf(t, NewLines(open, LineFormat{})).Run(ctx, func(*Item) { cancel(why) })
	if read != 1 || !errors.Is(err, why) {
		t.Errorf("read %d, %v", read, err)
	}
	slow := streamOf(t, NewRepeated(nil, 1<<40))
	slow.Rate = 1e-3
	ctx, cancel = context.WithCancelCause(t.Context())
	if read, err = slow.Run(ctx, func(*Item) { cancel(why) }); read != 1 || !errors.Is(err, why) {
		t.Errorf("while it waits: read %d, %v", read, err)
	}
}

func TestPace(t *testing.T) {
	now := time.Unix(1000, 0)
	p := NewPace(250) // one in 4 ms
	var waits []time.Duration
	for range 4 {
		waits = append(waits, p.wait(now))
	}
	if want := []time.Duration{0, 4 * time.Millisecond, 8 * time.Millisecond, 12 * time.Millisecond}; !slices.Equal(waits, want) {
		t.Errorf("waits %v, want %v", waits, want)
	}
	// A pause of the input is not made up for, but for the last 100 ms.
	now = now.Add(time.Hour)
	free := 0
	for p.wait(now) == 0 {
		free++
	}
	if free != 26 { // 25 in 100 ms, and the one that is due
		t.Errorf("%d at once after a pause, want 26", free)
	}
	fast := NewPace(1e6)
	if first, second := fast.wait(now), fast.wait(now); first != 0 || second != 0 {
		t.Errorf("waits of %s and %s are too short to be worth it", first, second)
	}
	if NewPace(0).wait(now) != 0 {
		t.Error("no pace waits")
	}
}

func TestFailures(t *testing.T) {
	f := Failures{Most: 2}
	for _, line := range []int64{7, 3, 5, 4, 9} {
		outcome := model.Refused
		if line == 9 {
			outcome = model.Unknown
		}
		if full := f.Add(line, outcome, fmt.Errorf("why %d", line)); full != (line == 7 || line == 3) {
			t.Errorf("line %d in full: %v", line, full)
		}
	}
	spans, more := f.Lines()
	if fmt.Sprint(spans, more, f.Refused, f.Unknown, f.Total()) != "[[3 5] [7 7] [9 9]] 0 4 1 5" || len(f.Full) != 2 || f.Full[1].Reason != "why 3" {
		t.Errorf("%v %d %+v", spans, more, f)
	}
	var many Failures
	for i := range int64(mostFailed + 10) {
		many.Add(i, model.Refused, nil)
	}
	if spans, more = many.Lines(); len(spans) != 1 || more != 10 {
		t.Errorf("%d spans, %d more", len(spans), more)
	}
}
