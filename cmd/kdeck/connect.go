package main

import (
	"context"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/profile"
)

// connector makes a client of the cluster that the flags name.
type connector func(ctx context.Context, target *targetFlags) (*admin.Client, error)

// connect is the connector of the real program: contexts come from the config
// file.
func connect(ctx context.Context, target *targetFlags) (*admin.Client, error) {
	cfg, _, err := loadConfig()
	if err != nil {
		return nil, err
	}
	found, err := target.resolve(cfg)
	if err != nil {
		return nil, err
	}
	return newClient(ctx, found)
}

// newClient makes a client of a context.
func newClient(ctx context.Context, found profile.Context) (*admin.Client, error) {
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
	return newKafka(kafka.Config{Name: found.Title(), ReadOnly: found.ReadOnly, Serde: decoder, Opts: opts})
}

// newKafka makes a client that notes what it changes in the user's state folder.
func newKafka(cfg kafka.Config) (*admin.Client, error) {
	dir, err := profile.StateDir()
	if err != nil {
		return nil, err
	}
	cfg.StateDir = dir
	return admin.New(cfg)
}
