package page

import (
	"strings"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// Loading is the text that stands in the place of what has not been read yet, where
// there is one line for it. what is as in "topics".
func Loading(what string) string { return "loading " + text.Clean(what) + " …" }

// LoadingOr is Loading, or the reason why the reading failed.
func LoadingOr(what string, err error) string {
	if err != nil {
		return text.Clean(err.Error())
	}
	return Loading(what)
}

// Waiting fills an area of w × h cells while nothing has been read yet: it says what
// is loading, or why that failed and that it is tried again.
func Waiting(env Env, what string, err error, w, h int) string {
	th := env.Theme
	if err == nil {
		return widget.Center(th.Dim.Render(Loading(what)), w, h)
	}
	why := widget.Wrap(th.Text, text.CleanLines(err.Error()), max(1, w-2))
	first := th.Bad.Render("cannot read " + text.Clean(what))
	next := "kdeck keeps trying; " + env.Keys.Of(keymap.Refresh).Label() + " tries now"
	return widget.Center(first+"\n\n"+strings.Join(why, "\n")+"\n\n"+th.Dim.Render(next), w, h)
}

// Changing is the text while a change is made.
const Changing = "writing, then reading back …"
