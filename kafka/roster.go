package kafka

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// roster remembers every broker that a client has heard of, so that one that
// goes down can be told from one that never was.
type roster struct {
	mu    sync.Mutex
	nodes map[int32]model.Node
	up    map[int32]bool // in the newest metadata
	id    string         // of the cluster; empty before the first metadata
}

func newRoster() *roster { return &roster{nodes: make(map[int32]model.Node)} }

// note takes in the brokers of a metadata answer, and the holders of replicas.
func (r *roster) note(md Metadata) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.up, r.id = make(map[int32]bool, len(md.Brokers)), raw.Text(md.ClusterID)
	for _, n := range md.cluster().Up {
		r.nodes[n.ID], r.up[n.ID] = n, true
	}
	for i := range md.Topics {
		for j := range md.Topics[i].Partitions {
			for _, id := range md.Topics[i].Partitions[j].Replicas {
				if _, known := r.nodes[id]; !known {
					r.nodes[id] = model.Node{ID: id}
				}
			}
		}
	}
}

// clusterID is the id of the cluster as the newest metadata had it.
func (r *roster) clusterID() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.id
}

// reach says that what only the broker itself can tell cannot be had while it is
// down; nil when it is up, or when there was no metadata yet.
func (r *roster) reach(what string, broker int32) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.up == nil || r.up[broker] {
		return nil
	}
	return fmt.Errorf("%s: broker %d is down, and only the broker itself can tell", what, broker)
}

// all returns the brokers by id.
func (r *roster) all() []model.Node {
	r.mu.Lock()
	defer r.mu.Unlock()
	nodes := make([]model.Node, 0, len(r.nodes))
	for _, n := range r.nodes {
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b model.Node) int { return cmp.Compare(a.ID, b.ID) })
	return nodes
}

// Reach says that what only the broker itself can tell cannot be had while it is
// down; nil when it is up, or when there was no metadata yet.
func (c *Conn) Reach(what string, broker int32) error { return c.roster.reach(what, broker) }

// ClusterID is the id of the cluster as the newest metadata had it; empty before
// the first.
func (c *Conn) ClusterID() string { return c.roster.clusterID() }

// KnownBrokers is every broker that this client has heard of, by id.
func (c *Conn) KnownBrokers() []model.Node { return c.roster.all() }
