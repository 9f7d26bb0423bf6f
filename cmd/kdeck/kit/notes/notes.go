// Package notes writes to stderr what is no result of a command: warnings, what a
// dry run leaves out, and how far it has come. A note that cannot be written is lost;
// the command goes on.
package notes

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/kdeck/kdeck/tui/text"
)

// Line writes a note of one line. Text of a cluster in it is made safe to print.
func Line(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintln(w, text.Clean(fmt.Sprintf(format, args...))) // a note
}

// Warning writes what is no error of the command. It writes nothing when err is nil.
func Warning(w io.Writer, err error) {
	if err != nil {
		Line(w, "warning: %v", err)
	}
}

// Writer lets several goroutines write to w, a whole write at a time.
func Writer(w io.Writer) io.Writer { return &syncWriter{w: w} }

type syncWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write is part of io.Writer.
func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// Every calls do at intervals on another goroutine, until the function that it
// returns is called, which waits for a call that has begun.
func Every(interval time.Duration, do func()) (stop func()) {
	end, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				do()
			}
		}
	}()
	return func() {
		close(end)
		<-over
	}
}
