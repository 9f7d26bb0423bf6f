package tui

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
)

// probe is a page that remembers what the shell did with it.
type probe struct {
	title   string
	scope   keymap.Scope
	open    context.Context
	lives   []context.Context
	did     []keymap.Action
	heard   []tea.Msg
	answers tea.Cmd // what every action starts
	at      time.Time
	problem error
	refusal string
	view    string
	w, h    int
	drawn   int // how often
}

func (p *probe) Title() string              { return p.title }
func (p *probe) Scope() keymap.Scope        { return p.scope }
func (p *probe) Opened(ctx context.Context) { p.open = ctx }
func (p *probe) Start(ctx context.Context) tea.Cmd {
	p.lives = append(p.lives, ctx)
	return nil
}
func (p *probe) Do(a keymap.Action) (bool, tea.Cmd) {
	p.did = append(p.did, a)
	return a != keymap.Back, p.answers
}
func (p *probe) Update(msg tea.Msg) tea.Cmd {
	p.heard = append(p.heard, msg)
	return nil
}
func (p *probe) Resize(w, h int)               { p.w, p.h = w, h }
func (p *probe) View() string                  { p.drawn++; return p.view }
func (p *probe) Freshness() (time.Time, error) { return p.at, p.problem }
func (p *probe) Refuses(a keymap.Action) string {
	if a == keymap.TailTopic || a == keymap.Sort {
		return p.refusal
	}
	return ""
}

// pages collects the probes that a registry has opened, by title.
type pages map[string][]*probe

func (ps pages) last(title string) *probe {
	all := ps[title]
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// registry is a console's registry made of probes, beside the commands that are
// no screens.
func (ps pages) registry() []screen {
	open := func(scope keymap.Scope) func(*App, []string) page.Page {
		return func(_ *App, args []string) page.Page {
			p := &probe{title: strings.Join(append([]string{string(scope)}, args...), " "), scope: scope, view: "the page " + string(scope)}
			ps[p.title] = append(ps[p.title], p)
			return p
		}
	}
	return append([]screen{
		{name: "overview", root: true, help: "the cluster at a glance", open: open(keymap.Overview)},
		{name: "topics", root: true, help: "all topics", open: open(keymap.Topics)},
		{name: "groups", root: true, help: "consumer groups and their lag", open: open(keymap.Groups)},
		{name: "topic", args: []string{"TOPIC"}, help: "partitions of a topic", open: open(keymap.Topic)},
		{name: "group", args: []string{"GROUP"}, help: "members of a group", open: open(keymap.Group)},
		{name: "broker", args: []string{"BROKER"}, help: "one broker", open: open(keymap.Broker)},
		{name: "tail", args: []string{"TOPIC", "[PARTITION]"}, help: "records as they arrive", open: open(keymap.Tail)},
		{name: startScreen, anywhere: true, help: "another cluster", open: open(keymap.Start)},
	}, registry()[len(screens()):]...)
}

func testClient(t testing.TB, readOnly bool) *admin.Client {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(1, "orders", "orders-dlq", "payments"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := admin.New(kafka.Config{Name: "test", ReadOnly: readOnly, Opts: []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func testKeys(t testing.TB) *keymap.Map {
	t.Helper()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// testApp is a console on a cluster with probes for screens, opened and sized,
// whose commands nobody runs.
func testApp(t testing.TB, opts Options) (*App, pages) {
	t.Helper()
	opts.Keys = testKeys(t)
	ps := make(pages)
	a := New(t.Context(), opts)
	a.registry = ps.registry()
	a.Init()
	a.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	return a, ps
}

func press(a *App, keys ...string) (last tea.Cmd) {
	for _, k := range keys {
		msg := tea.KeyPressMsg{Text: k}
		switch k {
		case "enter":
			msg = tea.KeyPressMsg{Code: tea.KeyEnter}
		case "esc":
			msg = tea.KeyPressMsg{Code: tea.KeyEscape}
		default:
			msg.Code = []rune(k)[0]
		}
		_, last = a.Update(msg)
	}
	return last
}

func show(a *App) string { return ansi.Strip(a.View().Content) }

func TestCoveredPagesEndAndComeBack(t *testing.T) {
	a, ps := testApp(t, Options{Client: testClient(t, false), Open: "topics"})
	topics := ps.last("topics")
	if topics == nil || len(topics.lives) != 1 || topics.lives[0].Err() != nil {
		t.Fatal("the first screen is not alive")
	}
	if overview := ps.last("overview"); overview.lives[0].Err() == nil {
		t.Error("the screen that was left is still alive")
	}
	a.Update(page.Go{Screen: "topic", Args: []string{"orders"}})
	if topics.lives[0].Err() == nil {
		t.Error("the covered page is still alive")
	}
	if topics.open.Err() != nil {
		t.Error("the covered page counts as closed")
	}
	if got := show(a); !strings.Contains(got, "topics › topic orders") {
		t.Errorf("the way back is not shown:\n%s", got)
	}
	press(a, "esc")
	if len(topics.lives) != 2 || topics.lives[1].Err() != nil {
		t.Error("the page did not come back to life")
	}
	if ps.last("topic orders").lives[0].Err() == nil {
		t.Error("the closed page is still alive")
	}
	if ps.last("topic orders").open.Err() == nil {
		t.Error("the closed page is still open")
	}
	press(a, "esc")
	if a.stack.top().page != topics {
		t.Error("back on the last page closed it")
	}
	press(a, "3", "2")
	if len(ps["topics"]) != 1 {
		t.Error("the numbered screen was made anew and has lost its place")
	}
	press(a, "2")
	if len(topics.lives) != 3 {
		t.Error("opening the visible screen began a new life")
	}
}

func TestTheWayBackIsBounded(t *testing.T) {
	a, _ := testApp(t, Options{Client: testClient(t, false)})
	for i := range 3 * maxDepth {
		a.Update(page.Go{Screen: "topic", Args: []string{fmt.Sprint(i)}})
	}
	if n := len(a.stack.entries); n != maxDepth {
		t.Errorf("%d pages are open, want %d", n, maxDepth)
	}
	lines := strings.Split(show(a), "\n")
	if crumbs := lines[1]; text.Width(crumbs) > 80 || !strings.HasSuffix(crumbs, "topic 95") || !strings.HasPrefix(crumbs, " … › ") {
		t.Errorf("the way back reads %q", crumbs)
	}
	for range maxDepth {
		press(a, "esc")
	}
	if got := a.stack.top().via.Screen; got != "overview" {
		t.Errorf("all the way back is %q", got)
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	a, ps := testApp(t, Options{Client: testClient(t, false), Open: "topics"})
	topics := ps.last("topics")
	topics.answers = func() tea.Msg {
		return tea.BatchMsg{
			func() tea.Msg { return "answer" },
			page.Say(page.Success, "worth knowing"),
			page.Open("groups"),
		}
	}
	answer := press(a, "s") // sort: an action of the page
	var late []tea.Msg
	for _, cmd := range answer().(tea.BatchMsg) {
		late = append(late, cmd())
	}
	a.Update(late[0])
	if len(topics.heard) != 1 || topics.heard[0] != "answer" {
		t.Fatalf("the page heard %v, want its answer", topics.heard)
	}

	a.Update(page.Go{Screen: "topic", Args: []string{"orders"}})
	for _, msg := range late {
		a.Update(msg)
	}
	if len(topics.heard) != 1 || len(ps.last("topic orders").heard) != 0 {
		t.Error("an answer came to a page that is covered, or to another")
	}
	if a.stack.top().via.Screen != "topic" {
		t.Error("a covered page opened a screen")
	}
	if got := show(a); !strings.Contains(got, "✓ worth knowing") {
		t.Errorf("the notice of a covered page is lost:\n%s", got)
	}
	press(a, "esc")
	a.Update(late[0])
	if len(topics.heard) != 1 {
		t.Error("an answer of an earlier life came through")
	}
}

func TestReadOnlyRefusesWhatChangesTheCluster(t *testing.T) {
	a, ps := testApp(t, Options{Client: testClient(t, true), Open: "groups"})
	press(a, "o")
	if did := ps.last("groups").did; len(did) != 0 {
		t.Errorf("the page was asked to %v", did)
	}
	if got := show(a); !strings.Contains(got, "reset offsets: the context test is read-only") || !strings.Contains(got, "READ-ONLY") {
		t.Errorf("the refusal does not say why:\n%s", got)
	}
	a, ps = testApp(t, Options{Client: testClient(t, false), Open: "groups"})
	press(a, "o")
	if did := ps.last("groups").did; len(did) != 1 || did[0] != keymap.ResetOffsets {
		t.Errorf("a context that may change did %v", did)
	}
}

func TestPagesRefuseWithAReason(t *testing.T) {
	a, ps := testApp(t, Options{Client: testClient(t, false), Open: "topics"})
	ps.last("topics").refusal = "the topic has no partitions"
	press(a, "t")
	got := show(a)
	if !strings.Contains(got, "✗ tail: the topic has no partitions") || len(ps.last("topics").did) != 0 {
		t.Errorf("the refusal does not say why:\n%s", got)
	}
	if !strings.Contains(got, "t tail") || strings.Contains(got, "s sort") {
		t.Errorf("the footer should offer what the page refuses, but not what every table has:\n%s", got)
	}
	press(a, "down")
	if got := show(a); strings.Contains(got, "no partitions") {
		t.Errorf("the refusal stays after the next key:\n%s", got)
	}
}

// TestAnIdlePageIsDrawnOnce: ticks move the age in the header alone, and whatever
// may have changed the page shows at once.
func TestAnIdlePageIsDrawnOnce(t *testing.T) {
	a, ps := testApp(t, Options{Client: testClient(t, false), Open: "topics"})
	p := ps.last("topics")
	p.at = a.now
	_ = show(a)
	before := p.drawn
	for i := range 3 {
		a.Update(second(p.at.Add(time.Duration(i) * time.Second)))
		if got := show(a); !strings.Contains(got, fmt.Sprintf("%ds old", i)) {
			t.Errorf("the age after %d s is missing:\n%s", i, got)
		}
	}
	if p.drawn != before {
		t.Errorf("three ticks drew the page %d times", p.drawn-before)
	}

	top := a.stack.top()
	for name, change := range map[string]func(){
		"an answer":       func() { a.Update(addressed{top, top.life, "answer"}) },
		"an action":       func() { press(a, "j") },
		"a click":         func() { a.Update(tea.MouseClickMsg{Button: tea.MouseLeft, X: 1, Y: 5}) },
		"a new size":      func() { a.Update(tea.WindowSizeMsg{Width: 100, Height: 30}) },
		"a background":    func() { a.Update(tea.BackgroundColorMsg{Color: color.White}) },
		"another profile": func() { a.Update(tea.ColorProfileMsg{Profile: colorprofile.ANSI}) },
	} {
		p.view = "after " + name
		change()
		if got := show(a); !strings.Contains(got, p.view) {
			t.Errorf("%s does not show:\n%s", name, got)
		}
	}
	press(a, "3")
	if got := show(a); !strings.Contains(got, "the page groups") {
		t.Errorf("another page does not show:\n%s", got)
	}
}

func TestAgeOfTheData(t *testing.T) {
	a, ps := testApp(t, Options{Client: testClient(t, false), Open: "topics"})
	p, now := ps.last("topics"), time.Now()
	down := errors.New("list offsets: no answer in time")
	for _, tc := range []struct {
		name    string
		age     time.Duration // negative: nothing read yet
		problem error
		asked   bool
		want    string
		not     string
	}{
		{"loading", -1, nil, false, "loading …", "old"},
		{"no data", -1, down, false, "NO DATA", "old"},
		{"nothing yet, in part", -1, page.Partial(down), false, "loading …", "NO DATA"},
		{"fresh", 3 * time.Second, nil, false, "3s old", "!"},
		{"slow to change", 90 * time.Second, nil, false, "1m30s old", "STALE"},
		{"in steps", 93 * time.Second, nil, false, "1m30s old", "STALE"},
		{"one failure", 6 * time.Second, down, false, "6s old", "STALE"},
		{"stale", 45 * time.Second, down, false, "STALE 45s", "old"},
		{"partial", 45 * time.Second, page.Partial(down), false, "45s old", "STALE"},
		{"asked", 6 * time.Second, nil, true, "refreshing …", "old"},
		{"asked while stale", 45 * time.Second, down, true, "STALE 45s", "refreshing"},
	} {
		p.at, p.problem, a.asked = time.Time{}, tc.problem, time.Time{}
		if tc.age >= 0 {
			p.at = now.Add(-tc.age)
		}
		if tc.asked {
			a.asked = now
		}
		a.Update(second(now))
		head, foot := strings.Split(show(a), "\n")[0], strings.Split(show(a), "\n")[22]
		if !strings.Contains(head, tc.want) || strings.Contains(head, tc.not) {
			t.Errorf("%s: the header is %q, want %q and not %q", tc.name, head, tc.want, tc.not)
		}
		if (tc.problem != nil) != strings.Contains(foot, "! list offsets: no answer in time") {
			t.Errorf("%s: the line for problems is %q", tc.name, foot)
		}
	}
	p.at, p.problem = now, nil
	press(a, "r")
	if got := show(a); !strings.Contains(got, "refreshing …") {
		t.Errorf("r shows nothing:\n%s", got)
	}
	p.at = time.Now()
	if got := show(a); strings.Contains(got, "refreshing …") {
		t.Errorf("still refreshing after the answer:\n%s", got)
	}
}

func TestHeaderOfAClusterThatStopsAnswering(t *testing.T) {
	a, _ := testApp(t, Options{Client: testClient(t, false)})
	a.cluster.Value, a.cluster.At = kafka.Cluster{Up: make([]model.Node, 3)}, time.Now()
	if got := show(a); !strings.Contains(got, "3 brokers up") {
		t.Errorf("while it answers:\n%s", got)
	}
	a.cluster.Err = errors.New("read the metadata: no answer in time")
	if got := show(a); !strings.Contains(got, "NO ANSWER") || strings.Contains(got, "brokers up") {
		t.Errorf("when it does not:\n%s", got)
	}
}

func TestLongFailuresAreReadableToTheEnd(t *testing.T) {
	a, _ := testApp(t, Options{Client: testClient(t, false)})
	a.Update(page.Notify{Level: page.Failure, Text: "delete topic orders: not authorized (TOPIC_AUTHORIZATION_FAILED); needs Delete on \x1b[2JTopic:orders"})
	got := show(a)
	if !strings.Contains(got, "Topic:orders") || strings.Contains(got, "\x1b") {
		t.Errorf("the end of the failure is missing:\n%s", got)
	}
	checkScreen(t, a, 80, 24)
	a.Update(second(time.Now().Add(noticeTime + time.Second)))
	if got := show(a); strings.Contains(got, "Topic:orders") {
		t.Error("the notice stays for ever")
	}
}

func checkScreen(t *testing.T, a *App, w, h int) {
	t.Helper()
	lines := strings.Split(a.View().Content, "\n")
	if len(lines) != h {
		t.Errorf("%d lines at %d×%d", len(lines), w, h)
	}
	for _, line := range lines {
		if text.Width(line) > w {
			t.Errorf("a line of %d cells at %d×%d: %q", text.Width(line), w, h, ansi.Strip(line))
		}
	}
}

func TestEverySizeIsFilledAndNeverPanics(t *testing.T) {
	for _, overlay := range []string{"", ":", "?"} {
		a, ps := testApp(t, Options{Client: testClient(t, true), Open: "topics"})
		ps.last("topics").problem = errors.New(strings.Repeat("a long problem ", 20))
		if overlay != "" {
			press(a, overlay)
		}
		for _, w := range []int{1, 2, 59, 60, 61, 80, 119, 140, 141, 200} {
			for _, h := range []int{1, 2, 4, 14, 15, 16, 24, 60} {
				a.Update(tea.WindowSizeMsg{Width: w, Height: h})
				checkScreen(t, a, w, h)
				a.Update(tea.MouseClickMsg{X: w / 2, Y: h / 2, Button: tea.MouseRight})
				a.Update(tea.MouseWheelMsg{X: w / 2, Y: h / 2, Button: tea.MouseWheelDown})
				if got := show(a); (w < 60 || h < 15) != !strings.Contains(got, "topics") {
					t.Errorf("at %d×%d:\n%s", w, h, got)
				}
			}
		}
	}
}

func TestScreensThatAreMissingAreHarmless(t *testing.T) {
	a := New(t.Context(), Options{Client: testClient(t, false), Keys: testKeys(t)})
	a.registry = slices.DeleteFunc((pages{}).registry(), func(s screen) bool { return !s.anywhere })
	a.Init()
	a.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	press(a, "2")
	if got := show(a); !strings.Contains(got, `there is no command "topics"`) || !strings.Contains(got, "the page start") {
		t.Errorf("without most screens:\n%s", got)
	}
}

func TestCommandLines(t *testing.T) {
	a, _ := testApp(t, Options{Client: testClient(t, false)})
	for _, tc := range []struct {
		line string
		want page.Go
		err  string
	}{
		{"topics", page.Go{Screen: "topics"}, ""},
		{"  topic   orders ", page.Go{Screen: "topic", Args: []string{"orders"}}, ""},
		{"group my group of two", page.Go{Screen: "group", Args: []string{"my group of two"}}, ""},
		{"tail orders 3", page.Go{Screen: "tail", Args: []string{"orders", "3"}}, ""},
		{"q", page.Go{Screen: "quit"}, ""},
		{"group", page.Go{}, "group: which group?"},
		{"tail a 1 2", page.Go{}, "tail: too many words; it takes 2"},
		{"dance", page.Go{}, `there is no command "dance"`},
		{"topics now", page.Go{}, "topics: too many words; it takes 0"},
	} {
		got, err := a.parse(tc.line)
		switch {
		case tc.err != "":
			if err == nil || err.Error() != tc.err {
				t.Errorf("%q: error %v, want %q", tc.line, err, tc.err)
			}
		case err != nil || got.Screen != tc.want.Screen || strings.Join(got.Args, "|") != strings.Join(tc.want.Args, "|"):
			t.Errorf("%q is %v, error %v; want %v", tc.line, got, err, tc.want)
		}
	}
	alone, _ := testApp(t, Options{})
	if _, err := alone.parse("topics"); err == nil || err.Error() != "topics: attach to a cluster first" {
		t.Errorf("without a cluster: %v", err)
	}
}

func TestEveryCommandHasANameOfItsOwn(t *testing.T) {
	seen := make(map[string]bool)
	for _, s := range registry() {
		if (s.open == nil) == (s.do == nil) || s.help == "" {
			t.Errorf("%s: it opens or does nothing, or both, or has no help", s.name)
		}
		for _, name := range append([]string{s.name}, s.aliases...) {
			if seen[name] {
				t.Errorf("two commands are called %q", name)
			}
			seen[name] = true
		}
	}
}

func TestHeaderFillsTheLine(t *testing.T) {
	for _, colour := range []string{"", "red", "no such colour"} {
		for _, name := range []string{"prod", strings.Repeat("broker-1:9092,", 20), "注文クラスタ"} {
			client, err := admin.New(kafka.Config{Name: name, ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			a := New(t.Context(), Options{Client: client, Colour: func(string) string { return colour }})
			a.Init()
			for _, w := range []int{60, 80, 160} {
				a.resize(w, 24)
				if got := text.Width(a.header()); got != w {
					t.Errorf("%s in %q: the header of %d cells is %d wide", name, colour, w, got)
				}
			}
		}
	}
}

func TestALongCommandScrolls(t *testing.T) {
	a, _ := testApp(t, Options{Client: testClient(t, false)})
	press(a, ":")
	a.Update(tea.PasteMsg{Content: strings.Repeat("x", 500) + "the end"})
	got := show(a)
	if !strings.Contains(got, "xthe end") || strings.Count(got, "xxx\n") > 0 || strings.Count(got, strings.Repeat("x", 60)) != 1 {
		t.Errorf("a long command does not stay on its line:\n%s", got)
	}
}
