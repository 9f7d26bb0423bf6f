package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// open runs a console with probes for screens.
func open(t *testing.T, opts Options, w, h int) (*tuitest.Screen, *App, pages) {
	t.Helper()
	opts.Keys = testKeys(t)
	ps := make(pages)
	a := New(t.Context(), opts)
	a.registry = ps.registry()
	return tuitest.Start(t, a, w, h), a, ps
}

func TestPalette(t *testing.T) {
	for _, size := range [][2]int{{60, 15}, {80, 24}, {200, 60}} {
		s, _, _ := open(t, Options{Client: testClient(t, false), Open: "topics"}, size[0], size[1])
		s.WaitFor("the page topics", "3 brokers up")

		s.Type(":").WaitFor("overview", "the cluster at a glance", "enter run")
		s.Type("tail ").WaitFor("3 of 3 topics", "tail orders-dlq", "tail payments")
		s.Type("dlq").WaitFor("1 of 3 topics").WaitGone("tail payments")
		s.Type("tab").WaitFor(":tail orders-dlq")
		s.Type("enter").WaitFor("tail orders-dlq", "the page tail").WaitGone("enter run")

		s.Type(":", "nonsense", "enter").WaitFor(`there is no command "nonsense"`, ":nonsense")
		s.Type("esc").WaitGone(":nonsense").WaitFor("the page tail")

		s.Type(":").WaitFor("again").Type("down", "down", "up", "enter").WaitFor("the page overview")
		s.Type(":", "to", "enter").WaitFor("the page topics")
		s.Type(":", "topic", "enter").WaitFor("topic orders").Type("enter").WaitFor("the page topic", "topic orders")

		s.Type(":", "qui").WaitFor("leave kdeck").ClickOn("leave kdeck")
		if err := s.WaitEnd(); err != nil {
			t.Error(err)
		}
	}
}

func TestPaletteNeedsNoNames(t *testing.T) {
	s, _, _ := open(t, Options{Client: testClient(t, false)}, 80, 24)
	s.Type(":", "group a new group", "enter").WaitFor("group a new group", "the page group")
	s.Type(":", "group ").WaitFor("there are no groups").Type("x").Paste(" y").WaitFor(":group x y")
	s.Type("enter").WaitFor("group x y")
	s.Type(":", "broker ").WaitFor("broker 0", "broker 2").Type("down", "enter").WaitFor("broker 1")
}

func TestHelp(t *testing.T) {
	s, _, ps := open(t, Options{Client: testClient(t, true), Open: "groups"}, 80, 24)
	s.WaitFor("the page groups")
	s.Type("?").WaitFor("On the groups screen", "Move the group's committed offsets", "not now: the context test is read-only", "esc close")
	s.Type("end").WaitFor("While typing").WaitGone("On the groups screen")
	s.Type("home").WaitFor("On the groups screen")
	s.Wheel(10, 10, 2).WaitGone("On the groups screen")
	s.Resize(160, 48).WaitFor("On the groups screen", "While typing").WaitGone("scroll")
	s.Type("o", "?").WaitGone("While typing")
	if did := ps.last("groups").did; len(did) != 0 {
		t.Errorf("keys went through the help to the page: %v", did)
	}
	s.Type("?").WaitFor("While typing").Type("q").WaitGone("While typing")
	s.Type("q")
	if err := s.WaitEnd(); err != nil {
		t.Error(err)
	}
}

func TestSizeThatIsTooSmall(t *testing.T) {
	s, _, _ := open(t, Options{Client: testClient(t, false)}, 80, 24)
	s.WaitFor("the page overview")
	s.Resize(59, 14).WaitFor("kdeck needs 60×15 cells", "this terminal has 59×14")
	s.Resize(1, 1).WaitGone("cells")
	s.Resize(60, 15).WaitFor("the page overview", "? help")
	s.Resize(200, 60).WaitFor("the page overview")
}

func TestWithoutColour(t *testing.T) {
	a := New(t.Context(), Options{Client: testClient(t, true), Keys: testKeys(t)})
	a.registry = (pages{}).registry()
	s := tuitest.StartOn(t, a, tuitest.Terminal{Width: 80, Height: 24, NoColor: true})
	s.WaitFor("READ-ONLY", "3 brokers up").Type(":").WaitFor("▌ overview")
	for _, colour := range []string{"38;", "48;", "[31", "[34"} {
		if strings.Contains(s.Styled(), colour) {
			t.Errorf("colours without colour: %q in\n%q", colour, s.Styled())
		}
	}
	if styled := s.Styled(); !strings.Contains(styled, "7m") || !strings.Contains(styled, "2m") {
		t.Errorf("nothing is reversed or faint either:\n%q", styled)
	}
}

func TestLightTerminal(t *testing.T) {
	a := New(t.Context(), Options{Client: testClient(t, false), Keys: testKeys(t)})
	a.registry = (pages{}).registry()
	s := tuitest.StartOn(t, a, tuitest.Terminal{Width: 80, Height: 24, Light: true})
	light := "48;5;25m" // the badge on a light background
	s.WaitUntil("light colours", func(string) bool { return strings.Contains(s.Styled(), light) })
}

func TestCopyReachesTheClipboard(t *testing.T) {
	s, _, _ := open(t, Options{Client: testClient(t, false)}, 80, 24)
	s.Send(page.Copy{Text: "orders\x1b", What: "orders"}).WaitFor("sent to the terminal: orders")
	s.WaitUntil("the clipboard", func(string) bool { return s.Clipboard() == "orders\x1b" })
}

// broken is a page that panics where it is told to.
type broken struct {
	probe
	in    string
	drawn bool
}

func (p *broken) View() string {
	if p.in == "View" && p.drawn {
		panic("in View")
	}
	return "the page broken"
}

func (p *broken) Do(keymap.Action) (bool, tea.Cmd) {
	p.drawn = true
	fail := func() tea.Msg { panic("in a command") }
	switch p.in {
	case "Do":
		panic("in Do")
	case "command":
		return true, fail
	case "batch":
		return true, tea.Batch(fail, func() tea.Msg { return nil })
	}
	return true, nil
}

func TestPanicsGiveTheTerminalBack(t *testing.T) {
	for _, in := range []string{"Do", "View", "command", "batch"} {
		a := New(t.Context(), Options{Keys: testKeys(t)})
		a.registry = []screen{{name: startScreen, anywhere: true, open: func(*App, []string) page.Page {
			return &broken{probe: probe{scope: keymap.Topics}, in: in}
		}}}
		s := tuitest.Start(t, a, 80, 24)
		s.WaitFor("the page broken").Type("s")
		if err := s.WaitEnd(); !errors.Is(err, tea.ErrProgramPanic) {
			t.Errorf("%s: the program ended with %v, want its panic", in, err)
		}
		if s.FullScreen() {
			t.Errorf("%s: the screen was not given back", in)
		}
	}
}

func TestRunNeedsATerminal(t *testing.T) {
	err := Run(t.Context(), Options{Keys: testKeys(t)})
	if err == nil || !strings.Contains(err.Error(), "not a terminal") {
		t.Errorf("Run without a terminal: %v", err)
	}
}

func TestFromOneClusterToAnother(t *testing.T) {
	first, second := testClient(t, false), testClient(t, true)
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	s, a, ps := open(t, Options{
		Client: first, Open: "topics",
		Connect: func(ctx context.Context, target string) (*admin.Client, error) {
			switch target {
			case "second":
				return second, nil
			case "slow":
				select {
				case <-ctx.Done():
				case <-hang:
				}
				return nil, ctx.Err()
			}
			return nil, errors.New("context nowhere: there is no such context")
		},
	}, 80, 24)
	s.WaitFor("the page topics")
	s.Send(page.Attach{Target: "nowhere"}).WaitFor("✗ context nowhere: there is no such context", "the page topics")
	s.Send(page.Attach{Target: "slow"}).WaitFor("attaching to slow … 0s, esc stops")
	s.Type("esc").WaitFor("attaching to slow: stopped", "the page topics")
	s.Send(page.Launch{}).WaitFor("launch a local cluster: this console stays on its cluster")
	if _, err := first.Cluster(t.Context()); err != nil {
		t.Errorf("the first cluster's client was closed too early: %v", err)
	}

	s.Type(":", "tail orders", "enter").WaitFor("the page tail")
	s.Send(page.Attach{Target: "second"}).WaitFor("✓ attached to test", "READ-ONLY", "the page overview").WaitGone("topics")
	s.Type("q")
	if err := s.WaitEnd(); err != nil {
		t.Fatal(err)
	}
	if a.client != second || len(a.stack.entries) != 1 {
		t.Errorf("left on %v with %d pages, want the new cluster's one", a.client, len(a.stack.entries))
	}
	for title, all := range ps {
		for _, p := range all {
			for _, life := range p.lives {
				if life.Err() == nil {
					t.Errorf("%s is still alive", title)
				}
			}
		}
	}
	// The client is closed in the background: it answers until it is.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, err := first.Cluster(ctx); ctx.Err() != nil {
			t.Fatal("the client of the cluster that was left still works")
		} else if err != nil {
			break
		}
	}
	if _, err := second.Cluster(t.Context()); err != nil {
		t.Errorf("the new cluster's client does not work: %v", err)
	}
}
