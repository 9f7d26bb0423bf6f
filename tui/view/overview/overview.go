// Package overview is the first screen: what is wrong with the cluster, worst
// first, and how it does otherwise.
package overview

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/health"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/overview"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
)

// topCount is how many groups and topics the panels hold at most.
const topCount = 30

// Page is the overview.
type Page struct {
	env  page.Env
	ctx  context.Context
	w, h int

	brokers    *page.Poll[brokers.Check]
	partitions *page.Poll[overview.Overview]
	// rates is asked after each answer of partitions: it asks the leaders that
	// are named there.
	rates   *page.Poll[topics.Rates]
	ratesOf context.Context // the life that rates has been started in
	groups  *page.Poll[kafka.Snapshot[groups.Group]]
	known   []groups.Group // the newest that is known of each group

	problemList list[health.Finding]
	groupList   list[groups.Group]
	topicList   list[topics.TopicRate]
	brokerList  list[brokerRow]
	focus       int // index into panels: where the user wants the cursor

	layout     layout
	facts      [][]fact
	calm       string // the line for when nothing is wrong
	recordRate series // of all topics
	totalLag   series // of all groups
	latencies  map[int32]series
}

// New returns the overview of the cluster.
func New(env page.Env) *Page {
	p := &Page{
		env:         env,
		problemList: newProblems(env), groupList: newGroups(env),
		topicList: newTopics(env), brokerList: newBrokers(env),
		latencies: make(map[int32]series),
	}
	c := env.Client
	p.brokers = &page.Poll[brokers.Check]{Fetch: c.Brokers.Check}
	p.partitions = &page.Poll[overview.Overview]{Fetch: c.Overview.Read, Pace: func(o overview.Overview, took time.Duration) time.Duration {
		return page.Paced(o.Cost(), took)
	}}
	p.rates = &page.Poll[topics.Rates]{Pace: func(r topics.Rates, took time.Duration) time.Duration {
		if r.PerSecond < 0 { // a rate takes two looks: have the second one health.Warning
			return max(time.Second, 4*took)
		}
		return -1
	}}
	p.groups = &page.Poll[kafka.Snapshot[groups.Group]]{Fetch: c.Groups.WithLag, Pace: func(s kafka.Snapshot[groups.Group], took time.Duration) time.Duration {
		return page.Paced(time.Duration(len(s.Items))*groupCost, took)
	}}
	p.takeAnswers()
	return p
}

// Title is the page's part of the breadcrumb.
func (p *Page) Title() string { return "overview" }

// Scope says which keys hold.
func (p *Page) Scope() keymap.Scope { return keymap.Overview }

// Start begins to ask the cluster.
func (p *Page) Start(ctx context.Context) tea.Cmd {
	p.ctx = ctx
	return tea.Batch(p.brokers.Start(ctx), p.partitions.Start(ctx), p.groups.Start(ctx))
}

// Freshness tells when brokers and partitions were read, the older of both, and
// what could not be read. Rates and groups are read after them, and on a large
// cluster less often; the page itself tells their age.
func (p *Page) Freshness() (time.Time, error) {
	partitions, noPartitions := p.partitions.Freshness(p.rates.Err, p.groups.Err,
		p.rates.Value.Partial, p.groups.Value.Partial, p.partitions.Value.Partial, p.brokers.Value.Controller.Why)
	brokers, noBrokers := p.brokers.Freshness()
	return page.Older(partitions, brokers), page.Worst(noPartitions, noBrokers)
}

// Typing reports whether a filter is being typed.
func (p *Page) Typing() bool { return p.panel().Typing() }

// panels lists the tables in the order of the tab key.
func (p *Page) panels() []panel {
	return []panel{p.problemList, p.groupList, p.topicList, p.brokerList}
}

// focused is the panel that has the cursor: the one that the user chose, or the
// next one that has rows.
func (p *Page) focused() int {
	panels := p.panels()
	for i := range panels {
		if n := (p.focus + i) % len(panels); panels[n].hasRows() {
			return n
		}
	}
	return p.focus
}

func (p *Page) panel() panel { return p.panels()[p.focused()] }

// Do carries out an action.
func (p *Page) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.NextTab:
		p.move(1)
		return true, nil
	case keymap.PrevTab:
		p.move(-1)
		return true, nil
	case keymap.Open:
		return true, p.panel().open()
	case keymap.Refresh:
		return true, tea.Batch(p.brokers.Refresh(), p.partitions.Refresh(), p.groups.Refresh())
	}
	return p.panel().Do(a)
}

// move puts the cursor into the next or the previous panel that has rows.
func (p *Page) move(step int) {
	panels := p.panels()
	at := p.focused()
	for range panels {
		at = (at + step + len(panels)) % len(panels)
		if panels[at].hasRows() {
			break
		}
	}
	p.focus = at
	p.takeAnswers()
}

// Update takes in answers, the mouse, and keys while a filter is typed.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case page.Click:
		return p.click(msg)
	case page.Wheel, tea.KeyPressMsg, tea.PasteMsg:
		_, cmd := p.panel().Update(msg)
		return cmd
	}
	cmd := p.answer(msg)
	p.takeAnswers()
	return cmd
}

func (p *Page) answer(msg tea.Msg) tea.Cmd {
	before := p.brokers.Value
	if arrived, cmd := p.brokers.Update(msg); arrived || cmd != nil {
		if arrived && p.brokers.Err == nil {
			p.noteLatencies()
			if p.partitions.Loaded() && changed(before, p.brokers.Value) {
				return tea.Batch(cmd, p.partitions.Refresh()) // partitions follow their brokers
			}
		}
		return cmd
	}
	if arrived, cmd := p.partitions.Update(msg); arrived || cmd != nil {
		if arrived && p.partitions.Err == nil {
			return tea.Batch(cmd, p.askRates())
		}
		return cmd
	}
	if arrived, cmd := p.rates.Update(msg); arrived || cmd != nil {
		if arrived && p.rates.Err == nil && p.rates.Value.PerSecond >= 0 {
			p.recordRate = p.recordRate.with(p.rates.Value.PerSecond)
		}
		return cmd
	}
	if arrived, cmd := p.groups.Update(msg); arrived || cmd != nil {
		if arrived && p.groups.Err == nil {
			p.known = merge(p.known, p.groups.Value)
			slices.SortFunc(p.known, func(a, b groups.Group) int { return byLag(b, a) })
			p.totalLag = p.totalLag.with(float64(sumLag(p.known)))
		}
		return cmd
	}
	_, cmd := p.panel().Update(msg)
	return cmd
}

// askRates asks for the rates with the leaders of the newest answer.
func (p *Page) askRates() tea.Cmd {
	client, o := p.env.Client, p.partitions.Value
	p.rates.Fetch = func(ctx context.Context) (topics.Rates, error) { return client.Topics.Rates(ctx, o.Leaders, topCount) }
	if p.ratesOf != p.ctx {
		p.ratesOf = p.ctx
		return p.rates.Start(p.ctx)
	}
	return p.rates.Refresh()
}

// changed reports whether a broker came, went, or changed its state.
func changed(a, b brokers.Check) bool {
	return !slices.EqualFunc(a.Brokers, b.Brokers, func(a, b brokers.Broker) bool { return a.ID == b.ID && a.State == b.State })
}

func (p *Page) noteLatencies() {
	for _, b := range p.brokers.Value.Brokers {
		p.latencies[b.ID] = p.latencies[b.ID].with(max(0, b.Latency.Seconds()))
	}
}

// state is what is known of the cluster now.
func (p *Page) state() state {
	var s state
	if p.partitions.Loaded() {
		s.partitions, s.hidden = &p.partitions.Value, p.partitions.Value.Hidden != nil
	}
	if p.brokers.Loaded() {
		s.brokers = &p.brokers.Value
	}
	if p.groups.Loaded() {
		s.groups = p.known
	}
	return s
}

// takeAnswers takes the newest answers over into the panels and places them.
func (p *Page) takeAnswers() {
	s := p.state()
	p.facts, p.calm = facts(s), allWell(s)
	wrong := problems(s)
	if len(wrong) > 0 && s.partitions != nil && s.partitions.State() == model.InSync {
		wrong = append(wrong, calm(p.calm))
	}
	p.setProblems(wrong)
	p.groupList.SetItems(s.groups[:min(topCount, len(s.groups))])
	p.topicList.SetItems(p.rates.Value.Busiest)
	p.brokerList.SetItems(p.brokerRows(s))
	p.place()
}

// setProblems keeps the cursor on the worst problem while it stands there: on the
// one that was the worst before, it would scroll a worse one out of sight. Moved
// down, it stays with its problem.
func (p *Page) setProblems(wrong []health.Finding) {
	at, ok := p.problemList.Selected()
	worst := !ok || problemKey(at) == problemKey(p.problemList.Shown()[0])
	p.problemList.SetItems(wrong)
	if worst {
		p.problemList.First()
	}
}

func (p *Page) brokerRows(s state) []brokerRow {
	if s.brokers == nil {
		return nil
	}
	found := make([]brokerRow, len(s.brokers.Brokers))
	for i, b := range s.brokers.Brokers {
		found[i] = brokerRow{Broker: b, leaders: -1, replicas: -1, latencies: p.latencies[b.ID]}
		if s.partitions != nil {
			found[i].leaders, found[i].replicas = s.partitions.LeadersByBroker[b.ID], s.partitions.ReplicasByBroker[b.ID]
		}
	}
	return found
}

// Resize sets the size of the page.
func (p *Page) Resize(w, h int) {
	p.w, p.h = w, h
	p.place()
}

// place lays the panels out and gives one of them the cursor.
func (p *Page) place() {
	p.layout = arrange(p.w, p.h, rows{
		problems: len(p.problemList.Items()), groups: len(p.groupList.Items()),
		topics: len(p.topicList.Items()), brokers: len(p.brokerList.Items()),
	})
	focused := p.focused()
	for i, panel := range p.panels() {
		r := p.rects()[i]
		panel.Resize(r.w, r.h)
		panel.SetFocus(i == focused)
	}
}

// rects is where each panel stands.
func (p *Page) rects() []rect {
	l := p.layout
	return []rect{l.problems, l.groups, l.topics, l.brokers}
}

// click moves the cursor to the row that was hit, and opens the row that had it.
func (p *Page) click(c page.Click) tea.Cmd {
	for i, r := range p.rects() {
		panel := p.panels()[i]
		if !r.contains(c.X, c.Y) || !panel.hasRows() {
			continue
		}
		had := i == p.focused()
		p.focus = i
		p.place()
		again, cmd := panel.Update(page.Click{X: c.X - r.x, Y: c.Y - r.y})
		if again && had {
			return panel.open()
		}
		return cmd
	}
	return nil
}
