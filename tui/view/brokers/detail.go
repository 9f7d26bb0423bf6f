package brokers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	configview "github.com/kdeck/kdeck/tui/view/configs"
	"github.com/kdeck/kdeck/tui/widget"
)

// The tabs of a broker's screen.
const (
	configTab = iota
	dirsTab
	partitionsTab
)

func tabTitles() []string { return []string{"Configuration", "Log dirs", "Partitions"} }

// Detail is the screen of one broker.
type Detail struct {
	env    page.Env
	id     int32
	wrong  error // why what was typed is no broker id; nothing is asked then
	active int
	w, h   int

	check    *page.Poll[brokers.Check]
	replicas *page.Poll[kafka.Snapshot[brokers.Replica]]
	storage  *page.Poll[brokers.Storage]

	config     *configview.Page
	dirs       *page.List[kafka.LogDir]
	partitions *page.List[replica]
}

// tab is the part of the screen below the tabs.
type tab interface {
	Typing() bool
	Do(keymap.Action) (handled bool, cmd tea.Cmd)
	Resize(w, h int)
}

// NewDetail returns the screen of the broker with this id, as it was typed.
func NewDetail(env page.Env, id string) *Detail {
	broker, err := parseID(id)
	c := env.Client
	return &Detail{
		env: env, id: broker, wrong: err,
		check: &page.Poll[brokers.Check]{Fetch: c.Brokers.Check},
		replicas: &page.Poll[kafka.Snapshot[brokers.Replica]]{
			Fetch: func(ctx context.Context) (kafka.Snapshot[brokers.Replica], error) {
				return c.Brokers.Replicas(ctx, broker)
			},
			Pace: func(s kafka.Snapshot[brokers.Replica], took time.Duration) time.Duration {
				return page.Paced(time.Duration(len(s.Items))*replicaCost, took)
			},
		},
		storage: &page.Poll[brokers.Storage]{
			Fetch: func(ctx context.Context) (brokers.Storage, error) { return c.Brokers.Storage(ctx, broker) },
			Pace: func(s brokers.Storage, took time.Duration) time.Duration {
				return dirsPace(kafka.Snapshot[kafka.LogDir]{Items: s.Dirs}, took)
			},
		},
		config: configview.New(env, keymap.Broker, func(ctx context.Context) (kafka.Snapshot[configs.Entry], error) {
			return c.Brokers.Configs(ctx, broker)
		}),
		dirs:       newDirs(env),
		partitions: newReplicas(env),
	}
}

// Title is the page's part of the breadcrumb.
func (d *Detail) Title() string { return fmt.Sprintf("broker %d", d.id) }

// Scope says which keys hold.
func (d *Detail) Scope() keymap.Scope { return keymap.Broker }

// Start begins to ask the cluster and the broker.
func (d *Detail) Start(ctx context.Context) tea.Cmd {
	if d.wrong != nil {
		return nil
	}
	return tea.Batch(d.check.Start(ctx), d.replicas.Start(ctx), d.storage.Start(ctx), d.config.Start(ctx))
}

// Freshness is that of the tab that is shown, or of the broker's state when that
// could not be read.
func (d *Detail) Freshness() (time.Time, error) {
	if d.check.Err != nil {
		return d.check.Freshness()
	}
	switch d.active {
	case configTab:
		return d.config.Freshness()
	case dirsTab:
		return d.storage.Freshness(noVolumes(d.storage.Value.Dirs))
	}
	return d.replicas.Freshness(d.storage.Err)
}

func (d *Detail) tabs() []tab { return []tab{d.config, d.dirs, d.partitions} }

// Typing reports whether a filter is being typed.
func (d *Detail) Typing() bool { return d.tabs()[d.active].Typing() }

// Refuses says why an action does not apply to the tab that is shown.
func (d *Detail) Refuses(a keymap.Action) string {
	if a == keymap.Open && d.active != partitionsTab {
		return "nothing to open on this tab"
	}
	return ""
}

// Do carries out an action.
func (d *Detail) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.NextTab:
		d.show(d.active + 1)
		return true, nil
	case keymap.PrevTab:
		d.show(d.active - 1)
		return true, nil
	case keymap.Open:
		return true, d.open()
	case keymap.Refresh:
		_, configCmd := d.config.Do(a)
		return true, tea.Batch(configCmd, d.check.Refresh(), d.replicas.Refresh(), d.storage.Refresh())
	}
	return d.tabs()[d.active].Do(a)
}

func (d *Detail) show(tab int) {
	n := len(tabTitles())
	d.active = (tab + n) % n
	d.Resize(d.w, d.h)
}

func (d *Detail) open() tea.Cmd {
	if r, ok := d.partitions.Selected(); ok && d.active == partitionsTab {
		return page.Open("topic", r.Topic)
	}
	return nil
}

// Update takes in answers, the mouse, and keys while a filter is typed.
func (d *Detail) Update(msg tea.Msg) tea.Cmd {
	if click, ok := msg.(page.Click); ok {
		if click.Y == tabsLine {
			if tab := widget.TabAt(tabTitles(), click.X-tabsLeft); tab >= 0 {
				d.show(tab)
			}
			return nil
		}
		click.Y -= headLines
		msg = click
	}
	_, checkCmd := d.check.Update(msg)
	listed, replicasCmd := d.replicas.Update(msg)
	sized, storageCmd := d.storage.Update(msg)
	if listed || sized {
		d.dirs.SetItems(d.storage.Value.Dirs)
		d.partitions.SetItems(join(d.replicas.Value.Items, d.storage.Value))
	}
	return tea.Batch(checkCmd, replicasCmd, storageCmd, d.updateTab(msg))
}

// updateTab hands keys and the mouse to the tab that is shown, and everything
// else to the configuration, which has a poll of its own.
func (d *Detail) updateTab(msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case page.Click, page.Wheel, tea.KeyPressMsg, tea.PasteMsg:
	default:
		return d.config.Update(msg)
	}
	switch d.active {
	case configTab:
		return d.config.Update(msg)
	case dirsTab:
		_, cmd := d.dirs.Update(msg)
		return cmd
	}
	open, cmd := d.partitions.Update(msg)
	if open {
		return d.open()
	}
	return cmd
}

const (
	tabsLine  = 2 // below two lines of summary
	tabsLeft  = 1
	headLines = tabsLine + 1
)

// Resize sets the size that View fills.
func (d *Detail) Resize(w, h int) {
	d.w, d.h = w, h
	for _, t := range d.tabs() {
		t.Resize(w, max(0, h-headLines))
	}
}

// View draws the page.
func (d *Detail) View() string {
	if d.wrong != nil {
		return widget.Center(d.env.Theme.Bad.Render(text.Clean(d.wrong.Error())), d.w, d.h)
	}
	head := []string{
		text.Cut(" "+d.who(), d.w),
		text.Cut(" "+d.env.Theme.Dim.Render(d.what()), d.w),
		text.Cut(strings.Repeat(" ", tabsLeft)+widget.Tabs(d.env.Theme, tabTitles(), d.active), d.w),
	}
	return strings.Join(head, "\n") + "\n" + d.body()
}

func (d *Detail) body() string {
	switch {
	case d.active == configTab && d.down() && !loaded(d.config):
		return d.center(fmt.Sprintf("broker %d is down; only the broker itself can tell its configuration", d.id))
	case d.active == configTab:
		return d.config.View()
	case d.active == dirsTab:
		return d.dirs.View(d.waiting("log dirs", d.storage.Loaded(), d.storage.Err, "the broker names no log dirs; needs Describe on Cluster"))
	}
	return d.partitions.View(d.waiting("partitions", d.replicas.Loaded(), d.replicas.Err, d.noReplicas()))
}

func (d *Detail) noReplicas() string {
	if d.replicas.Value.Hidden != nil {
		return "this broker has no replica of a topic that you may describe\nneeds Describe on Topic"
	}
	return "no replica is assigned to this broker"
}

func loaded(c *configview.Page) bool {
	at, _ := c.Freshness()
	return !at.IsZero()
}

func (d *Detail) center(s string) string {
	return widget.Center(d.env.Theme.Dim.Render(s), d.w, d.h-headLines)
}

// waiting is what stands in the place of rows.
func (d *Detail) waiting(what string, loaded bool, err error, empty string) string {
	switch {
	case loaded:
		return empty
	case d.down() && err != nil:
		return fmt.Sprintf("broker %d is down; only the broker itself can tell its %s", d.id, what)
	case kafka.IsAuthorization(err):
		return "you may not see its " + what + "\nneeds Describe on Cluster"
	case err != nil:
		return text.Clean(err.Error())
	}
	return "loading " + what + " …"
}

// broker returns what the last check told of the broker.
func (d *Detail) broker() (brokers.Broker, bool) {
	i := slices.IndexFunc(d.check.Value.Brokers, func(b brokers.Broker) bool { return b.ID == d.id })
	if i < 0 {
		return brokers.Broker{}, false
	}
	return d.check.Value.Brokers[i], true
}

func (d *Detail) down() bool {
	b, known := d.broker()
	return d.check.Loaded() && (!known || b.State == brokers.Down)
}

// who is the first line: which broker this is and how it does.
func (d *Detail) who() string {
	th := d.env.Theme
	name := th.Strong.Render(d.Title())
	b, known := d.broker()
	switch {
	case known:
	case !d.check.Loaded():
		return name + "  " + th.Dim.Render("asking …")
	default:
		return name + "  " + th.Bad.Render("the cluster knows no such broker")
	}
	parts := []string{name, stateStyle(th, b.State).Render(text.Clean(stateWords(b)))}
	if d.check.Value.Controller.ID == d.id {
		parts = append(parts, th.Link.Render("controller"))
	}
	for _, s := range []string{b.Address(), rackWords(b.Rack), latencyWords(b)} {
		if s != "" {
			parts = append(parts, th.Text.Render(text.Clean(s)))
		}
	}
	return strings.Join(parts, "  ")
}

// what is the second line: what the broker has to do.
func (d *Detail) what() string {
	if !d.replicas.Loaded() {
		return ""
	}
	words := duties(d.replicas.Value.Items)
	switch hidden := d.replicas.Value.Hidden != nil; {
	case hidden && len(d.replicas.Value.Items) == 0:
		words = "holds no replica that you may describe"
	case hidden:
		words += ", of what you may describe"
	}
	if d.storage.Loaded() {
		size := int64(0)
		for _, dir := range d.storage.Value.Dirs {
			size += dir.Size
		}
		words += "; " + text.Bytes(size) + " on disk"
	}
	return words
}
