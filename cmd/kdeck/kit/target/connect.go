package target

import (
	"context"

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
	return client(ctx, found, Patience(ctx))
}

// Client makes a client of a context, for the console: its questions have an end of
// their own.
func Client(ctx context.Context, found profile.Context) (*admin.Client, error) {
	return client(ctx, found, nil)
}

func client(ctx context.Context, found profile.Context, throttled func(*kafka.Throttle)) (*admin.Client, error) {
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
	return New(kafka.Config{Name: found.Title(), ReadOnly: found.ReadOnly, Serde: decoder, Opts: opts, Throttled: throttled})
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
