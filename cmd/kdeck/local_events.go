package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/kdeck/kdeck/tui/text"
)

// eventPrinter prints what a local cluster found damaged, and what it is short of, on
// stderr: at once, or when the console gives the terminal back.
type eventPrinter struct {
	w io.Writer

	mu   sync.Mutex
	held bool
	kept []string
}

// maxKept bounds what is kept while a console is open; the rest is in the event log.
const maxKept = 100

func newEventPrinter(w io.Writer) *eventPrinter { return &eventPrinter{w: w} }

// report is embedbroker.Config.Report.
func (p *eventPrinter) report(e repair.Event) {
	line := "kdeck local: " + text.Clean(e.String())
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.held {
		fmt.Fprintln(p.w, line)
	} else if len(p.kept) < maxKept {
		p.kept = append(p.kept, line)
	}
}

// hold keeps what is reported until release.
func (p *eventPrinter) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = true
}

func (p *eventPrinter) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = false
	for _, line := range p.kept {
		fmt.Fprintln(p.w, line)
	}
	p.kept = nil
}
