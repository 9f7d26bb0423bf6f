package page

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// testConfirm is a page that has looked, and counts what it did.
func testConfirm(t *testing.T, proposal Proposal, err error) (p *Confirm, did *int) {
	t.Helper()
	keys, problem := keymap.New(nil)
	if problem != nil {
		t.Fatal(problem)
	}
	did = new(int)
	proposal.Do = func(context.Context) Report {
		*did++
		return Report{Notice: Notify{Text: "done"}, Lines: []Line{{Text: "✓ it is gone"}}}
	}
	p = NewConfirm(Env{Theme: theme.New(true), Keys: keys}, "delete it", func(context.Context) (Proposal, error) { return proposal, err })
	p.Resize(80, 20)
	p.Update(p.Start(t.Context())())
	return p, did
}

// carryOut runs a write to its end.
func (p *Confirm) carryOut(t *testing.T, cmd tea.Cmd) {
	t.Helper()
	batch, ok := cmd().(tea.BatchMsg)
	if !ok {
		t.Fatal("nothing was begun")
	}
	batch[0]()
	p.Update(batch[1]())
}

func manyLines() []Line {
	var lines []Line
	for i := range 30 {
		lines = append(lines, Line{Text: fmt.Sprintf("line %d of what would be lost\x1b[2J", i)})
	}
	return lines
}

func TestConfirmByName(t *testing.T) {
	p, did := testConfirm(t, Proposal{Lines: manyLines(), Name: "billing", Ask: "Type:", Does: "deletes it"}, nil)
	enter := tea.KeyPressMsg{Code: tea.KeyEnter}
	if !p.Typing() {
		t.Fatal("the name is not being typed")
	}
	for _, key := range letters("billin") {
		p.Update(key)
	}
	if _, ok := p.Update(enter)().(Notify); !ok || *did != 0 {
		t.Errorf("a part of the name was enough")
	}
	if handled, cmd := p.Do(keymap.Refresh); handled { // a new look leaves what was typed
		p.Update(cmd())
	}
	p.Update(letters("g")[0])
	p.carryOut(t, p.Update(enter))
	if view := ansi.Strip(p.View()); *did != 1 || p.Typing() || !strings.Contains(view, "it is gone") || p.Scope() != keymap.Confirmed {
		t.Errorf("did it %d times:\n%s", *did, view)
	}
	if _, cmd := p.Do(keymap.Open); cmd == nil {
		t.Error("enter does not close what is over")
	}
}

func TestConfirmByYes(t *testing.T) {
	p, did := testConfirm(t, Proposal{Lines: manyLines(), Ask: "Remove it?", Does: "removes it"}, nil)
	if p.Typing() || p.Refuses(keymap.Yes) != "" {
		t.Error("a name is asked for")
	}
	_, cmd := p.Do(keymap.Yes)
	if _, again := p.Do(keymap.Yes); again != nil {
		t.Error("a second yes began it again")
	}
	if why := p.Refuses(keymap.Back); why == "" {
		t.Error("the page may be left while it writes")
	}
	p.carryOut(t, cmd)
	if *did != 1 {
		t.Errorf("did it %d times", *did)
	}
}

func TestConfirmRefuses(t *testing.T) {
	p, did := testConfirm(t, Proposal{Refused: "it has members"}, nil)
	if why := p.Refuses(keymap.Yes); why != "it has members" || p.Typing() {
		t.Errorf("refused with %q", why)
	}
	if _, cmd := p.Do(keymap.Yes); cmd != nil || *did != 0 {
		t.Error("what is refused was begun")
	}
	p, _ = testConfirm(t, Proposal{}, errors.New("no answer"))
	if view := p.View(); p.Refuses(keymap.Yes) == "" || !strings.Contains(view, "no answer") {
		t.Errorf("without a look at the cluster:\n%s", view)
	}
}

func TestConfirmFillsItsAreaInEveryState(t *testing.T) {
	over, _ := testConfirm(t, Proposal{Ask: "Sure?"}, nil)
	_, cmd := over.Do(keymap.Yes)
	over.carryOut(t, cmd)
	states := map[string]*Confirm{"over": over}
	states["named"], _ = testConfirm(t, Proposal{Lines: manyLines(), Name: "客户事件", Ask: "Type:"}, nil)
	states["yes or no"], _ = testConfirm(t, Proposal{Lines: manyLines(), Ask: "Sure?"}, nil)
	states["refused"], _ = testConfirm(t, Proposal{Lines: manyLines()[:2], Refused: strings.Repeat("it has members, ", 20)}, nil)
	states["failed"], _ = testConfirm(t, Proposal{}, errors.New("no answer"))
	for name, p := range states {
		for _, w := range []int{10, 59, 80, 160} {
			for _, h := range []int{2, 9, 20, 45} {
				p.Resize(w, h)
				for _, a := range []keymap.Action{keymap.First, keymap.Last, keymap.PageUp, keymap.Down} {
					p.Do(a)
					view := p.View()
					if n := strings.Count(view, "\n") + 1; n != h {
						t.Fatalf("%s at %d×%d: %d lines", name, w, h, n)
					}
					for _, line := range strings.Split(view, "\n") {
						if text.Width(line) > w || strings.Contains(line, "\x1b[2J") {
							t.Fatalf("%s at %d×%d: %q", name, w, h, line)
						}
					}
				}
			}
		}
	}
	p := states["named"]
	p.Resize(80, 20)
	p.Do(keymap.First)
	if view := ansi.Strip(p.View()); !strings.Contains(view, "line 0 ") || !strings.Contains(view, "more lines") {
		t.Errorf("at the top:\n%s", view)
	}
	p.Do(keymap.Last)
	if view := ansi.Strip(p.View()); !strings.Contains(view, "line 29 ") || strings.Contains(view, "more line") {
		t.Errorf("at the end:\n%s", view)
	}
}
