package topics

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// messages is the tab that leads to the tail of a topic, and says what is there
// to read.
type messages struct {
	env    page.Env
	topic  string
	detail topics.Detail
	w, h   int
}

func (m *messages) Title() string                 { return "Messages" }
func (m *messages) Scope() keymap.Scope           { return keymap.Topic }
func (m *messages) Start(context.Context) tea.Cmd { return nil }
func (m *messages) Resize(w, h int)               { m.w, m.h = w, h }
func (m *messages) Update(tea.Msg) tea.Cmd        { return nil }

// Refuses says what has no meaning without a table.
func (m *messages) Refuses(a keymap.Action) string {
	switch a {
	case keymap.Filter, keymap.Sort:
		return "there is no table here"
	}
	return ""
}

// Do opens the tail.
func (m *messages) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Open, keymap.TailTopic:
		return true, page.Open("tail", m.topic)
	}
	return false, nil
}

func (m *messages) View() string {
	th := m.env.Theme
	key := th.Key.Render(m.env.Keys.Of(keymap.Open).Label())
	lines := []string{
		key + th.Text.Render(" reads the newest records of all "+count(len(m.detail.Partitions), "partition")+" and follows as more arrive"),
		th.Dim.Render(m.content()),
	}
	return widget.Center(strings.Join(lines, "\n\n"), m.w, m.h)
}

// content is how much there is to read.
func (m *messages) content() string {
	switch d := m.detail; {
	case d.Records < 0:
		return "how many records there are is not known"
	case d.Records == 0:
		return "the topic is empty now; new records show as they are produced"
	case d.Rate < 0:
		return "at most " + count(d.Records, "record")
	default:
		return "at most " + count(d.Records, "record") + "; " + text.Rate(d.Rate) + " arrive per second"
	}
}
