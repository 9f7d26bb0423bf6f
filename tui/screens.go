package tui

import (
	"errors"
	"fmt"
	"slices"

	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/view/brokers"
	"github.com/kdeck/kdeck/tui/view/overview"
)

// screen is one line of the registry: a name for the palette and for page.Go,
// and how to make the page.
type screen struct {
	name    string
	aliases []string
	args    []string // what the arguments are, as in "TOPIC"; an argument in [] may be left out
	help    string   // a few words for the palette
	root    bool     // a numbered screen: opens on an empty stack and keeps its place
	offline bool     // a screen for when there is no cluster
	// anywhere marks a screen that works with and without a cluster.
	anywhere bool
	open     func(a *App, args []string) page.Page
}

// screens is the registry. To add a screen: write its file, add its line here,
// its keys in package keymap, and a test.
func screens() []screen {
	return []screen{
		{name: "overview", aliases: []string{"home"}, help: "what is wrong, and how the cluster does", root: true,
			open: func(a *App, _ []string) page.Page { return overview.New(a.env()) }},
		{name: "brokers", help: "all brokers: state, leaders, replicas, size, latency", root: true,
			open: func(a *App, _ []string) page.Page { return brokers.New(a.env()) }},
		{name: "broker", args: []string{"BROKER"}, help: "one broker: configuration, log dirs, partitions",
			open: func(a *App, args []string) page.Page { return brokers.NewDetail(a.env(), args[0]) }},
	}
}

// findScreen returns the screen that a command names and checks its arguments.
func findScreen(g page.Go) (screen, error) {
	for _, s := range screens() {
		if s.name != g.Screen && !slices.Contains(s.aliases, g.Screen) {
			continue
		}
		required := 0
		for _, arg := range s.args {
			if arg[0] != '[' {
				required++
			}
		}
		if len(g.Args) < required {
			return screen{}, fmt.Errorf("%s: which %s?", s.name, s.args[len(g.Args)])
		}
		if len(g.Args) > len(s.args) {
			return screen{}, fmt.Errorf("%s: too many words; it takes %d", s.name, len(s.args))
		}
		return s, nil
	}
	if g.Screen == "" {
		return screen{}, errors.New("type a command, or esc to go back")
	}
	return screen{}, fmt.Errorf("there is no command %q; ? lists the keys, and : offers the commands", g.Screen)
}
