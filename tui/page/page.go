// Package page is the contract between the shell and its screens: what a screen
// is, what it may ask of the shell, and the two parts that most screens are made
// of: Poll, which keeps an answer of the cluster fresh, and List, a table with
// its keys.
package page

import (
	"cmp"
	"context"
	"errors"
	"os/exec"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/theme"
)

// Page is one screen. All methods run on the program's single update loop and
// must return at once; whatever takes time is a command.
//
// Messages that a page's commands return come back to that page's Update and to
// nobody else. When the page was covered or closed meanwhile they are dropped,
// so a page never sees an answer to a question of an earlier life. Commands may
// be batched (tea.Batch); a sequence is written as one command after the other,
// each returned when the answer to the one before has arrived.
type Page interface {
	// Title is the page's part of the breadcrumb, as in "orders".
	Title() string
	// Scope says which key bindings hold.
	Scope() keymap.Scope
	// Start is called when the page comes to the top, the first time and each
	// time that a page over it is closed. ctx ends when the page is covered or
	// closed: everything the page has under way must use it, unless it is Lasting.
	Start(ctx context.Context) tea.Cmd
	// Do carries out an action that the user asked for. handled is false when the
	// page has no use for it: the shell then goes back on Back, and ignores the
	// rest.
	Do(a keymap.Action) (handled bool, cmd tea.Cmd)
	// Update takes a message of the page's own commands, a Click or Wheel in the
	// page's own coordinates, or, while Typing, a key press or paste.
	Update(msg tea.Msg) tea.Cmd
	// Resize tells the size that View must fill, in cells.
	Resize(w, h int)
	// View draws the page: exactly h lines of at most w cells. It changes nothing.
	View() string
}

// Live is a page whose data comes from the cluster. The shell shows its age,
// and a banner when it cannot be refreshed.
type Live interface {
	// Freshness tells when the oldest data on the screen was read (zero: none
	// yet) and why it could not be read again when it was due (nil: it was). Any
	// other problem is told with Partial.
	Freshness() (at time.Time, problem error)
}

// Lasting is a page with work that goes on while it is covered, as a search does.
type Lasting interface {
	// Opened is called once, before the first Start. ctx ends when the page is closed.
	Opened(ctx context.Context)
}

// Partial marks a problem that does not make the data on the screen old, such as
// a missing right to see some of it. Nil stays nil.
func Partial(problem error) error {
	if problem == nil {
		return nil
	}
	return partial{problem}
}

// IsPartial reports whether a problem was marked by Partial.
func IsPartial(problem error) bool {
	var p partial
	return errors.As(problem, &p)
}

// Worst is the first of several problems that makes data old, or else the first.
func Worst(problems ...error) error {
	for _, problem := range problems {
		if problem != nil && !IsPartial(problem) {
			return problem
		}
	}
	return cmp.Or(problems...)
}

// Missing joins what is wrong with the parts of a screen. Its text is that of the
// first, since there is one line for it; errors.As and kafka.Needs find all.
func Missing(problems ...error) error {
	problems = slices.DeleteFunc(slices.Clone(problems), func(err error) bool { return err == nil })
	if len(problems) < 2 {
		return cmp.Or(problems...)
	}
	return missing(problems)
}

type missing []error

func (m missing) Error() string   { return m[0].Error() }
func (m missing) Unwrap() []error { return m }

// Older is the older of the times at which two parts of a screen were read; zero
// is a part that has not been read yet.
func Older(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

type partial struct{ error }

func (p partial) Unwrap() error { return p.error }

// Typist is a page that has text fields.
type Typist interface {
	// Typing reports whether a text field has the focus: keys then go to Update.
	Typing() bool
}

// Keyed is a Typist whose text fields have keys of their own.
type Keyed interface {
	// FieldScope says which bindings hold in the field that has the focus; the page
	// resolves them. Elsewhere they are those of keymap.Input.
	FieldScope() keymap.Scope
}

// Picky is a page on which some of its actions do not apply right now.
type Picky interface {
	// Refuses says why an action cannot be done now, in a few words, or "".
	Refuses(a keymap.Action) string
}

// Attacher is a page that shows by itself how an attempt to reach a cluster
// ended; on every other page the shell says it in a notice.
type Attacher interface {
	// AttachFailed tells why the cluster of Attach or Launch was not reached.
	AttachFailed(err error)
}

// ContextInfo describes a configured cluster for the context screen.
type ContextInfo struct {
	Name     string
	Servers  string // bootstrap servers, comma separated
	Security string // as in "SASL_SSL SCRAM-SHA-512"; PLAINTEXT when there is none
	ReadOnly bool
	Current  bool // what kdeck opens without arguments
}

// Env is what the shell hands to every page it makes.
type Env struct {
	Client *admin.Client // the cluster; nil on the start page
	Theme  *theme.Theme
	Keys   *keymap.Map
	// LagThreshold is the lag in records from which a group is coloured.
	LagThreshold int64
	// Drafts are pages that hold something unfinished, by what it is for: who opens
	// such a screen again gets it back. They last as long as the cluster is open.
	Drafts map[string]Page
}

// Click is a left click on the page, in its own coordinates.
type Click struct{ X, Y int }

// Wheel is a turn of the mouse wheel over the page: so many rows down, or up
// when negative.
type Wheel struct{ Rows int }

// Level says how a notice is meant.
type Level int

// The levels of a notice.
const (
	Info Level = iota
	Success
	Failure
)

// A Request is a message to the shell. A page returns it from a command; the
// helpers below make such commands.
type Request interface{ request() }

// Go asks the shell to open another screen over this one, by the name that the
// palette uses: Go{"topic", []string{"orders"}}.
type Go struct {
	Screen string
	Args   []string
}

// Show asks the shell to open a page that the asker has made over this one: for
// pages about something that no arguments can name.
type Show struct{ Page Page }

// Back asks the shell to close this page.
type Back struct{}

// Notify asks the shell to show a line in the footer.
type Notify struct {
	Level Level
	Text  string
}

// Copy asks the shell to send text to the user's clipboard (OSC 52, or by way of tmux)
// and to say what was sent; whether it has arrived nobody tells.
type Copy struct{ Text, What string }

// Attach asks the shell to leave this cluster for another: the name of a
// context, or bootstrap servers.
type Attach struct{ Target string }

// Launch asks the shell to launch a local cluster and attach to it.
type Launch struct{}

// Run asks the shell to give the terminal to another program, such as an editor,
// until that ends. What Done makes of its error comes back to the page, or is a
// request to the shell.
type Run struct {
	Command *exec.Cmd
	Done    func(err error) tea.Msg
}

// Quit asks the shell to leave kdeck.
type Quit struct{}

func (Go) request()     {}
func (Show) request()   {}
func (Back) request()   {}
func (Notify) request() {}
func (Copy) request()   {}
func (Attach) request() {}
func (Launch) request() {}
func (Run) request()    {}
func (Quit) request()   {}

// Ask returns a command that sends a request to the shell.
func Ask(r Request) tea.Cmd { return func() tea.Msg { return r } }

// Open returns a command that opens a screen over this one.
func Open(screen string, args ...string) tea.Cmd { return Ask(Go{screen, args}) }

// Say returns a command that shows a notice.
func Say(level Level, text string) tea.Cmd { return Ask(Notify{level, text}) }
