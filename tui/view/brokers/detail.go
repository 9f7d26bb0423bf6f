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

// Detail is the screen of one broker. All of its questions are asked whichever tab
// shows, but for that about its configuration.
type Detail struct {
	*page.Detail[brokers.Check]
	env   page.Env
	id    int32
	wrong error // why what was typed is no broker id; nothing is asked then
	w, h  int

	replicas page.Poll[kafka.Snapshot[brokers.Replica]]
	storage  page.Poll[brokers.Storage]

	dirs       *page.TablePage[brokers.Storage, kafka.LogDir]
	partitions *page.TablePage[kafka.Snapshot[brokers.Replica], replica]
}

// NewDetail returns the screen of the broker with this id, as it was typed.
func NewDetail(env page.Env, id string) *Detail {
	broker, err := parseID(id)
	c := env.Client
	d := &Detail{env: env, id: broker, wrong: err}
	d.replicas.Fetch = func(ctx context.Context) (kafka.Snapshot[brokers.Replica], error) {
		return c.Brokers.Replicas(ctx, broker)
	}
	d.replicas.Pace = func(s kafka.Snapshot[brokers.Replica], took time.Duration) time.Duration {
		return page.Paced(time.Duration(len(s.Items))*replicaCost, took)
	}
	d.storage.Fetch = func(ctx context.Context) (brokers.Storage, error) { return c.Brokers.Storage(ctx, broker) }
	d.storage.Pace = func(s brokers.Storage, took time.Duration) time.Duration {
		return dirsPace(kafka.Snapshot[kafka.LogDir]{Items: s.Dirs}, took)
	}
	config := configview.New(env, keymap.Broker, func(ctx context.Context) (kafka.Snapshot[configs.Entry], error) {
		return c.Brokers.Configs(ctx, broker)
	}, d.instead("configuration"))
	d.dirs = newDirs(env, &d.storage, d.instead("log dirs"))
	d.partitions = newReplicas(env, d)
	d.Detail = page.NewDetail(env, page.DetailSpec[brokers.Check]{
		Title: fmt.Sprintf("broker %d", broker), Scope: keymap.Broker,
		Fetch: c.Brokers.Check, Also: []page.Question{&d.replicas, &d.storage},
		Show: func(brokers.Check) {
			d.dirs.SetItems(d.storage.Value.Dirs)
			d.partitions.SetItems(join(d.replicas.Value.Items, d.storage.Value))
		},
		Ready: func() bool { return true }, // the head says itself what is not known yet
		Head:  func() []string { return []string{d.who(), env.Theme.Dim.Render(d.what())} }, HeadLines: 2,
	}, config, d.dirs, d.partitions)
	return d
}

// Start begins to ask the cluster and the broker.
func (d *Detail) Start(ctx context.Context) tea.Cmd {
	if d.wrong != nil {
		return nil
	}
	return d.Detail.Start(ctx)
}

// Freshness is that of the tab that shows, where that could never be read.
func (d *Detail) Freshness() (time.Time, error) {
	if at, problem := d.Tabs.Freshness(); at.IsZero() && problem != nil && d.Poll.Err == nil {
		return at, problem
	}
	return d.Detail.Freshness()
}

// Resize sets the size that View fills.
func (d *Detail) Resize(w, h int) {
	d.w, d.h = w, h
	d.Detail.Resize(w, h)
}

// View draws the page.
func (d *Detail) View() string {
	if d.wrong != nil {
		return widget.Center(d.env.Theme.Bad.Render(text.Clean(d.wrong.Error())), d.w, d.h)
	}
	return d.Detail.View()
}

// instead is what stands in the place of what the broker alone can tell, where it
// cannot or may not.
func (d *Detail) instead(what string) func(err error) string {
	return func(err error) string {
		switch {
		case d.down():
			return fmt.Sprintf("broker %d is down; only the broker itself can tell its %s", d.id, what)
		case kafka.IsAuthorization(err) && what != "configuration": // whose error names the right
			return "you may not see its " + what + "\nneeds Describe on Cluster"
		}
		return ""
	}
}

// broker returns what the last check told of the broker.
func (d *Detail) broker() (brokers.Broker, bool) {
	i := slices.IndexFunc(d.Poll.Value.Brokers, func(b brokers.Broker) bool { return b.ID == d.id })
	if i < 0 {
		return brokers.Broker{}, false
	}
	return d.Poll.Value.Brokers[i], true
}

func (d *Detail) down() bool {
	b, known := d.broker()
	return d.Poll.Loaded() && (!known || b.State == brokers.Down)
}

// who is the first line: which broker this is and how it does.
func (d *Detail) who() string {
	th := d.env.Theme
	name := th.Strong.Render(d.Title())
	b, known := d.broker()
	switch {
	case known:
	case !d.Poll.Loaded():
		return name + "  " + th.Dim.Render(page.Loading("state"))
	default:
		return name + "  " + th.Bad.Render("the cluster knows no such broker")
	}
	parts := []string{name, stateStyle(th, b.State).Render(text.Clean(stateWords(b)))}
	if d.Poll.Value.Controller.ID == d.id {
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
