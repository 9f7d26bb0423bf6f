package cluster

import (
	"fmt"
	"io"
	"sync"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/kdeck/kdeck/tui/text"
)

// EventPrinter prints what a local cluster found damaged, and what it is short of, on
// stderr: at once, or when the console gives the terminal back.
type EventPrinter struct {
	w io.Writer

	mu   sync.Mutex
	held bool
	kept []string
}

// maxKept bounds what is kept while a console is open; the rest is in the event log.
const maxKept = 100

// NewEventPrinter returns a printer on w.
func NewEventPrinter(w io.Writer) *EventPrinter { return &EventPrinter{w: w} }

// Report is embedbroker.Config.Report.
func (p *EventPrinter) Report(e repair.Event) {
	line := "kdeck local: " + text.Clean(e.String())
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.held {
		fmt.Fprintln(p.w, line)
	} else if len(p.kept) < maxKept {
		p.kept = append(p.kept, line)
	}
}

// Hold keeps what is reported until Release.
func (p *EventPrinter) Hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = true
}

// Release prints what was kept, and from now on at once.
func (p *EventPrinter) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = false
	for _, line := range p.kept {
		fmt.Fprintln(p.w, line)
	}
	p.kept = nil
}
