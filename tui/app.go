// Package tui is the console: a shell with a stack of pages. The shell is the
// only Bubble Tea model; it owns the keyboard, the header and the footer, and
// routes everything else. Update and View never wait: questions to the cluster
// are commands, whose answers come back as messages addressed to their page.
package tui

import (
	"cmp"
	"context"
	"os"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/theme"
)

// Options is what the console needs from outside.
type Options struct {
	// Client is the cluster to open on; nil opens the start page. The console
	// closes every client that it leaves, and Run the last one.
	Client *admin.Client
	// Keys is the table of key bindings.
	Keys *keymap.Map
	// Open is the first screen, as typed in the palette ("tail orders"); empty
	// is the overview.
	Open string
	// Connect makes a client of another cluster, given the name of a context or
	// bootstrap servers. It may take a while and must honour ctx, which ends with
	// the attempt: the client must outlive it. The console itself makes sure that
	// the cluster answers.
	Connect func(ctx context.Context, target string) (*admin.Client, error)
	// Launch starts a local cluster, or finds the one that this process runs
	// already, and makes a client of it. The console ends neither; ctx is as in
	// Connect.
	Launch func(ctx context.Context) (*admin.Client, error)
	// Colour is the colour that a cluster's name stands in, given the name of its
	// client: one that theme.Theme.Tag knows, or "". May be nil.
	Colour func(name string) string
	// Warning is what the header warns of, such as a full disk of the local cluster;
	// "" is nothing. It is asked every second and must not wait. May be nil.
	Warning func() string
	// LagThreshold is the lag in records from which a group is coloured; 0 is 1,000.
	LagThreshold int64
	// Contexts lists the configured clusters for the context screen.
	Contexts func() ([]page.ContextInfo, error)
}

// App is the shell.
type App struct {
	opts     Options
	registry []screen
	ctx      context.Context // ends with the program
	theme    *theme.Theme
	tty      *os.File // that keys come from, for programs that the console runs; nil in tests
	// tmux puts text into a buffer of tmux and its terminal's clipboard; nil outside.
	tmux    func(ctx context.Context, text string) error
	noMouse bool // the terminal keeps the mouse, to select text with
	profile colorprofile.Profile

	client  *admin.Client // nil on the start page
	session context.Context
	leave   context.CancelFunc // ends session, which is all that is under way on this client
	cluster *page.Poll[kafka.Cluster]
	attempt *attempt // to reach another cluster, or nil

	stack   stack
	roots   map[string]page.Page // the numbered screens, which keep their place
	overlay overlay              // the palette or the help over the page, or nil
	names   names                // what the palette completes with
	recent  []suggestion         // what the palette ran, newest first
	drafts  map[string]page.Page // see page.Env
	notice  page.Notify
	noticed time.Time
	warning string    // see Options.Warning
	refused bool      // the notice tells why a key did nothing: the next one takes it away
	asked   time.Time // when the user last asked for fresh data
	w, h    int
	now     time.Time // moved by a tick every second: View reads no clock
	// body is the page as it was drawn after the last message that may have
	// changed it, or nil: an idle screen is to cost nothing.
	body *string
}

// second is the shell's own tick.
type second time.Time

// New returns the console. Everything that it has under way ends with ctx.
func New(ctx context.Context, opts Options) *App {
	return &App{
		opts: opts, registry: registry(), ctx: ctx, theme: theme.New(true),
		client: opts.Client, leave: func() {}, now: time.Now(),
	}
}

// Init opens the first screen.
func (a *App) Init() tea.Cmd {
	return guard(tea.Batch(tea.RequestBackgroundColor, tick(), a.enter(a.opts.Open)))
}

// enter begins life with the current client: fresh pages, first screen.
func (a *App) enter(command string) tea.Cmd {
	a.stack.closeAll()
	a.leave()
	a.session, a.leave = context.WithCancel(a.ctx)
	a.roots, a.drafts = make(map[string]page.Page), make(map[string]page.Page)
	a.overlay, a.names, a.cluster = nil, names{}, nil
	if a.client == nil {
		return a.goTo(page.Go{Screen: startScreen})
	}
	a.cluster = &page.Poll[kafka.Cluster]{Fetch: a.client.Cluster}
	cmds := []tea.Cmd{a.cluster.Start(a.session), a.goTo(page.Go{Screen: a.home()})}
	if command != "" {
		cmd, err := a.run(command)
		if err != nil {
			a.say(page.Failure, err.Error())
		}
		cmds = append(cmds, cmd)
	}
	return tea.Batch(cmds...)
}

func tick() tea.Cmd {
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return second(t) })
}

// Update routes a message to whom it concerns.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if a.changesPage(msg) {
		a.body = nil
	}
	return a, guard(a.route(msg))
}

// changesPage reports whether the page may look different after a message. Pages
// know no clock, so a tick changes nothing but the header, as does what the shell
// asks the cluster for that.
func (a *App) changesPage(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case second:
		return false
	case addressed:
		return !page.IsAlarm(msg.msg)
	}
	return a.cluster == nil || !a.cluster.Owns(msg)
}

func (a *App) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.resize(msg.Width, msg.Height)
	case tea.BackgroundColorMsg:
		a.theme.Set(msg.IsDark())
	case tea.ColorProfileMsg:
		a.theme.SetColours(colours(msg.Profile))
		if known := a.profile; msg.Profile != known {
			a.profile = msg.Profile
			if known != colorprofile.Unknown { // cells that look the same are not written again
				return tea.ClearScreen
			}
		}
	case second:
		a.now = time.Time(msg)
		if a.opts.Warning != nil {
			a.warning = a.opts.Warning()
		}
		return tick()
	case tea.KeyPressMsg:
		return a.key(msg)
	case tea.PasteMsg:
		return a.paste(msg)
	case tea.MouseClickMsg:
		return a.click(msg)
	case tea.MouseWheelMsg:
		return a.wheel(msg)
	case addressed:
		return a.deliver(msg)
	case page.Request:
		return a.serve(msg)
	case attached:
		return a.arrived(msg)
	case namesRead:
		a.take(msg)
	case panicked:
		panic(msg) // here, where the terminal is given back before it is printed
	default:
		if a.cluster != nil {
			_, cmd := a.cluster.Update(msg)
			return cmd
		}
	}
	return nil
}

// key gives a key press to the overlay, else to a focused text field, else turns
// it into an action.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	if slices.Contains(a.opts.Keys.Of(keymap.Suspend).Keys, msg.String()) { // in fields too
		return tea.Suspend
	}
	if a.overlay != nil {
		return a.overlay.key(a, msg)
	}
	top := a.stack.top()
	if typing(top.page) {
		return top.address(top.page.Update(msg))
	}
	b, ok := a.opts.Keys.Resolve(msg, top.page.Scope())
	if !ok {
		return nil
	}
	return a.do(b)
}

// do carries out an action, or says why not.
func (a *App) do(b keymap.Binding) tea.Cmd {
	top := a.stack.top()
	if why := a.refuses(top.page, b); why != "" {
		a.say(page.Failure, cmp.Or(b.Short, string(b.Action))+": "+why)
		a.refused = true
		return nil
	}
	if a.refused { // it has been read
		a.say(page.Info, "")
	}
	switch b.Action {
	case keymap.Quit:
		return a.quit()
	case keymap.Palette:
		return a.openPalette()
	case keymap.ShowHelp:
		a.openHelp()
		return nil
	case keymap.GoOverview, keymap.GoTopics, keymap.GoGroups, keymap.GoBrokers:
		return a.goTo(page.Go{Screen: string(b.Action)})
	case keymap.Back:
		if a.attempt != nil {
			a.attempt.stop()
			return nil
		}
	}
	var cmd tea.Cmd
	if b.Action == keymap.Refresh {
		cmd = a.refresh()
	}
	handled, own := top.page.Do(b.Action)
	if !handled && b.Action == keymap.Back {
		return a.back()
	}
	return tea.Batch(cmd, top.address(own))
}

// refresh asks for what the header shows; the page asks for its own.
func (a *App) refresh() tea.Cmd {
	if a.cluster == nil {
		return nil
	}
	a.asked = time.Now()
	return a.cluster.Refresh()
}

// refuses says why an action cannot be done, or "": this is the one place that
// stops dangerous actions in a read-only context before they reach a page.
func (a *App) refuses(p page.Page, b keymap.Binding) string {
	if b.Changes && a.client != nil && a.client.ReadOnly() {
		return "the context " + a.client.Name() + " is read-only"
	}
	if picky, ok := p.(page.Picky); ok {
		return picky.Refuses(b.Action)
	}
	return ""
}

// serve does what a page asks of the shell.
func (a *App) serve(r page.Request) tea.Cmd {
	switch r := r.(type) {
	case page.Go:
		return a.goTo(r)
	case page.Show:
		return a.show(r.Page, page.Go{})
	case page.Back:
		return a.back()
	case page.Notify:
		a.say(r.Level, r.Text)
	case page.Copy:
		return a.copy(r)
	case page.Attach:
		return a.attach(r.Target)
	case page.Launch:
		return a.launch()
	case page.Quit:
		return a.quit()
	}
	return nil
}

// quit ends what is under way. The pages stay, since keys may come before the
// program has ended.
func (a *App) quit() tea.Cmd {
	a.leave()
	return tea.Quit
}

func (a *App) say(level page.Level, line string) {
	a.notice, a.noticed, a.refused = page.Notify{Level: level, Text: line}, a.now, false
}

func colours(p colorprofile.Profile) theme.Colours {
	switch {
	case p >= colorprofile.ANSI256:
		return theme.Many
	case p == colorprofile.ANSI:
		return theme.Few
	}
	return theme.None
}

func (a *App) env() page.Env {
	return page.Env{
		Client: a.client, Theme: a.theme, Keys: a.opts.Keys,
		LagThreshold: cmp.Or(a.opts.LagThreshold, lag.DefaultThreshold), Drafts: a.drafts,
	}
}

func typing(p page.Page) bool {
	t, ok := p.(page.Typist)
	return ok && t.Typing()
}
