package target

import (
	"context"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/profile"
)

// Connector makes a client of the cluster that the flags name.
type Connector func(ctx context.Context, target *Flags) (*admin.Client, error)

// Connect is the Connector of the real program: contexts come from the config
// file.
func Connect(ctx context.Context, target *Flags) (*admin.Client, error) {
	cfg, _, err := LoadConfig()
	if err != nil {
		return nil, err
	}
	found, err := target.resolve(cfg)
	if err != nil {
		return nil, err
	}
	Warn(os.Stderr, cfg, found)
	check := found.ClusterCheck()
	if check == nil {
		check = warnOfTwin(os.Stderr, cfg, found)
	}
	return newClient(ctx, found, check, Patience(ctx))
}

// warnOfTwin is a check of the cluster's id that warns, once, when a read-only context
// pins it; nil when Warn has told already.
func warnOfTwin(w io.Writer, cfg *profile.Config, found profile.Context) func(id string) error {
	pins := func(c profile.Context) bool { return c.ReadOnly && c.ClusterID != "" }
	if found.Name != "" || cfg.ReadOnlyTwin(found, "") != "" || !slices.ContainsFunc(cfg.Contexts, pins) {
		return nil
	}
	var once sync.Once
	return func(id string) error {
		if twin := cfg.ReadOnlyTwin(found, id); twin != "" {
			once.Do(func() { notes.Line(w, "warning: %s", profile.TwinWarning(twin)) })
		}
		return nil
	}
}

// Warn tells what is wrong with where a context comes from, and when it gets around
// another one that is read-only.
func Warn(w io.Writer, cfg *profile.Config, found profile.Context) {
	warnings := found.Notes()
	if found.Name == "" { // the others have kdeck context test
		warnings = found.Warnings()
	}
	for _, warning := range warnings {
		notes.Line(w, "warning: %s", warning)
	}
	if twin := cfg.ReadOnlyTwin(found, ""); twin != "" && found.Name == "" {
		notes.Line(w, "warning: %s", profile.TwinWarning(twin))
	}
}

// Client makes a client of a context, for the console: its questions have an end of
// their own.
func Client(ctx context.Context, found profile.Context) (*admin.Client, error) {
	return newClient(ctx, found, found.ClusterCheck(), nil)
}

func newClient(ctx context.Context, found profile.Context, check func(id string) error, throttled func(*kafka.Throttle)) (*admin.Client, error) {
	opts, err := found.Options(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := profile.StateDir()
	if err != nil {
		return nil, err
	}
	decoder, err := found.Serde(ctx, dir)
	if err != nil {
		return nil, err
	}
	return New(kafka.Config{Name: found.Title(), ReadOnly: found.ReadOnly, CheckCluster: check, Serde: decoder, Opts: opts, Throttled: throttled})
}

// New makes a client that notes what it changes in the user's state folder.
func New(cfg kafka.Config) (*admin.Client, error) {
	dir, err := profile.StateDir()
	if err != nil {
		return nil, err
	}
	cfg.StateDir = dir
	return admin.New(cfg)
}
