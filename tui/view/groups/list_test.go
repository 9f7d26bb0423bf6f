package groups

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/theme"
)

func testEnv(t *testing.T) page.Env {
	t.Helper()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return page.Env{Client: admin.Over(nil), Theme: theme.New(true), Keys: keys}
}

// body is what a page draws, without styles. Every line must fit.
func body(t *testing.T, p page.Page, w, h int) string {
	t.Helper()
	p.Resize(w, h)
	view := p.View()
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Errorf("%d lines, want %d", len(lines), h)
	}
	for i, line := range lines {
		if lipgloss.Width(line) > w {
			t.Errorf("line %d is %d wide, want at most %d: %q", i, lipgloss.Width(line), w, ansi.Strip(line))
		}
	}
	return ansi.Strip(view)
}

func contains(t *testing.T, screen string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(screen, w) {
			t.Errorf("the screen lacks %q:\n%s", w, screen)
		}
	}
}

// answer gives the list's poll of whole answers one answer.
func (p *List) answer(t *testing.T, answer kafka.Snapshot[groups.Group], err error) {
	t.Helper()
	p.Poll.Fetch = func(context.Context) (kafka.Snapshot[groups.Group], error) { return answer, err }
	p.Update(p.Poll.Start(t.Context())())
}

func (p *List) answerNames(t *testing.T, answer kafka.Snapshot[groups.Group], err error) {
	t.Helper()
	p.names.Fetch = func(context.Context) (kafka.Snapshot[groups.Group], error) { return answer, err }
	p.Update(p.names.Start(t.Context())())
}

// order is the groups from top to bottom.
func (p *List) order() string {
	var names []string
	for _, r := range p.Shown() {
		names = append(names, r.Name)
	}
	return strings.Join(names, " ")
}

var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func known(n int64) lag.Sum { return lag.Sum{Records: n, Known: 3} }

func someGroups() []groups.Group {
	return []groups.Group{
		{Name: "audit", Type: model.Classic, State: model.StateEmpty, Lag: known(1_234_567), Topics: make([]groups.TopicLag, 2)},
		{Name: "billing-and-invoicing-eu", Type: model.Consumer, State: model.StateStable, Members: 3, Coordinator: 1, Lag: known(0), Topics: make([]groups.TopicLag, 1)},
		{Name: "click-workers", Type: model.Share, State: "PreparingRebalance", Members: 12, Coordinator: 2, Lag: lag.Sum{Records: 50, Known: 1, Unknown: 2}, Topics: make([]groups.TopicLag, 1)},
	}
}

func TestListShowsNamesFirstAndThenTheRest(t *testing.T) {
	p := NewList(testEnv(t))
	contains(t, body(t, p, 80, 20), "loading groups …")
	names := someGroups()
	for i := range names {
		names[i].Members, names[i].Lag, names[i].Topics = -1, lag.Sum{}, nil
	}
	p.answerNames(t, kafka.Snapshot[groups.Group]{Items: names, At: began}, nil)
	contains(t, body(t, p, 80, 20), "3 groups  loading members and lag of 3 …", "audit", "…")
	if p.order() != "audit billing-and-invoicing-eu click-workers" {
		t.Errorf("the order is %s", p.order())
	}
	p.answer(t, kafka.Snapshot[groups.Group]{Items: someGroups(), At: began}, nil)
	for _, size := range [][2]int{{80, 20}, {160, 44}} {
		screen := body(t, p, size[0], size[1])
		contains(t, screen, "3 groups · total lag ≥ 1,234,617 · 1 empty with lag · 1 rebalancing",
			"billing-and-invoicing-eu", "Empty, unread", "1,234,567", "Rebalancing", "≥ 50", "audit: nobody reads, and 1,234,567 records wait")
		if strings.Contains(screen, "loading") || strings.Contains(screen, "…") {
			t.Errorf("something is cut or still loading:\n%s", screen)
		}
	}
	contains(t, body(t, p, 160, 44), "members", "topics", "drain", "history", "trend")
	contains(t, body(t, p, 180, 44), "coordinator")
	if p.order() != "audit click-workers billing-and-invoicing-eu" {
		t.Errorf("the order is %s", p.order())
	}
}

// watched is what a watch tells of a group that commits these offsets on one
// partition of 10,000 records, ten seconds apart.
func watched(group string, held bool, committed ...int64) lag.Watched {
	var w lag.Watch
	var told lag.Watched
	for i, c := range committed {
		r := w.Begin(group, began.Add(time.Duration(i)*10*time.Second))
		r.Add("orders", 3, lag.Of(c, lag.Log{End: 10_000, Stable: 10_000}), held)
		told = r.End()
	}
	return told
}

func TestListShowsWhereLagIsGoing(t *testing.T) {
	p := NewList(testEnv(t))
	all := someGroups()
	all[0].Watched = watched("audit", false, 9000, 9000, 9000)
	all[0].Lag = known(1000)
	all[1].Watched = watched("billing-and-invoicing-eu", true, 9000, 10_000)
	all[2].Watched = watched("click-workers", true, 1000, 2000, 3000, 4000)
	p.answer(t, kafka.Snapshot[groups.Group]{Items: all, At: began}, nil)
	narrow := body(t, p, 80, 20)
	contains(t, narrow, "1,000 →", "0 =", "50 ↓", "STOP", "OK", ">20s",
		"audit: STOP on orders/3: nobody holds it, no commit came for 20s, and 1000")
	wide := body(t, p, 160, 44)
	contains(t, wide, "never", "caught up", "catching up 100 rec/s", "1m")
	if strings.Count(wide, "██▇▆") != 1 {
		t.Errorf("want the history of the one group that has four samples:\n%s", wide)
	}
	p.Select("click-workers")
	contains(t, body(t, p, 160, 44), "catching up by 100 rec/s; caught up in 1m at this pace")
}

func TestListColoursByTheThreshold(t *testing.T) {
	env := testEnv(t)
	env.LagThreshold = 50
	for records, want := range map[int64]lipgloss.Style{0: env.Theme.Good, 49: env.Theme.Text, 50: env.Theme.Warn} {
		for _, c := range listColumns(env) {
			if c.Title == "lag" && c.Style(row{Group: groups.Group{Lag: known(records)}}).GetForeground() != want.GetForeground() {
				t.Errorf("a lag of %d has the wrong colour", records)
			}
		}
	}
}

func TestListKeepsTheRowsOfACoordinatorThatIsSilent(t *testing.T) {
	env := testEnv(t)
	p := NewList(env)
	p.answer(t, kafka.Snapshot[groups.Group]{Items: someGroups(), At: began}, nil)
	silent := kafka.Snapshot[groups.Group]{Items: someGroups()[:2], At: began.Add(time.Minute), Partial: &groups.UnlistedError{Brokers: []int32{2}}}
	p.answer(t, silent, nil)
	contains(t, body(t, p, 80, 20), "click-workers", "no answer", "1 without answer", "≥ 50")
	if got := pace(silent, 10*time.Second); got != leastPace {
		t.Errorf("after a broker that hangs the next question waits %v", got)
	}
	p.Select("click-workers")
	contains(t, body(t, p, 80, 20), "coordinator 2 does not answer; this is what it said last")
	// And once more: what is kept is kept as long as it takes.
	silent.At = silent.At.Add(time.Minute)
	p.answer(t, silent, nil)
	contains(t, body(t, p, 80, 20), "click-workers", "no answer")
	// A group that a listening coordinator does not list is gone.
	p.answer(t, kafka.Snapshot[groups.Group]{Items: someGroups()[1:2], At: began.Add(3 * time.Minute)}, nil)
	if p.order() != "billing-and-invoicing-eu" {
		t.Errorf("the groups are %s", p.order())
	}
}

func TestListKeepsWhatAGroupSaidBefore(t *testing.T) {
	p := NewList(testEnv(t))
	p.answer(t, kafka.Snapshot[groups.Group]{Items: someGroups(), At: began}, nil)
	all := someGroups()
	all[0].Members, all[0].Lag, all[0].Err = -1, lag.Sum{}, errors.New("the coordinator is loading")
	p.answer(t, kafka.Snapshot[groups.Group]{Items: all, At: began.Add(time.Minute), Partial: all[0].Err}, nil)
	contains(t, body(t, p, 80, 20), "1,234,567", "no answer", "the coordinator is loading")
	if _, problem := p.Freshness(); !page.IsPartial(problem) {
		t.Errorf("the shell is told of %v, want what is missing", problem)
	}
}

func TestListBeforeAnyData(t *testing.T) {
	p := NewList(testEnv(t))
	p.answer(t, kafka.Snapshot[groups.Group]{}, errors.New("list groups: \x1b[31mno answer in time"))
	screen := body(t, p, 80, 20)
	contains(t, screen, "no answer in time", "␛")
	p.answer(t, kafka.Snapshot[groups.Group]{At: began}, nil)
	contains(t, body(t, p, 80, 20), "no groups", "needs Describe")
	p.answer(t, kafka.Snapshot[groups.Group]{}, errors.New("gone again"))
	contains(t, body(t, p, 80, 20), "gone again")
}

func TestListStaysAtTheTopUntilTheCursorIsMoved(t *testing.T) {
	p := NewList(testEnv(t))
	p.Resize(80, 20)
	p.answerNames(t, kafka.Snapshot[groups.Group]{Items: someGroups(), At: began}, nil)
	all := someGroups()
	all[2].Lag = known(5_000_000)
	selected := func() string { r, _ := p.Selected(); return r.Name }
	p.answer(t, kafka.Snapshot[groups.Group]{Items: all, At: began}, nil)
	if selected() != "click-workers" {
		t.Errorf("the cursor is on %s", selected())
	}
	p.Do(keymap.Down)
	all[1].Lag = known(9_000_000)
	p.answer(t, kafka.Snapshot[groups.Group]{Items: all, At: began.Add(time.Minute)}, nil)
	if selected() != "audit" {
		t.Errorf("after a move the cursor went from audit to %s", selected())
	}
}

func TestListActions(t *testing.T) {
	p := NewList(testEnv(t))
	p.Resize(80, 20)
	if p.Refuses(keymap.Open) == "" || p.Refuses(keymap.ResetOffsets) == "" {
		t.Error("an empty list opens something")
	}
	p.answer(t, kafka.Snapshot[groups.Group]{Items: someGroups(), At: began}, nil)
	asks(t, p, keymap.Open, "group", "audit")
	asks(t, p, keymap.ResetOffsets, "reset", "audit")
	asks(t, p, keymap.UndoReset, "undo-reset", "audit")
	p.Select("click-workers")
	if why := p.Refuses(keymap.ResetOffsets); why != "" {
		t.Errorf("a share group cannot be reset: %s", why)
	}
	// The third line of the page is the second row; the second click on it opens.
	p.Update(page.Click{X: 5, Y: 3})
	opened := p.Update(page.Click{X: 5, Y: 3})
	if got := request(opened); got.Screen != "group" {
		t.Errorf("a click on the cursor opens %+v", got)
	}
}

// asks checks which screen an action opens.
func asks(t *testing.T, p page.Page, a keymap.Action, screen string, args ...string) {
	t.Helper()
	handled, cmd := p.Do(a)
	got := request(cmd)
	if !handled || got.Screen != screen || strings.Join(got.Args, " ") != strings.Join(args, " ") {
		t.Errorf("%s opens %+v, want %s %v", a, got, screen, args)
	}
}

// request is the screen that a command asks the shell for.
func request(cmd tea.Cmd) page.Go {
	if cmd == nil {
		return page.Go{}
	}
	switch msg := cmd().(type) {
	case page.Go:
		return msg
	case tea.BatchMsg:
		for _, c := range msg {
			if got := request(c); got.Screen != "" {
				return got
			}
		}
	}
	return page.Go{}
}

func TestListWithHostileNames(t *testing.T) {
	p := NewList(testEnv(t))
	all := someGroups()
	all[0].Name = strings.Repeat("long-", 40)
	all[1].Name = "订单处理服务-消费者组-生产环境-上海"
	all[2].Name, all[2].State = "evil\x1b]0;owned\x07\n\x1b[2J", "Stable\x1b[31m"
	p.answer(t, kafka.Snapshot[groups.Group]{Items: all, At: began}, nil)
	for _, size := range [][2]int{{80, 20}, {160, 44}, {60, 11}} {
		p.Resize(size[0], size[1])
		for range 3 {
			if view := p.View(); strings.ContainsAny(view, "\x07") || strings.Contains(view, "\x1b]") || strings.Contains(view, "\x1b[2J") {
				t.Errorf("escape bytes of a name reach the terminal: %q", view)
			}
			body(t, p, size[0], size[1])
			p.Do(keymap.Down)
		}
	}
}
