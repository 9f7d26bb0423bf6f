package overview

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/overview"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// newPage returns a page that has its answers already, of names that try to
// break out of their place.
func newPage(tb testing.TB, troubled ...overview.TroubledTopic) *Page {
	tb.Helper()
	keys, err := keymap.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	client, err := admin.New(kafka.Config{Name: "nobody"})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	p := New(page.Env{Client: client, Theme: theme.New(true), Keys: keys})
	at := time.Date(2025, 6, 1, 3, 0, 0, 0, time.UTC)
	p.partitions.Value, p.partitions.At = *partitionsOf(troubled...), at
	p.brokers.Value, p.brokers.At = *brokersAre(brokers.Up, brokers.Silent, brokers.Down), at
	for _, name := range []string{"orders", strings.Repeat("very-long-", 20), "注文履歴サービス注文履歴サービス注文履歴", "\x1b[2Jevil\n", "e", "f", "g"} {
		p.groups.Value.Items = append(p.groups.Value.Items, group(name, "Stable", int64(100+len(name))))
		p.rates.Value.Busiest = append(p.rates.Value.Busiest, topics.TopicRate{Topic: name, PerSecond: 1e6 / float64(len(name)), History: []float64{1, 2, 3}})
	}
	p.known = p.groups.Value.Items
	p.groups.At, p.rates.At = at, at
	for i := range 2 * seriesLen {
		p.recordRate, p.totalLag = p.recordRate.with(float64(i)), p.totalLag.with(float64(i%7))
	}
	p.noteLatencies()
	p.takeAnswers()
	return p
}

// checkSize fails unless the view has exactly h lines of at most w cells and
// nothing that a terminal would obey but colours.
func checkSize(t *testing.T, view string, w, h int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Errorf("%d lines, want %d", len(lines), h)
	}
	for i, line := range lines {
		if got := text.Width(line); got > w {
			t.Errorf("line %d has %d cells, want at most %d: %q", i, got, w, line)
		}
	}
	if strings.Contains(view, "\x1b[2J") {
		t.Error("an escape sequence of the cluster reached the screen")
	}
}

// sizes are those of the body on terminals of 60×15, 80×24, 100×30 and 160×48.
func sizes() [][2]int { return [][2]int{{60, 11}, {80, 20}, {100, 26}, {160, 44}} }

func TestViewFillsItsPlaceExactly(t *testing.T) {
	pages := map[string]*Page{
		"calm":     newPage(t),
		"troubled": newPage(t, topicWith("\x1b[2Jevil", model.Replication{Offline: 3}, 2), topicWith(strings.Repeat("x", 249), model.Replication{UnderMinISR: 1}, 3)),
		"fresh":    New(newPage(t).env),
	}
	broken := New(newPage(t).env)
	broken.partitions.Err = fmt.Errorf("read the metadata of nobody: %s", strings.Repeat("no route to host ", 20))
	pages["broken"] = broken
	for name, p := range pages {
		for _, size := range sizes() {
			t.Run(fmt.Sprint(name, size), func(t *testing.T) {
				p.Resize(size[0], size[1])
				checkSize(t, p.View(), size[0], size[1])
			})
		}
	}
}

func TestProblemsComeBeforeEverythingElse(t *testing.T) {
	p := newPage(t, topicWith("orders", model.Replication{Offline: 3}, 3), topicWith("audit", model.Replication{UnderReplicated: 1}, 3))
	p.Resize(80, 20)
	lines := strings.Split(p.View(), "\n")
	if !strings.Contains(lines[1], "3 partitions of orders have no leader; broker 3 is down") {
		t.Errorf("the first line below the title is %q", lines[1])
	}
}

// A problem that turns up while the cursor waits on a lesser one is not scrolled
// away above it; a cursor that was moved stays where it is.
func TestTheWorstProblemIsNotScrolledAway(t *testing.T) {
	audit := topicWith("audit", model.Replication{UnderReplicated: 1}, 3)
	p := newPage(t, audit)
	p.Resize(80, 20)
	worse := []overview.TroubledTopic{audit, topicWith("dead", model.Replication{Offline: 1}, 3), topicWith("gone", model.Replication{Offline: 1}, 3), topicWith("lost", model.Replication{Offline: 1}, 3)}
	p.partitions.Value = *partitionsOf(worse...)
	p.takeAnswers()
	if !strings.Contains(p.View(), "dead has no leader") {
		t.Errorf("the worst problem is out of sight:\n%s", p.View())
	}
	p.Do(keymap.Down)
	want, _ := p.problemList.Selected()
	p.partitions.Value = *partitionsOf(append(worse, topicWith("another", model.Replication{Offline: 9}, 3))...)
	p.takeAnswers()
	if got, _ := p.problemList.Selected(); problemKey(got) != problemKey(want) {
		t.Errorf("the cursor went from %q to %q by itself", want.Sentence, got.Sentence)
	}
}

func opened(t *testing.T, cmd tea.Cmd) page.Go {
	t.Helper()
	if cmd == nil {
		t.Fatal("nothing was opened")
	}
	target, ok := cmd().(page.Go)
	if !ok {
		t.Fatal("the command opens no screen")
	}
	return target
}

func TestTabMovesBetweenPanelsWithRowsAndEnterOpens(t *testing.T) {
	p := newPage(t, topicWith("orders", model.Replication{Offline: 3}, 3))
	p.Resize(80, 20)
	p.topicList.SetItems(nil)
	p.rates.Value.Busiest = nil
	var got []string
	for range 4 {
		_, cmd := p.Do(keymap.Open)
		got = append(got, opened(t, cmd).Screen)
		p.Do(keymap.NextTab)
	}
	if want := "[topic group broker topic]"; fmt.Sprint(got) != want { // no stop at the empty panel
		t.Errorf("tab and enter opened %v, want %v", got, want)
	}
	p.Do(keymap.PrevTab)
	p.Do(keymap.PrevTab)
	p.Do(keymap.Down)
	if _, cmd := p.Do(keymap.Open); opened(t, cmd).Args[0] == p.groupList.Items()[0].Name {
		t.Error("down did not move the cursor in the panel of groups")
	}
}

func TestClickSelectsThenOpens(t *testing.T) {
	p := newPage(t)
	p.Resize(160, 44)
	r := p.layout.topics
	click := page.Click{X: r.x + 3, Y: r.y + 2}
	if cmd := p.Update(click); cmd != nil {
		t.Error("the first click opened the row")
	}
	want := p.topicList.Shown()[1].Topic
	if target := opened(t, p.Update(click)); target.Screen != "topic" || target.Args[0] != want {
		t.Errorf("the second click opened %v, want topic %q", target, want)
	}
}

func TestRowsStayWhenAskingFails(t *testing.T) {
	p := newPage(t)
	p.Resize(80, 20)
	before := p.View()
	p.partitions.Err = fmt.Errorf("read the metadata of nobody: no answer in time")
	p.takeAnswers()
	if p.View() != before {
		t.Error("a failed refresh changed the screen")
	}
	if at, err := p.Freshness(); err == nil || !at.Equal(p.partitions.At) {
		t.Errorf("freshness %v, %v", at, err)
	}
}

// A right that is missing for good must not make the screen look old.
func TestWhatIsMissingIsNotOld(t *testing.T) {
	p := newPage(t)
	p.partitions.Value.Partial = kafka.Explain("describe configs", "DescribeConfigs on Topic:orders", kerr.TopicAuthorizationFailed)
	at, problem := p.Freshness()
	if !at.Equal(p.partitions.At) || !page.IsPartial(problem) || !strings.Contains(problem.Error(), "needs DescribeConfigs on Topic") {
		t.Errorf("freshness %v, %v", at, problem)
	}
	p.partitions.Value.Partial, p.groups.Err = nil, errors.New("list groups: no answer in time")
	if _, problem := p.Freshness(); !page.IsPartial(problem) {
		t.Errorf("partitions and brokers are read, yet the problem is %v", problem)
	}
}

func BenchmarkRedraw(b *testing.B) {
	p := newPage(b)
	p.Resize(160, 44)
	for b.Loop() {
		_ = p.View()
	}
}
