// Package console opens the console: on a context, on a cluster of this process, or on
// the start page.
package console

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/cmd/kdeck/local/cluster"
	"github.com/kdeck/kdeck/embedbroker"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
)

// Console shows the UI and gives it its clusters.
type Console struct {
	cfg  *profile.Config
	keys *keymap.Map

	mu       sync.Mutex                      // a cluster is launched beside the UI
	local    *cluster.Cluster                // the embedded cluster of this process, or nil
	launched bool                            // local was launched from inside, so it ends with the console
	shown    atomic.Pointer[cluster.Cluster] // local, for those who must not wait
	events   *cluster.EventPrinter
}

// New reads what the console needs, and finds out whether there is a
// terminal for it, before anything is started.
func New() (*Console, error) {
	if err := tui.CheckTerminal(); err != nil {
		return nil, err
	}
	cfg, _, err := target.LoadConfig()
	if err != nil {
		return nil, err
	}
	keys, err := keymap.New(cfg.Keys)
	if err != nil {
		return nil, err
	}
	return &Console{cfg: cfg, keys: keys, events: cluster.NewEventPrinter(os.Stderr)}, nil
}

// OpenCurrent opens the console on the current context, or on the start page
// when there is none.
func OpenCurrent(ctx context.Context) error {
	c, err := New()
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
	return c.ShowContext(ctx, current)
}

// ShowContext opens the console on a context.
func (c *Console) ShowContext(ctx context.Context, found profile.Context) error {
	client, err := target.Client(ctx, found)
	if err != nil {
		return err
	}
	return c.show(ctx, client)
}

// ShowLocal opens the console on a cluster of this process, which the caller closes.
func (c *Console) ShowLocal(ctx context.Context, local *cluster.Cluster, events *cluster.EventPrinter) error {
	client, err := localClient(ctx, local)
	if err != nil {
		return err
	}
	c.local, c.events = local, events
	c.shown.Store(local)
	return c.show(ctx, client)
}

// show runs the UI until the user leaves it, on the start page when there is no
// client.
func (c *Console) show(ctx context.Context, client *admin.Client) error {
	c.events.Hold() // the screen is the console's
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
	c.events.Release()
	return err
}

// warning is tui.Options.Warning.
func (c *Console) warning() string {
	local := c.shown.Load()
	if local == nil {
		return ""
	}
	return diskWarning(local.DiskShortage())
}

// diskWarning says that the disk is full, if bytes are missing on it.
func diskWarning(missing int64) string {
	if missing == 0 {
		return ""
	}
	return fmt.Sprintf("DISK FULL, %s missing: no writes", text.Bytes(missing))
}

// connect is tui.Options.Connect.
func (c *Console) connect(ctx context.Context, name string) (*admin.Client, error) {
	found, err := target.Resolve(c.cfg, name)
	if err != nil {
		return nil, err
	}
	return target.Client(ctx, found)
}

// launch is tui.Options.Launch: what kdeck local would launch, on free ports
// when the usual ones are taken.
func (c *Console) launch(ctx context.Context) (*admin.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.local == nil {
		cfg := embedbroker.Config{Name: "local", Brokers: 3, Port: profile.DefaultPort}
		cfg.Report = c.events.Report
		local, err := cluster.Start(ctx, cfg, false)
		var busy *embedbroker.PortError
		if errors.As(err, &busy) {
			cfg.Port = 0
			local, err = cluster.Start(ctx, cfg, false)
		}
		if err != nil {
			return nil, err
		}
		c.local, c.launched = local, true
		c.shown.Store(local)
	}
	return localClient(ctx, c.local)
}

// colour is tui.Options.Colour.
func (c *Console) colour(name string) string {
	found, _ := c.cfg.Lookup(name)
	return found.Color
}

// contexts is tui.Options.Contexts.
func (c *Console) contexts() ([]page.ContextInfo, error) {
	cfg, _, err := target.LoadConfig()
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

func localClient(ctx context.Context, l *cluster.Cluster) (*admin.Client, error) {
	opts, err := l.Context().Options(ctx)
	if err != nil {
		return nil, err
	}
	return target.New(kafka.Config{Name: l.Name(), Opts: opts})
}
