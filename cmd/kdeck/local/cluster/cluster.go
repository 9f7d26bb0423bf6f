// Package cluster launches the embedded cluster of this process, with its data where
// the user expects it.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/kdeck/kdeck/embedbroker/demo"
	"github.com/kdeck/kdeck/kafka/profile"
)

// Cluster is an embedded cluster of this process, and its demo traffic.
type Cluster struct {
	name    string
	cluster *embedbroker.Cluster
	traffic *demo.Traffic // nil without --demo
}

// Start launches a cluster, with its data where the user expects it.
func Start(ctx context.Context, cfg embedbroker.Config, withDemo bool) (*Cluster, error) {
	if err := profile.ValidateName(cfg.Name); err != nil {
		return nil, fmt.Errorf("--name: %w", err)
	}
	if cfg.DataDir == "" && !cfg.Ephemeral {
		dir, err := profile.DataDir()
		if err != nil {
			return nil, err
		}
		cfg.DataDir = filepath.Join(dir, "clusters", cfg.Name)
	}
	cluster, err := embedbroker.Start(cfg)
	if err != nil {
		return nil, err
	}
	local := &Cluster{name: cfg.Name, cluster: cluster}
	if withDemo {
		if local.traffic, err = demo.Start(ctx, cluster.Addrs()); err != nil {
			return nil, errors.Join(err, cluster.Close())
		}
	}
	return local, nil
}

// Name is the name that the user gave it.
func (l *Cluster) Name() string { return l.name }

// Addrs are the bootstrap servers, as host:port.
func (l *Cluster) Addrs() []string { return l.cluster.Addrs() }

// DiskShortage is how many bytes have to become free on the disk before the cluster
// takes writes again, 0 while it does.
func (l *Cluster) DiskShortage() int64 { return l.cluster.DiskShortage() }

// Close ends the traffic, then the cluster, with everything on disk.
func (l *Cluster) Close() error {
	if l.traffic != nil {
		l.traffic.Close()
	}
	return l.cluster.Close()
}
