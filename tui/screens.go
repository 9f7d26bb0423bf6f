package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/view/acls"
	"github.com/kdeck/kdeck/tui/view/brokers"
	"github.com/kdeck/kdeck/tui/view/contexts"
	"github.com/kdeck/kdeck/tui/view/groups"
	"github.com/kdeck/kdeck/tui/view/overview"
	"github.com/kdeck/kdeck/tui/view/produce"
	"github.com/kdeck/kdeck/tui/view/reset"
	"github.com/kdeck/kdeck/tui/view/start"
	"github.com/kdeck/kdeck/tui/view/tail"
	"github.com/kdeck/kdeck/tui/view/topics"
)

// screen is one line of the registry: a name for the palette and for page.Go,
// and how to make the page.
type screen struct {
	name    string
	aliases []string
	// args are what the arguments are, as in "TOPIC"; an argument in [] may be
	// left out. The palette completes TOPIC, GROUP and BROKER. A screen of one
	// argument takes the rest of the line, since names of groups may hold spaces.
	args []string
	help string // a few words for the palette
	root bool   // a numbered screen: opens on an empty stack and keeps its place
	// anywhere marks a screen that works with and without a cluster.
	anywhere bool
	open     func(a *App, args []string) page.Page
	// do is for a command that is no screen, in place of open.
	do func(a *App) tea.Cmd
}

// startScreen is where the console opens without a cluster, and homeScreen with
// one.
const (
	startScreen = "attach"
	homeScreen  = "overview"
)

// screens is the registry. To add a screen: write its folder, add its line here,
// its keys in package keymap, and a test.
func screens() []screen {
	return []screen{
		{
			name: homeScreen, aliases: []string{"home"}, root: true,
			help: "what is wrong, and how the cluster does",
			open: func(a *App, _ []string) page.Page { return overview.New(a.env()) },
		},
		{
			name: "topics", root: true, help: "all topics of the cluster",
			open: func(a *App, _ []string) page.Page { return topics.New(a.env()) },
		},
		{
			name: "topic", args: []string{"TOPIC"}, help: "one topic: partitions, groups, configuration",
			open: func(a *App, args []string) page.Page { return topics.NewDetail(a.env(), args[0]) },
		},
		{
			name: "groups", root: true, help: "all groups with their lag",
			open: func(a *App, _ []string) page.Page { return groups.NewList(a.env()) },
		},
		{
			name: "group", args: []string{"GROUP"}, help: "one group: its partitions, lag and members",
			open: func(a *App, args []string) page.Page { return groups.NewDetail(a.env(), args[0]) },
		},
		{
			name: "brokers", root: true, help: "all brokers: state, leaders, replicas, size, latency",
			open: func(a *App, _ []string) page.Page { return brokers.New(a.env()) },
		},
		{
			name: "broker", args: []string{"BROKER"}, help: "one broker: configuration, log dirs, partitions",
			open: func(a *App, args []string) page.Page { return brokers.NewDetail(a.env(), args[0]) },
		},
		{
			name: "acls", aliases: []string{"acl"}, help: "access control lists: who may do what",
			open: func(a *App, _ []string) page.Page { return acls.New(a.env()) },
		},
		{
			name: "tail", args: []string{"TOPIC", "[PARTITIONS]", "[FROM]"}, help: "read the records of a topic as they arrive",
			open: func(a *App, args []string) page.Page { return tail.New(a.env(), args) },
		},
		{
			name: "record", args: []string{"TOPIC", "PARTITION", "OFFSET"}, help: "open one record whole",
			open: func(a *App, args []string) page.Page { return tail.NewRecord(a.env(), args) },
		},
		{
			name: "produce", args: []string{"TOPIC"}, help: "write a record and send it to a topic",
			open: func(a *App, args []string) page.Page { return produce.New(a.env(), args[0]) },
		},
		{
			name: "reset", args: []string{"GROUP"}, help: "move a group's committed offsets",
			open: func(a *App, args []string) page.Page { return reset.New(a.env(), args[0]) },
		},
		{
			name: "undo-reset", aliases: []string{"undo"}, args: []string{"GROUP"}, help: "put a group's offsets back to before a reset",
			open: func(a *App, args []string) page.Page { return reset.NewUndo(a.env(), args[0]) },
		},
		{
			name: "context", aliases: []string{"contexts"}, anywhere: true,
			help: "choose among the configured clusters",
			open: func(a *App, _ []string) page.Page { return contexts.New(a.env(), a.opts.Contexts) },
		},
		{
			name: startScreen, aliases: []string{"start"}, anywhere: true,
			help: "launch a local cluster, or type bootstrap servers",
			open: func(a *App, _ []string) page.Page { return start.New(a.env()) },
		},
	}
}

// registry is every command: the screens, and what is no screen.
func registry() []screen {
	return append(screens(),
		screen{name: "help", anywhere: true, help: "every key that works here", do: func(a *App) tea.Cmd {
			a.openHelp()
			return nil
		}},
		screen{name: "mouse", anywhere: true, help: "give the mouse to the terminal, to select text, or take it back", do: (*App).toggleMouse},
		screen{name: "quit", aliases: []string{"q", "exit"}, anywhere: true, help: "leave kdeck", do: (*App).quit},
	)
}

// find returns the command of a name or an alias.
func (a *App) find(name string) (screen, error) {
	for _, s := range a.registry {
		if s.name == name || slices.Contains(s.aliases, name) {
			return s, nil
		}
	}
	if near := kafka.Nearest(name, spellings(a.registry)); len(near) > 0 {
		return screen{}, fmt.Errorf("there is no command %q; did you mean %s?", name, near[0])
	}
	return screen{}, fmt.Errorf("there is no command %q", name)
}

// home is the screen that a cluster opens on.
func (a *App) home() string {
	for _, s := range a.registry {
		if s.name == homeScreen {
			return s.name
		}
	}
	for _, s := range a.registry {
		if s.root {
			return s.name
		}
	}
	return startScreen
}

// check says what is wrong with the use of a command, or nil.
func (a *App) check(s screen, args []string) error {
	required := 0
	for _, arg := range s.args {
		if !strings.HasPrefix(arg, "[") {
			required++
		}
	}
	switch {
	case a.client == nil && !s.anywhere:
		return fmt.Errorf("%s: attach to a cluster first", s.name)
	case len(args) < required:
		return fmt.Errorf("%s: which %s?", s.name, strings.ToLower(s.args[len(args)]))
	case len(args) > len(s.args):
		return fmt.Errorf("%s: too many words; it takes %d", s.name, len(s.args))
	}
	return nil
}

// parse reads a command line as it is typed in the palette.
func (a *App) parse(line string) (page.Go, error) {
	name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	s, err := a.find(name)
	if err != nil {
		return page.Go{}, err
	}
	args := strings.Fields(rest)
	if len(s.args) == 1 && rest != "" {
		args = []string{rest}
	}
	return page.Go{Screen: s.name, Args: args}, a.check(s, args)
}

// run carries out a command line.
func (a *App) run(line string) (tea.Cmd, error) {
	g, err := a.parse(line)
	if err != nil {
		return nil, err
	}
	return a.open(g)
}
