package kafka

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/kdeck/kdeck/kafka/model"
)

// Cluster is what the cluster says of itself.
type Cluster struct {
	ID         string // empty before Kafka 0.10.1
	Controller Controller
	Up         []model.Node // the brokers that are up, by id
	At         time.Time
}

// Cluster asks for the brokers and the controller: two small requests.
func (c *Conn) Cluster(ctx context.Context) (Cluster, error) {
	md, err := c.BrokerMetadata(ctx)
	if err != nil {
		return Cluster{}, err
	}
	out := md.cluster()
	out.Controller = c.Controller(ctx, md, c.kgo)
	return out, nil
}

// cluster is what the metadata tells by itself.
func (m Metadata) cluster() Cluster {
	out := Cluster{At: m.At}
	if m.ClusterID != nil {
		out.ID = *m.ClusterID
	}
	for _, b := range m.Brokers {
		n := model.Node{ID: b.NodeID, Host: b.Host, Port: b.Port}
		if b.Rack != nil {
			n.Rack = *b.Rack
		}
		out.Up = append(out.Up, n)
	}
	slices.SortFunc(out.Up, func(a, b model.Node) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
