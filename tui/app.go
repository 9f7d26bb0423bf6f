// Package tui is the console: a shell with a stack of pages. The shell is the
// only Bubble Tea model; it owns the keyboard, the header and the footer, and
// routes everything else. Update and View never wait: questions to the cluster
// are commands, whose answers come back as messages addressed to their page.
package tui

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/theme"
)

// Options is what the console needs from outside.
type Options struct {
	// Client is the cluster to open on; nil opens the start page. The console
	// closes every client that it leaves.
	Client *kafka.Client
	// Keys is the table of key bindings.
	Keys *keymap.Map
	// Open is the first screen, as typed in the palette ("tail orders"); empty
	// is the overview.
	Open string
	// Connect makes a client of another cluster, given the name of a context or
	// bootstrap servers. It may take a while and must honour ctx.
	Connect func(ctx context.Context, target string) (*kafka.Client, error)
	// Launch starts a local cluster, or finds the one that this process runs
	// already, and makes a client of it.
	Launch func(ctx context.Context) (*kafka.Client, error)
	// Contexts lists the configured clusters for the context screen.
	Contexts func() ([]page.ContextInfo, error)
}

// App is the shell.
type App struct {
	opts   Options
	ctx    context.Context // ends with the program
	theme  *theme.Theme
	client *kafka.Client // nil on the start page

	stack   stack
	roots   map[string]page.Page // the numbered screens, which keep their place
	cluster *page.Poll[kafka.Cluster]
	overlay overlay // the palette or the help over the page, or nil
	notice  page.Notify
	noticed time.Time
	w, h    int
	now     time.Time // moved by a tick every second: View reads no clock
}

// noticeTime is how long a notice stays, unless another takes its place.
const noticeTime = 8 * time.Second

// second is the shell's own tick.
type second time.Time

// attached is the outcome of an attempt to reach a cluster.
type attached struct {
	client *kafka.Client
	err    error
}

// New returns the console. Everything that it has under way ends with ctx.
func New(ctx context.Context, opts Options) *App {
	return &App{opts: opts, ctx: ctx, theme: theme.New(true), client: opts.Client, now: time.Now()}
}

// Init opens the first screen.
func (a *App) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, tick(), a.enter(a.opts.Open))
}

// enter begins life with the current client: fresh pages, first screen.
func (a *App) enter(command string) tea.Cmd {
	a.stack.closeAll()
	a.roots = make(map[string]page.Page)
	a.cluster = nil
	if a.client == nil {
		return a.goTo(page.Go{Screen: "start"})
	}
	a.cluster = &page.Poll[kafka.Cluster]{Fetch: a.client.Cluster}
	cmds := []tea.Cmd{a.cluster.Start(a.ctx), a.goTo(page.Go{Screen: "overview"})}
	if words := strings.Fields(command); len(words) > 0 && words[0] != "overview" {
		cmds = append(cmds, a.goTo(page.Go{Screen: words[0], Args: words[1:]}))
	}
	return tea.Batch(cmds...)
}

func tick() tea.Cmd {
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return second(t) })
}

// Update routes a message to whom it concerns.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.resize(msg.Width, msg.Height)
	case tea.BackgroundColorMsg:
		a.theme.Set(msg.IsDark())
	case second:
		a.now = time.Time(msg)
		return a, tick()
	case tea.KeyPressMsg:
		return a, a.key(msg)
	case tea.PasteMsg:
		return a, a.paste(msg)
	case tea.MouseClickMsg:
		return a, a.click(msg)
	case tea.MouseWheelMsg:
		return a, a.wheel(msg)
	case addressed:
		return a, a.deliver(msg)
	case page.Request:
		return a, a.serve(msg)
	case attached:
		return a, a.switchTo(msg)
	default:
		if a.cluster != nil {
			_, cmd := a.cluster.Update(msg)
			return a, cmd
		}
	}
	return a, nil
}

// key gives a key press to the overlay, else to a focused text field, else turns
// it into an action.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	if a.overlay != nil {
		return a.overlay.key(a, msg)
	}
	top := a.stack.top()
	if top == nil {
		return nil
	}
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
		a.say(page.Failure, string(b.Action)+": "+why)
		return nil
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
	}
	var cmd tea.Cmd
	if b.Action == keymap.Refresh && a.cluster != nil {
		cmd = a.cluster.Refresh()
	}
	handled, own := top.page.Do(b.Action)
	if !handled && b.Action == keymap.Back {
		return a.back()
	}
	return tea.Batch(cmd, top.address(own))
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
		a.say(page.Success, "copied "+r.What)
		return tea.SetClipboard(r.Text)
	case page.Attach:
		a.say(page.Info, "attaching to "+r.Target+" …")
		return a.connect(func(ctx context.Context) (*kafka.Client, error) { return a.opts.Connect(ctx, r.Target) })
	case page.Launch:
		a.say(page.Info, "launching a local cluster …")
		return a.connect(a.opts.Launch)
	}
	return nil
}

func (a *App) connect(open func(context.Context) (*kafka.Client, error)) tea.Cmd {
	ctx := a.ctx
	return func() tea.Msg {
		client, err := open(ctx)
		return attached{client, err}
	}
}

// switchTo leaves the current cluster for another, or stays and says why.
func (a *App) switchTo(msg attached) tea.Cmd {
	if msg.err != nil {
		a.say(page.Failure, msg.err.Error())
		return nil
	}
	if a.client != nil {
		a.client.Close()
	}
	a.client = msg.client
	a.say(page.Success, "attached to "+a.client.Name())
	return a.enter("")
}

func (a *App) quit() tea.Cmd {
	a.stack.closeAll()
	return tea.Quit
}

func (a *App) say(level page.Level, line string) {
	a.notice, a.noticed = page.Notify{Level: level, Text: line}, a.now
}

func (a *App) env() page.Env {
	return page.Env{Client: a.client, Theme: a.theme, Keys: a.opts.Keys}
}

func typing(p page.Page) bool {
	t, ok := p.(page.Typist)
	return ok && t.Typing()
}
