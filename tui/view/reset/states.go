package reset

import (
	"cmp"
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// states is the first step of an undo: which saved state is put back. The newest
// stands first.
type states struct {
	step
	poll *page.Poll[savedStates]
	list *page.List[reset.SavedFile]
}

// savedStates is what was found in the folder, and why some files are not in it.
type savedStates struct {
	files  []reset.SavedFile
	unread error
}

func stateKey(f reset.SavedFile) string { return f.Path }

func newStates(w *wizard) *states {
	s, env := &states{step: step{wizard: w, title: "saved state"}, poll: &page.Poll[savedStates]{}}, w.env
	count := func(title string, drop int, of func(reset.SavedFile) int) widget.Column[reset.SavedFile] {
		return widget.Column[reset.SavedFile]{
			Title: title, Min: 8, Right: true, Drop: drop, Descending: true,
			Cell: func(f reset.SavedFile) string { return text.Count(of(f)) },
			Cmp:  func(a, b reset.SavedFile) int { return cmp.Compare(of(a), of(b)) },
		}
	}
	table := widget.NewTable(env.Theme, stateKey,
		widget.Column[reset.SavedFile]{
			Title: "saved (UTC)", Min: 19, Descending: true,
			Cell: func(f reset.SavedFile) string { return f.At.UTC().Format(timeFormat) },
			Cmp:  func(a, b reset.SavedFile) int { return a.At.Compare(b.At) },
		},
		widget.Column[reset.SavedFile]{
			Title: "age", Min: 8, Right: true, Drop: 2,
			Cell: func(f reset.SavedFile) string { return text.Duration(time.Since(f.At)) },
		},
		widget.Column[reset.SavedFile]{
			Title: "before", Min: 20, Flex: 1,
			Cell: func(f reset.SavedFile) string { return f.Reset },
			Cmp:  func(a, b reset.SavedFile) int { return cmp.Compare(a.Reset, b.Reset) },
		},
		count("commits", 1, func(f reset.SavedFile) int { return len(f.Commits) }),
		count("changed", 3, func(f reset.SavedFile) int { return len(f.Planned) }),
	)
	s.list = page.NewList(env, table, stateKey)
	s.list.SortBy(0, true)
	return s
}

// Scope is that of the choice of a state.
func (s *states) Scope() keymap.Scope { return keymap.UndoStates }

// Typing reports whether the filter is being typed.
func (s *states) Typing() bool { return s.list.Typing() }

// Refuses says why there can be no preview yet.
func (s *states) Refuses(a keymap.Action) string {
	if a != keymap.Open {
		return ""
	}
	if why := s.wizard.partitions.refusesGroup(); why != "" {
		return why
	}
	if _, ok := s.list.Selected(); !ok {
		return "there is no saved state to put back"
	}
	return ""
}

// Do carries out an action: enter shows what putting the state back would do.
func (s *states) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Open:
		return true, s.wizard.look()
	case keymap.Refresh:
		return true, tea.Batch(s.wizard.partitions.poll.Refresh(), s.poll.Refresh())
	}
	return s.list.Do(a)
}

// Update takes keys of the filter, and the mouse.
func (s *states) Update(msg tea.Msg) tea.Cmd {
	msg, ok := inside(msg, len(s.head()))
	if !ok {
		return nil
	}
	open, cmd := s.list.Update(msg)
	if open && s.Refuses(keymap.Open) == "" {
		return s.wizard.look()
	}
	return cmd
}

// Resize sets the size of the step.
func (s *states) Resize(w, h int) {
	s.w, s.h = w, h
	s.list.Resize(w, s.room(s.head(), s.foot()))
}

// View draws the states.
func (s *states) View() string {
	head, foot := s.head(), s.foot()
	body := s.list.View("no state of this group was saved on this cluster: nothing was reset here")
	if !s.poll.Loaded() {
		body = page.Waiting(s.wizard.env, "saved states", s.poll.Err, s.w, s.room(head, foot))
	}
	return s.frame(head, body, foot)
}

// timeFormat is how times are shown: in UTC, and to the second.
const timeFormat = "2006-01-02 15:04:05"

// ask looks into the folder.
func (s *states) ask() tea.Cmd {
	client, group := s.wizard.env.Client, s.wizard.group
	s.poll = &page.Poll[savedStates]{
		Every: -1, // nobody else adds any
		Fetch: func(ctx context.Context) (savedStates, error) {
			files, err := client.Groups.SavedStates(ctx, group)
			if len(files) > 0 {
				return savedStates{files, err}, nil
			}
			return savedStates{}, err
		},
		Value: s.poll.Value, At: s.poll.At,
	}
	return s.poll.Start(s.wizard.ctx)
}

func (s *states) arrived() {
	if s.poll.Err == nil {
		s.list.SetItems(s.poll.Value.files)
	}
}

// head says whether the group is ready, and how many states there are.
func (s *states) head() []string {
	th := s.wizard.env.Theme
	line := th.Dim.Render(plural(len(s.list.Items()), "saved state") + " of this cluster")
	if s.poll.Value.unread != nil {
		line += th.Warn.Render("   ! some files cannot be read")
	}
	return s.wizard.partitions.groupHead(s.w, line)
}

// foot tells where the state under the cursor is kept.
func (s *states) foot() []string {
	th := s.wizard.env.Theme
	f, ok := s.list.Selected()
	switch {
	case !ok && s.poll.Value.unread != nil:
		return wrap(th.Warn, s.poll.Value.unread.Error(), s.w)
	case !ok:
		return []string{""}
	}
	return wrap(th.Dim, fmt.Sprintf("what %s had before %s: %s", f.Group, f.Reset, f.Path), s.w)
}
