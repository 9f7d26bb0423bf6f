package page

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// List is a table with what every table on a screen can do: move, sort, filter,
// mark, copy, by key and by mouse. A page embeds or holds it, hands actions and
// messages on to it, and adds its own.
type List[T any] struct {
	*widget.Table[T]
	env    Env
	copy   func(T) string
	filter widget.Field
	typing bool
	before string // the filter before it was edited
	w, h   int
}

// NewList returns a list of the table. copied is the text that the copy key puts
// on the clipboard for an item.
func NewList[T any](env Env, table *widget.Table[T], copied func(T) string) *List[T] {
	return &List[T]{Table: table, env: env, copy: copied, filter: widget.NewField("/")}
}

// Chosen is the items that are marked, or else the one under the cursor.
func (l *List[T]) Chosen() []T {
	if marked := l.MarkedItems(); len(marked) > 0 {
		return marked
	}
	if item, ok := l.Selected(); ok {
		return []T{item}
	}
	return nil
}

// Typing reports whether the filter is being typed.
func (l *List[T]) Typing() bool { return l.typing }

// Do carries out an action of the table; handled is false when it is not one,
// or when esc has nothing to clear here.
func (l *List[T]) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Up:
		l.Move(-1)
	case keymap.Down:
		l.Move(1)
	case keymap.PageUp:
		l.Page(-1)
	case keymap.PageDown:
		l.Page(1)
	case keymap.First:
		l.First()
	case keymap.Last:
		l.Last()
	case keymap.Sort:
		l.SortNext()
	case keymap.Reverse:
		l.Reverse()
	case keymap.Mark:
		l.ToggleMark()
		l.Move(1)
	case keymap.MarkAll:
		l.MarkAll()
	case keymap.Copy:
		item, ok := l.Selected()
		if !ok {
			return true, nil
		}
		copied := l.copy(item)
		return true, Ask(Copy{Text: copied, What: text.Clean(copied)})
	case keymap.Filter:
		l.before, l.typing = l.FilterText(), true
		l.Resize(l.w, l.h)
		return true, l.filter.Focus()
	case keymap.Back:
		if l.FilterText() == "" {
			return false, nil
		}
		l.filter.SetValue("")
		l.SetFilter("")
		l.Resize(l.w, l.h)
	default:
		return false, nil
	}
	return true, nil
}

// Update takes keys while the filter is being typed, and the mouse.
func (l *List[T]) Update(msg tea.Msg) (open bool, cmd tea.Cmd) {
	switch msg := msg.(type) {
	case Click:
		return l.Click(msg.X, msg.Y-l.filterLines()), nil
	case Wheel:
		l.Move(msg.Rows)
	case tea.KeyPressMsg:
		return false, l.typed(msg)
	case tea.PasteMsg:
		if l.typing {
			return false, l.edit(msg)
		}
	}
	return false, nil
}

func (l *List[T]) typed(key tea.KeyPressMsg) tea.Cmd {
	if !l.typing {
		return nil
	}
	b, _ := l.env.Keys.Resolve(key, keymap.Input)
	switch b.Action {
	case keymap.Accept:
	case keymap.Cancel:
		l.filter.SetValue(l.before)
		l.SetFilter(l.before)
	case keymap.Up:
		l.Move(-1)
		return nil
	case keymap.Down:
		l.Move(1)
		return nil
	default:
		return l.edit(key)
	}
	l.typing = false
	l.filter.Blur()
	l.Resize(l.w, l.h)
	return nil
}

func (l *List[T]) edit(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	l.filter, cmd = l.filter.Update(msg)
	l.SetFilter(l.filter.Value())
	return cmd
}

// filterLines is 1 while a filter is typed or holds, else 0.
func (l *List[T]) filterLines() int {
	if l.typing || l.FilterText() != "" {
		return 1
	}
	return 0
}

// Resize sets the size that View fills.
func (l *List[T]) Resize(w, h int) {
	l.w, l.h = w, h
	l.filter.SetWidth(max(10, w/2))
	l.Table.Resize(w, h-l.filterLines())
}

// View draws the filter, when there is one, and the table. empty stands in the
// middle when there is nothing to show.
func (l *List[T]) View(empty string) string {
	view := l.Table.View()
	if len(l.Shown()) == 0 {
		if l.FilterText() != "" {
			empty = "nothing matches " + strconv.Quote(text.Cut(text.Clean(l.FilterText()), l.w/2)) + "; esc clears the filter"
		}
		view = widget.Center(l.env.Theme.Dim.Render(empty), l.w, l.h-l.filterLines())
	}
	if l.filterLines() == 0 {
		return view
	}
	th := l.env.Theme
	line := th.Accent.Render("/"+text.Clean(l.FilterText())) + "  "
	if l.typing {
		line = l.filter.View() + "  "
	}
	line += th.Dim.Render(text.Count(len(l.Shown())) + " of " + text.Count(len(l.Items())))
	return text.Cut(line, l.w) + "\n" + view
}
