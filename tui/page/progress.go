package page

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

const (
	// tickEvery is the time between two looks at how something long goes.
	tickEvery = 250 * time.Millisecond
	// lookTimeout bounds the look of a page for long changes: as long as it takes.
	lookTimeout = 30 * 24 * time.Hour
)

// long is what a Confirm page shows of a look, or a change, that takes long.
type long struct {
	progress func() []Line // nil for what is done at once
	ticking  bool
	stopping bool
}

// tick is a message to look how it goes.
type tick struct{}

// Long lets the look and the change take as long as they need. progress tells in a
// few lines how the one under way goes; it must not wait.
func (p *Confirm) Long(progress func() []Line) *Confirm {
	p.long.progress, p.poll.Timeout = progress, lookTimeout
	return p
}

// tick returns the command for the next look, while something is under way.
func (p *Confirm) tick() tea.Cmd {
	looking := !p.poll.Loaded() && p.report == nil
	if p.long.progress == nil || p.long.ticking || !looking && !p.write.Busy() {
		return nil
	}
	p.long.ticking = true
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return tick{} })
}

// progressLines draw how it goes.
func (p *Confirm) progressLines() []string {
	lines := []string{""}
	for _, line := range p.long.progress() {
		for _, part := range widget.Wrap(line.Style, text.Clean(line.Text), p.w-2) {
			lines = append(lines, " "+part)
		}
	}
	th, stop := p.env.Theme, p.env.Keys.Of(keymap.Stop).Label()
	switch {
	case !p.write.Busy() || p.poll.Value.Stop == nil:
		return lines
	case p.long.stopping:
		return append(lines, " "+th.Warn.Render("stopping; what is under way gets its answer …"))
	}
	return append(lines, " "+th.Key.Render(stop)+th.Dim.Render(" stops it; it goes on when you look elsewhere"))
}
