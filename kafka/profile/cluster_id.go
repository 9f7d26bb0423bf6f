package profile

import (
	"fmt"
	"slices"
	"strings"
)

// AnotherClusterError says that a cluster is not the one of the context.
type AnotherClusterError struct {
	Context string // in words, as in "context prod"
	Want    string // the id that the context pins
	Got     string // "" when the cluster says none
}

func (e *AnotherClusterError) Error() string {
	got := e.Got
	if got == "" {
		got = "none"
	}
	return fmt.Sprintf("%s is the cluster with the id %s, and this one has %s", e.Context, e.Want, got)
}

// CheckClusterID returns an *AnotherClusterError when the context pins another
// cluster than the one with the id.
func (c Context) CheckClusterID(id string) error {
	if c.ClusterID == "" || c.ClusterID == id {
		return nil
	}
	return &AnotherClusterError{Context: c.label(), Want: c.ClusterID, Got: id}
}

// ClusterCheck is CheckClusterID, or nil when c takes any cluster.
func (c Context) ClusterCheck() func(id string) error {
	if c.ClusterID == "" {
		return nil
	}
	return c.CheckClusterID
}

// ReadOnlyTwin returns the name of a read-only context of the same cluster as ctx,
// which is not read-only itself: one with a bootstrap server in common or, when id is
// known, one that pins id. It is "" when there is none.
func (c *Config) ReadOnlyTwin(ctx Context, id string) string {
	if ctx.ReadOnly {
		return ""
	}
	for _, other := range c.Contexts {
		if !other.ReadOnly || other.Name == ctx.Name {
			continue
		}
		if id != "" && other.ClusterID == id || slices.ContainsFunc(ctx.BootstrapServers, other.has) {
			return other.Name
		}
	}
	return ""
}

// TwinWarning warns that ctx may change a cluster that the context of that name
// protects.
func TwinWarning(name string) string {
	return fmt.Sprintf("this is the cluster of the context %s, which is read-only, and here it can be changed; --context %[1]s keeps it safe", name)
}

// has reports whether server, host:port, is a bootstrap server of c, under whatever
// letters.
func (c Context) has(server string) bool {
	return slices.ContainsFunc(c.BootstrapServers, func(s string) bool { return strings.EqualFold(s, server) })
}
