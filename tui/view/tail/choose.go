package tail

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
)

// chooser is the box in which one chooses how the keys or values of a topic are
// read. It offers the forms in which the record under the cursor can be read, and
// shows what each makes of it.
type chooser struct {
	env    page.Env
	rec    *kgo.Record
	side   serde.Side
	forms  []serde.Form
	tries  []string // what each form makes of the record; clean
	cursor int
}

// decodedAs says that a choice has been made.
type decodedAs struct{ err error }

func newChooser(env page.Env, rec *kgo.Record, side serde.Side) *chooser {
	c := &chooser{env: env, rec: rec}
	c.look(side)
	return c
}

// look turns to a side.
func (c *chooser) look(side serde.Side) {
	s := c.env.Client.Serde()
	c.side, c.tries, c.cursor = side, nil, 0
	c.forms = append([]serde.Form{serde.Auto}, s.Forms(c.rec, side)...)
	chosen := s.Choice(c.rec.Topic, side)
	for i, form := range c.forms {
		if form == chosen {
			c.cursor = i
		}
		c.tries = append(c.tries, c.try(form))
	}
}

// try is what a form makes of the record. What is found out by itself needs the
// choice to be left out of account, which the form it leads to does.
func (c *chooser) try(form serde.Form) string {
	s := c.env.Client.Serde()
	if form == serde.Auto {
		d := s.Detect(c.rec, c.side)
		return text.Clean(string(d.Form) + ": " + d.Reason)
	}
	const most = 400 // bytes; more never fits
	shown := newCell(s.DecodeAs(c.rec, c.side, form), false).text
	return text.Clean(strings.ToValidUTF8(string(shown[:min(len(shown), most)]), "\uFFFD"))
}

// update takes a key press; done closes the box.
func (c *chooser) update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	key, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return false, nil
	}
	b, _ := c.env.Keys.Resolve(key, keymap.Input)
	switch b.Action {
	case keymap.Up:
		c.cursor = max(0, c.cursor-1)
	case keymap.Down:
		c.cursor = min(len(c.forms)-1, c.cursor+1)
	case keymap.Complete:
		other := serde.Key
		if c.side == serde.Key {
			other = serde.Value
		}
		if c.has(other) {
			c.look(other)
		}
	case keymap.Cancel:
		return true, nil
	case keymap.Accept:
		return true, c.choose()
	}
	return false, nil
}

func (c *chooser) has(side serde.Side) bool {
	if side == serde.Key {
		return c.rec.Key != nil
	}
	return c.rec.Value != nil
}

// choose takes the form under the cursor; it is written to a file.
func (c *chooser) choose() tea.Cmd {
	s, topic, side, form := c.env.Client.Serde(), c.rec.Topic, c.side, c.forms[c.cursor]
	return func() tea.Msg { return decodedAs{s.Choose(topic, side, form)} }
}

// chosen tells how the choice went.
func (m decodedAs) notice() tea.Cmd {
	if m.err == nil {
		return nil
	}
	return page.Say(page.Failure, m.err.Error())
}

func (c *chooser) view(w int) string {
	th := c.env.Theme
	width := min(76, w-6)
	lines := []string{th.Strong.Render(fmt.Sprintf("read the %s of %s as", c.side, text.Clean(c.rec.Topic)))}
	for i, form := range c.forms {
		sign, name := "  ", th.Text
		if i == c.cursor {
			sign, name = th.Accent.Render("▌ "), th.Accent
		}
		lines = append(lines, sign+name.Render(text.Fit(string(form), 9, false))+th.Dim.Render(text.Cut(c.tries[i], width-11)))
	}
	lines = append(lines, "", th.Dim.Render("  enter remembers it for the topic · tab turns to the "+map[serde.Side]string{serde.Key: "value", serde.Value: "key"}[c.side]))
	for i, line := range lines {
		lines[i] = text.Fit(line, width, false)
	}
	return th.Overlay.Render(strings.Join(lines, "\n"))
}

// openChooser returns the box for a record, on the value where it has one; nil
// where it has neither key nor value.
func openChooser(env page.Env, rec *kgo.Record) box {
	switch {
	case rec.Value != nil:
		return newChooser(env, rec, serde.Value)
	case rec.Key != nil:
		return newChooser(env, rec, serde.Key)
	}
	return nil
}
