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
	"github.com/kdeck/kdeck/embedbroker/security"
	"github.com/kdeck/kdeck/kafka/profile"
)

// Cluster is an embedded cluster of this process, and its demo traffic.
type Cluster struct {
	name    string
	cluster *embedbroker.Cluster
	traffic *demo.Traffic // nil without --demo
}

// DataDir is where the data of the cluster of that name is, unless its user says
// otherwise.
func DataDir(name string) (string, error) {
	if err := profile.ValidateName(name); err != nil {
		return "", fmt.Errorf("--name: %w", err)
	}
	dir, err := profile.DataDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "clusters", name), nil
}

// Start launches a cluster, with its data where the user expects it.
func Start(ctx context.Context, cfg embedbroker.Config, withDemo bool) (*Cluster, error) {
	if err := profile.ValidateName(cfg.Name); err != nil {
		return nil, fmt.Errorf("--name: %w", err)
	}
	if cfg.DataDir == "" && !cfg.Ephemeral {
		dir, err := DataDir(cfg.Name)
		if err != nil {
			return nil, err
		}
		cfg.DataDir = dir
	}
	cluster, err := embedbroker.Start(cfg)
	if err != nil {
		return nil, err
	}
	local := &Cluster{name: cfg.Name, cluster: cluster}
	if withDemo {
		opts, err := local.Context().Options(ctx)
		if err == nil {
			local.traffic, err = demo.Start(ctx, cluster.Addrs(), opts...)
		}
		if err != nil {
			return nil, errors.Join(err, cluster.Close())
		}
	}
	return local, nil
}

// Context is the way in, as the user who may do everything.
func (l *Cluster) Context() profile.Context {
	c := profile.Context{Name: l.name, BootstrapServers: l.Addrs()}
	access := l.cluster.Access()
	if access.CAFile != "" {
		c.TLS = &profile.TLS{CAFiles: []string{access.CAFile}}
	}
	if access.User != "" {
		c.SASL = &profile.SASL{Mechanism: security.Scram512, User: access.User, Password: profile.FileSecret(access.PasswordFile)}
	}
	return c
}

// SaveContext writes the way in into the config file, for clients in other
// processes, and returns its name. A context of the same name that leads elsewhere
// is kept: then the name is another one.
func (l *Cluster) SaveContext() (string, error) {
	path, err := profile.Path()
	if err != nil {
		return "", err
	}
	config, err := profile.Load(path)
	if err != nil {
		return "", err
	}
	c := l.Context()
	if old, ok := config.Lookup(c.Name); ok && !sameWay(old, c) {
		c.Name += "-secured"
	}
	config.Put(c)
	return c.Name, config.Save(path)
}

// sameWay reports whether a context gets in with the files of another one.
func sameWay(a, b profile.Context) bool {
	ca := func(c profile.Context) string {
		if c.TLS == nil || len(c.TLS.CAFiles) == 0 {
			return ""
		}
		return c.TLS.CAFiles[0]
	}
	password := func(c profile.Context) string {
		if c.SASL == nil {
			return ""
		}
		return c.SASL.Password.String()
	}
	return ca(a) == ca(b) && password(a) == password(b)
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
