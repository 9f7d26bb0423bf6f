package page

import (
	"errors"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// TestAWriteOutlivesItsPage: the notice comes whatever becomes of the page, and a
// page that comes back while the write runs learns of its end once.
func TestAWriteOutlivesItsPage(t *testing.T) {
	var w Write[int]
	if w.Await() != nil {
		t.Error("without a write there is something to wait for")
	}
	goOn, failed := make(chan struct{}), errors.New("refused")
	cmd := w.Begin(
		func() (int, error) { <-goOn; return 3, failed },
		func(n int, err error) Notify {
			if n != 3 || !errors.Is(err, failed) {
				t.Errorf("told %d, %v", n, err)
			}
			return Notify{Text: "over"}
		})
	batch, ok := cmd().(tea.BatchMsg)
	if !ok || len(batch) != 2 {
		t.Fatalf("began with %v", batch)
	}
	notices, back := make(chan tea.Msg, 1), w.Await() // the page came back meanwhile
	go func() { notices <- batch[0]() }()
	if !w.Busy() {
		t.Error("the write is not under way")
	}
	close(goOn)
	end, ok := back().(*Written[int])
	if !ok || end.Value != 3 || !errors.Is(end.Err, failed) {
		t.Fatalf("ended with %+v", end)
	}
	if notice, ok := (<-notices).(Notify); !ok || notice.Text != "over" {
		t.Errorf("the notice is %+v", notice)
	}
	if !w.Over(end) || w.Busy() {
		t.Error("the end was not taken")
	}
	if w.Over(end) {
		t.Error("the end was taken twice")
	}
	if w.Over(new(Written[int])) {
		t.Error("the end of another write was taken")
	}
}
