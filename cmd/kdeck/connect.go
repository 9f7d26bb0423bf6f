package main

import (
	"context"

	"github.com/kdeck/kdeck/kafka"
)

// connector makes a client of the cluster that the flags name.
type connector func(ctx context.Context, target *targetFlags) (*kafka.Client, error)

// connect is the connector of the real program: contexts come from the config
// file.
func connect(ctx context.Context, target *targetFlags) (*kafka.Client, error) {
	cfg, _, err := loadConfig()
	if err != nil {
		return nil, err
	}
	found, err := target.resolve(cfg)
	if err != nil {
		return nil, err
	}
	opts, err := found.Options(ctx)
	if err != nil {
		return nil, err
	}
	return kafka.New(kafka.Config{Name: found.Title(), ReadOnly: found.ReadOnly, Opts: opts})
}
