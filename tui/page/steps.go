package page

import (
	"context"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
)

// Entered is a step that has something to do when the user comes to it, such as to
// put the cursor into a field.
type Entered interface {
	Entered() tea.Cmd
}

// Steps is a wizard: pages in order, of which one shows. Each keeps what was chosen in
// it, so that going back and forth loses nothing. A wizard embeds Steps, its steps go on
// by To, and esc goes a step back where the step has no use for it.
type Steps struct {
	// Bare leaves out the line of steps, for a wizard whose steps need none.
	Bare bool

	env   Env
	steps []Page
	at    int
	w, h  int
}

// NewSteps returns a wizard at its first step.
func NewSteps(env Env, steps ...Page) *Steps { return &Steps{env: env, steps: steps} }

// Step is the one that shows.
func (s *Steps) Step() Page { return s.steps[s.at] }

// To shows a step of the wizard.
func (s *Steps) To(step Page) tea.Cmd {
	for i, p := range s.steps {
		if p == step {
			s.at = i
		}
	}
	s.Layout()
	if entered, ok := step.(Entered); ok {
		return entered.Entered()
	}
	return nil
}

// Then makes a step the one that follows the step that shows, in place of all that
// followed it, and shows it: for a wizard whose later steps depend on the earlier ones.
func (s *Steps) Then(ctx context.Context, step Page) tea.Cmd {
	s.steps = append(s.steps[:s.at+1:s.at+1], step)
	return tea.Batch(s.To(step), step.Start(ctx))
}

// Back shows the step before.
func (s *Steps) Back() tea.Cmd { return s.To(s.steps[max(0, s.at-1)]) }

// Scope is that of the step.
func (s *Steps) Scope() keymap.Scope { return s.Step().Scope() }

// Start starts the step that shows.
func (s *Steps) Start(ctx context.Context) tea.Cmd {
	defer s.Layout()
	return s.Step().Start(ctx)
}

// StepFreshness is that of the step that shows, for a wizard that is Live.
func (s *Steps) StepFreshness() (time.Time, error) { return freshness(s.Step()) }

// Typing reports whether a text field of the step has the keys.
func (s *Steps) Typing() bool { return typing(s.Step()) }

// Refuses says why an action does not apply to the step.
func (s *Steps) Refuses(a keymap.Action) string { return refuses(s.Step(), a) }

// Do carries out an action of the step; esc goes a step back.
func (s *Steps) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	defer s.Layout()
	if handled, cmd = s.Step().Do(a); handled {
		return handled, cmd
	}
	if a == keymap.Back && s.at > 0 {
		return true, s.Back()
	}
	return false, nil
}

// Update hands a message to the step.
func (s *Steps) Update(msg tea.Msg) tea.Cmd {
	defer s.Layout()
	if click, ok := msg.(Click); ok {
		if click.Y -= s.lines(); click.Y < 0 {
			return nil
		}
		msg = click
	}
	return s.Step().Update(msg)
}

func (s *Steps) lines() int {
	if s.Bare {
		return 0
	}
	return 1
}

// Resize sets the size that View fills.
func (s *Steps) Resize(w, h int) {
	s.w, s.h = w, h
	s.Layout()
}

// Layout gives the step its room: after every message, since what a step shows above
// and below its table may need more lines then. A wizard that takes messages itself
// calls it then.
func (s *Steps) Layout() { s.Step().Resize(s.w, max(0, s.h-s.lines())) }

// View draws the steps and the one that shows.
func (s *Steps) View() string {
	if s.Bare {
		return s.Step().View()
	}
	return s.line() + "\n" + s.Step().View()
}

// line shows where among the steps the user is.
func (s *Steps) line() string {
	th := s.env.Theme
	parts := make([]string, len(s.steps))
	for i, step := range s.steps {
		style := th.Dim
		switch {
		case i == s.at:
			style = th.Accent.Underline(true)
		case i < s.at:
			style = th.Text
		}
		parts[i] = style.Render(strconv.Itoa(i+1) + " " + step.Title())
	}
	return text.Cut(" "+strings.Join(parts, th.Border.Render(" › ")), s.w)
}
