package reset

import (
	"cmp"
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// states is the first step of an undo: which saved state is put back. The newest
// stands first.
type states struct {
	env   page.Env
	group string
	poll  *page.Poll[savedStates]
	list  *page.List[reset.SavedFile]
}

// savedStates is what was found in the folder, and why some files are not in it.
type savedStates struct {
	files  []reset.SavedFile
	unread error
}

func stateKey(f reset.SavedFile) string { return f.Path }

func (s *states) init(env page.Env, group string) {
	s.env, s.group, s.poll = env, group, &page.Poll[savedStates]{}
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
}

// timeFormat is how times are shown: in UTC, and to the second.
const timeFormat = "2006-01-02 15:04:05"

// ask looks into the folder.
func (s *states) ask(ctx context.Context) tea.Cmd {
	client, group := s.env.Client, s.group
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
	return s.poll.Start(ctx)
}

func (s *states) arrived() {
	if s.poll.Err == nil {
		s.list.SetItems(s.poll.Value.files)
	}
}

// summary says what there is.
func (s *states) summary(th *theme.Theme) string {
	line := th.Dim.Render(plural(len(s.list.Items()), "saved state") + " of this cluster")
	if s.poll.Value.unread != nil {
		line += th.Warn.Render("   ! some files cannot be read")
	}
	return line
}

func (s *states) refusesNext() string {
	if _, ok := s.list.Selected(); !ok {
		return "there is no saved state to put back"
	}
	return ""
}

// foot tells where the state under the cursor is kept.
func (s *states) foot(th *theme.Theme, w int) []string {
	f, ok := s.list.Selected()
	switch {
	case !ok && s.poll.Value.unread != nil:
		return wrap(th.Warn, s.poll.Value.unread.Error(), w)
	case !ok:
		return []string{""}
	}
	return wrap(th.Dim, fmt.Sprintf("what %s had before %s: %s", f.Group, f.Reset, f.Path), w)
}

func (s *states) view(th *theme.Theme, w, h int) string {
	switch {
	case s.poll.Loaded():
		return s.list.View("no state of this group was saved on this cluster: nothing was reset here")
	case s.poll.Err != nil:
		return widget.Center(th.Bad.Render(text.Clean(s.poll.Err.Error())), w, h)
	}
	return widget.Center(th.Dim.Render("looking for saved states …"), w, h)
}
