package page

import tea "charm.land/bubbletea/v2"

// Write is a change of the cluster that a page has under way: one at a time. A
// change that was cut off half way because its screen was left would help nobody,
// so it goes on without its page, which learns of the end when it comes back.
type Write[T any] struct{ under *Written[T] }

// Written is the end of a write. It is a message to the page that began it.
type Written[T any] struct {
	Value T
	Err   error // as what was run returned it
	done  chan struct{}
}

// Busy reports whether a write is under way.
func (w *Write[T]) Busy() bool { return w.under != nil }

// Begin runs a write. notice makes the notice of its end, which is shown even when
// the page has been left.
func (w *Write[T]) Begin(run func() (T, error), notice func(T, error) Notify) tea.Cmd {
	under := &Written[T]{done: make(chan struct{})}
	w.under = under
	begin := func() tea.Msg {
		defer close(under.done)
		under.Value, under.Err = run()
		return notice(under.Value, under.Err)
	}
	return tea.Batch(begin, w.Await())
}

// Await returns a command that answers with the write that is under way when it
// is over, or nil when there is none. Call it from Page.Start.
func (w *Write[T]) Await() tea.Cmd {
	under := w.under
	if under == nil {
		return nil
	}
	return func() tea.Msg {
		<-under.done
		return under
	}
}

// Over takes the end of a write in, and reports whether it is the one that was
// under way.
func (w *Write[T]) Over(end *Written[T]) bool {
	if end != w.under {
		return false
	}
	w.under = nil
	return true
}
