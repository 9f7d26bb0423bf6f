package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
)

// console shows the UI and gives it its clusters.
type console struct {
	cfg  *profile.Config
	keys *keymap.Map

	mu       sync.Mutex                   // launching goes on beside the UI
	local    *localCluster                // the embedded cluster of this process, or nil
	launched bool                         // local was launched from inside, so it ends with the console
	shown    atomic.Pointer[localCluster] // local, for those who must not wait
	events   *eventPrinter
}

// newConsole reads what the console needs, and finds out whether there is a
// terminal for it, before anything is started.
func newConsole() (*console, error) {
	if err := tui.CheckTerminal(); err != nil {
		return nil, err
	}
	cfg, _, err := loadConfig()
	if err != nil {
		return nil, err
	}
	keys, err := keymap.New(cfg.Keys)
	if err != nil {
		return nil, err
	}
	return &console{cfg: cfg, keys: keys, events: newEventPrinter(os.Stderr)}, nil
}

// openCurrent opens the console on the current context, or on the start page
// when there is none.
func openCurrent(ctx context.Context) error {
	c, err := newConsole()
	if err != nil {
		return err
	}
	current, err := c.cfg.CurrentContext()
	if errors.Is(err, profile.ErrNoContext) {
		return c.show(ctx, nil)
	}
	if err != nil {
		return err
	}
	return c.showContext(ctx, current)
}

func (c *console) showContext(ctx context.Context, found profile.Context) error {
	client, err := newClient(ctx, found)
	if err != nil {
		return err
	}
	return c.show(ctx, client)
}

func (c *console) showLocal(ctx context.Context, local *localCluster) error {
	client, err := newLocalClient(local)
	if err != nil {
		return err
	}
	c.local = local
	c.shown.Store(local)
	return c.show(ctx, client)
}

// show runs the UI until the user leaves it, on the start page when there is no
// client.
func (c *console) show(ctx context.Context, client *kafka.Client) error {
	c.events.hold() // the screen is the console's
	err := tui.Run(ctx, tui.Options{
		Client: client, Keys: c.keys,
		Connect: c.connect, Launch: c.launch, Contexts: c.contexts, Colour: c.colour, Warning: c.warning,
		LagThreshold: c.cfg.LagThreshold,
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.launched {
		err = errors.Join(err, c.local.Close())
	}
	c.events.release()
	return err
}

// warning is tui.Options.Warning.
func (c *console) warning() string {
	local := c.shown.Load()
	if local == nil {
		return ""
	}
	return diskWarning(local.cluster.DiskShortage())
}

// diskWarning says that the disk is full, if bytes are missing on it.
func diskWarning(missing int64) string {
	if missing == 0 {
		return ""
	}
	return fmt.Sprintf("DISK FULL, %s missing: no writes", text.Bytes(missing))
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
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.local == nil {
		cfg := embedbroker.Config{Name: "local", Brokers: 3, Port: profile.DefaultPort}
		cfg.Report = c.events.report
		local, err := startLocal(ctx, cfg, false)
		var busy *embedbroker.PortError
		if errors.As(err, &busy) {
			cfg.Port = 0
			local, err = startLocal(ctx, cfg, false)
		}
		if err != nil {
			return nil, err
		}
		c.local, c.launched = local, true
		c.shown.Store(local)
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
	return newKafka(kafka.Config{Name: l.name, Opts: []kgo.Opt{kgo.SeedBrokers(l.cluster.Addrs()...)}})
}
