package page

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// Line is a sentence on a Confirm page. Its text may come from a cluster.
type Line struct {
	Style lipgloss.Style
	Text  string
}

// Proposal is a change that waits for the user's word.
type Proposal struct {
	Lines []Line // what it would do, and what would be lost
	// Refused says why it cannot be done; nothing is asked then.
	Refused string
	// Name has to be typed; when it is empty, yes or no is asked.
	Name string
	Ask  string // as in "To delete it, type the name of the group:" or "Remove it?"
	Does string // what enter does, as in "deletes the group"
	// Do makes the change that Lines tells of. It must not stop half way when ctx
	// ends.
	Do func(ctx context.Context) Report
	// Stop ends Do early, which then tells how far it has come; nil when it cannot.
	Stop func()
}

// Report is what became of a change.
type Report struct {
	Notice Notify // shown wherever the user is then
	Lines  []Line // what became of each item
	// Topic is one whose records are worth a look now; empty for none.
	Topic string
}

// Confirm is a page that asks before a change that may hurt: it looks what would
// be lost, shows it, waits for a name to be typed or for a yes, and tells what
// became of it. Show opens it.
type Confirm struct {
	// Leave takes the place of closing the page, for a Confirm that is a step of a
	// wizard; done tells whether the change was made, as far as it went.
	Leave func(done bool) tea.Cmd

	env    Env
	title  string
	ctx    context.Context // of the page's present life
	poll   Poll[Proposal]
	name   widget.Challenge
	asked  string // the name that is to be typed
	write  Write[Report]
	long   long
	report *Report // when it is over
	at     time.Time
	scroll Scroll
	w, h   int
}

var (
	_ Page   = (*Confirm)(nil)
	_ Live   = (*Confirm)(nil)
	_ Typist = (*Confirm)(nil)
	_ Picky  = (*Confirm)(nil)
)

// NewConfirm returns a page that asks about the proposal that look makes from the
// cluster as it is.
func NewConfirm(env Env, title string, look func(ctx context.Context) (Proposal, error)) *Confirm {
	p := &Confirm{env: env, title: title}
	p.poll.Fetch, p.poll.Every = look, -1 // it stands until the user looks again
	p.scroll.Body, p.scroll.Foot = p.body, p.foot
	return p
}

// Title is the page's part of the breadcrumb.
func (p *Confirm) Title() string { return p.title }

// Scope is that of the question, or that of what became of it.
func (p *Confirm) Scope() keymap.Scope {
	if p.report != nil {
		return keymap.Confirmed
	}
	return keymap.Confirm
}

// Start looks, unless the answer has been given.
func (p *Confirm) Start(ctx context.Context) tea.Cmd {
	p.ctx = ctx
	p.long.ticking = false
	if p.report != nil || p.write.Busy() {
		return tea.Batch(p.write.Await(), p.tick())
	}
	return tea.Batch(p.poll.Start(ctx), p.tick())
}

// Freshness is that of what is shown.
func (p *Confirm) Freshness() (time.Time, error) {
	if p.report != nil {
		return p.at, nil
	}
	return p.poll.Freshness()
}

// asking reports whether the answer is awaited.
func (p *Confirm) asking() bool {
	return p.poll.Loaded() && p.poll.Value.Refused == "" && p.report == nil && !p.write.Busy()
}

// Typing reports whether a name is being typed.
func (p *Confirm) Typing() bool { return p.asking() && p.asked != "" }

// Refuses says why an action cannot be done now.
func (p *Confirm) Refuses(a keymap.Action) string {
	switch {
	case a == keymap.Stop && (!p.write.Busy() || p.poll.Value.Stop == nil):
		return "nothing is under way that can be stopped"
	case a == keymap.TailTopic && (p.report == nil || p.report.Topic == ""):
		return "there is no topic to look at"
	case p.write.Busy() && p.poll.Value.Stop != nil && (a == keymap.Back || a == keymap.Quit):
		return "it is under way; " + p.env.Keys.Of(keymap.Stop).Label() + " stops it"
	case p.write.Busy() && (a == keymap.Back || a == keymap.Quit || a == keymap.Yes):
		return "it is being done; wait for the answer"
	case a == keymap.Yes && !p.poll.Loaded():
		return "the cluster has not been looked at yet"
	case a == keymap.Yes:
		return p.poll.Value.Refused
	case a == keymap.Refresh && p.report != nil:
		return "this is what became of it"
	}
	return ""
}

// Do carries out an action.
func (p *Confirm) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Yes:
		return true, p.begin()
	case keymap.Open:
		return true, p.leave()
	case keymap.Back:
		if p.Leave == nil {
			return false, nil // the shell closes the page
		}
		return true, p.leave()
	case keymap.Refresh:
		return true, p.poll.Refresh()
	case keymap.Stop:
		p.long.stopping = true
		p.poll.Value.Stop()
	case keymap.TailTopic:
		return true, Open("tail", p.report.Topic)
	default:
		return p.scroll.Do(a), nil
	}
	return true, nil
}

// leave closes the page, or does what a wizard does instead.
func (p *Confirm) leave() tea.Cmd {
	if p.Leave != nil {
		return p.Leave(p.report != nil)
	}
	return Ask(Back{})
}

// begin makes the change that is shown.
func (p *Confirm) begin() tea.Cmd {
	if !p.asking() {
		return nil
	}
	ctx, do := p.ctx, p.poll.Value.Do
	begun := p.write.Begin(
		func() (Report, error) { return do(ctx), nil },
		func(r Report, _ error) Notify { return r.Notice })
	if p.long.progress == nil {
		return begun
	}
	return tea.Batch(begun, p.tick())
}

// Update takes answers, the wheel, and keys while typing.
func (p *Confirm) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case *Written[Report]:
		if p.write.Over(msg) {
			p.report, p.at = &msg.Value, time.Now()
			p.scroll.Top()
		}
		return nil
	case tick:
		p.long.ticking = false
		return p.tick()
	case tea.KeyPressMsg, tea.PasteMsg:
		return p.typed(msg)
	case Wheel:
		p.scroll.By(msg.Rows)
		return nil
	}
	arrived, cmd := p.poll.Update(msg)
	if !arrived || p.poll.Err != nil {
		return cmd
	}
	p.scroll.Top()
	name := p.poll.Value.Name
	if name == p.asked { // what was typed stays
		return cmd
	}
	p.asked, p.name = name, widget.NewChallenge(name)
	p.Resize(p.w, p.h)
	return tea.Batch(cmd, p.name.Focus())
}

func (p *Confirm) typed(msg tea.Msg) tea.Cmd {
	action := keymap.Action("")
	if key, ok := msg.(tea.KeyPressMsg); ok {
		b, _ := p.env.Keys.Resolve(key, keymap.Input)
		action = b.Action
	}
	switch action {
	case keymap.Accept:
		if !p.name.Met() {
			return Say(Failure, "that is not yet what has to be typed; nothing was done")
		}
		return p.begin()
	case keymap.Cancel:
		return p.leave()
	case keymap.Up:
		p.scroll.By(-1)
		return nil
	case keymap.Down:
		p.scroll.By(1)
		return nil
	}
	var cmd tea.Cmd
	p.name.Field, cmd = p.name.Update(msg)
	return cmd
}

// Resize sets the size of the page.
func (p *Confirm) Resize(w, h int) {
	p.w, p.h = w, h
	if p.asked != "" {
		p.name.SetWidth(max(10, w-6))
	}
	p.scroll.Resize(w, h)
}

// body is the lines that can be scrolled.
func (p *Confirm) body() []string {
	lines := p.poll.Value.Lines
	if p.report != nil {
		lines = p.report.Lines
	}
	var body []string
	for _, line := range lines {
		for _, part := range widget.Wrap(line.Style, text.Clean(line.Text), p.w-2) {
			body = append(body, " "+part)
		}
	}
	return body
}

// foot is what stands below the body: the question, or why there is none.
func (p *Confirm) foot() []string {
	th, proposal := p.env.Theme, p.poll.Value
	back := p.env.Keys.Of(keymap.Back).Label()
	switch {
	case p.report != nil:
		line := " " + th.Key.Render("enter") + th.Dim.Render(" closes")
		if p.report.Topic != "" {
			line += th.Dim.Render(", ") + th.Key.Render(p.env.Keys.In(keymap.Confirmed, keymap.TailTopic).Label()) + th.Dim.Render(" opens the tail of "+text.Clean(p.report.Topic))
		}
		return []string{"", line}
	case proposal.Refused != "":
		lines := []string{""}
		for _, part := range widget.Wrap(th.Bad, "✗ "+text.Clean(proposal.Refused), p.w-2) {
			lines = append(lines, " "+part)
		}
		return append(lines, " "+th.Dim.Render(back+" goes back, "+p.env.Keys.Of(keymap.Refresh).Label()+" looks again"))
	case p.write.Busy() && p.long.progress != nil:
		return p.progressLines()
	case p.write.Busy():
		return []string{"", " " + th.Accent.Render(Changing)}
	case proposal.Name != "":
		lines := append([]string{""}, p.name.Lines(th, proposal.Ask)...)
		return append(lines, "", " "+p.name.Hint(th, proposal.Does, "nothing has been done; "+back+" goes back"))
	}
	yes := p.env.Keys.Of(keymap.Yes).Label()
	return []string{
		"", " " + th.Strong.Render(proposal.Ask),
		"", " " + th.Key.Render(yes) + th.Dim.Render(" "+proposal.Does+", ") + th.Key.Render(back) + th.Dim.Render(" leaves everything as it is"),
	}
}

// View draws the page.
func (p *Confirm) View() string {
	if p.poll.Loaded() {
		return p.scroll.View(p.env.Theme)
	}
	if p.long.progress != nil && p.poll.Err == nil {
		return widget.Fill(strings.Join(p.progressLines(), "\n"), p.w, p.h)
	}
	return Waiting(p.env, "what would be lost", p.poll.Err, p.w, p.h)
}
