package main

import (
	"context"
	"errors"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/page"
)

// consoleOptions say what the console opens on: a local cluster, a context, or,
// when neither is set, the start page.
type consoleOptions struct {
	local   *localCluster
	context *profile.Context
}

// openCurrent opens the console on the current context, or on the start page
// when there is none.
func openCurrent(ctx context.Context) error {
	cfg, _, err := loadConfig()
	if err != nil {
		return err
	}
	current, err := cfg.CurrentContext()
	if errors.Is(err, profile.ErrNoContext) {
		return openConsole(ctx, consoleOptions{})
	}
	if err != nil {
		return err
	}
	return openConsole(ctx, consoleOptions{context: &current})
}

// openConsole runs the console until the user leaves it. A local cluster that
// is launched from inside the console ends with it.
func openConsole(ctx context.Context, opts consoleOptions) (err error) {
	cfg, _, err := loadConfig()
	if err != nil {
		return err
	}
	keys, err := keymap.New(cfg.Keys)
	if err != nil {
		return err
	}
	c := &console{cfg: cfg, local: opts.local}
	defer func() {
		if c.launched != nil {
			err = errors.Join(err, c.launched.Close())
		}
	}()
	client, err := c.open(ctx, opts)
	if err != nil {
		return err
	}
	return tui.Run(ctx, tui.Options{
		Client: client, Keys: keys,
		Connect: c.connect, Launch: c.launch, Contexts: c.contexts, Colour: c.colour,
	})
}

// console gives the UI its clusters.
type console struct {
	cfg      *profile.Config
	local    *localCluster // the embedded cluster of this process, or nil
	launched *localCluster // local, when it was launched from the start page
}

func (c *console) open(ctx context.Context, opts consoleOptions) (*kafka.Client, error) {
	switch {
	case opts.local != nil:
		return newLocalClient(opts.local)
	case opts.context != nil:
		return newClient(ctx, *opts.context)
	}
	return nil, nil
}

// connect is tui.Options.Connect.
func (c *console) connect(ctx context.Context, target string) (*kafka.Client, error) {
	found, err := resolveTarget(c.cfg, target)
	if err != nil {
		return nil, err
	}
	return newClient(ctx, found)
}

// launch is tui.Options.Launch: what kdeck local would launch, on free ports
// when the usual ones are taken.
func (c *console) launch(ctx context.Context) (*kafka.Client, error) {
	if c.local == nil {
		cfg := embedbroker.Config{Name: "local", Brokers: 3, Port: profile.DefaultPort}
		local, err := startLocal(ctx, cfg, false)
		var busy *embedbroker.PortError
		if errors.As(err, &busy) {
			cfg.Port = 0
			local, err = startLocal(ctx, cfg, false)
		}
		if err != nil {
			return nil, err
		}
		c.local, c.launched = local, local
	}
	return newLocalClient(c.local)
}

// colour is tui.Options.Colour.
func (c *console) colour(name string) string {
	found, _ := c.cfg.Lookup(name)
	return found.Color
}

// contexts is tui.Options.Contexts.
func (c *console) contexts() ([]page.ContextInfo, error) {
	cfg, _, err := loadConfig()
	if err != nil {
		return nil, err
	}
	infos := make([]page.ContextInfo, len(cfg.Contexts))
	for i, ctx := range cfg.Contexts {
		infos[i] = page.ContextInfo{
			Name:     ctx.Name,
			Servers:  strings.Join(ctx.BootstrapServers, ","),
			Security: ctx.SecurityProtocol(),
			ReadOnly: ctx.ReadOnly,
			Current:  ctx.Name == cfg.Current,
		}
	}
	return infos, nil
}

func newLocalClient(l *localCluster) (*kafka.Client, error) {
	return kafka.New(kafka.Config{Name: l.name, Opts: []kgo.Opt{kgo.SeedBrokers(l.cluster.Addrs()...)}})
}
