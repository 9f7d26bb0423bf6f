package kafka

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Node is a broker as the cluster's metadata names it.
type Node struct {
	ID   int32
	Host string // the advertised host
	Port int32
	Rack string // empty when the broker has none
}

// Cluster is what the cluster says of itself.
type Cluster struct {
	ID         string // empty before Kafka 0.10.1
	Controller Controller
	Up         []Node // the brokers that are up, by id
	At         time.Time
}

// Cluster asks for the brokers and the controller: two small requests.
func (c *Client) Cluster(ctx context.Context) (Cluster, error) {
	md, err := c.brokerMetadata(ctx)
	if err != nil {
		return Cluster{}, err
	}
	out := md.cluster()
	out.Controller = c.controller(ctx, md, c.kgo)
	return out, nil
}

// cluster is what the metadata tells by itself.
func (m metadata) cluster() Cluster {
	out := Cluster{At: m.at}
	if m.ClusterID != nil {
		out.ID = *m.ClusterID
	}
	for _, b := range m.Brokers {
		n := Node{ID: b.NodeID, Host: b.Host, Port: b.Port}
		if b.Rack != nil {
			n.Rack = *b.Rack
		}
		out.Up = append(out.Up, n)
	}
	slices.SortFunc(out.Up, func(a, b Node) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
