package admin

import (
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/health"
	"github.com/kdeck/kdeck/kafka/overview"
)

// HealthFacts is what the rules of package health judge, from what was read of a
// cluster. What has not been read is nil.
func HealthFacts(o *overview.Overview, check *brokers.Check, all []groups.Group) health.Facts {
	var f health.Facts
	if check != nil {
		c := check.Controller
		f.Controller = &health.ControllerFacts{ID: c.ID, Forbidden: kafka.IsAuthorization(c.Why)}
		if c.Why != nil {
			f.Controller.Unknown = c.Why.Error()
		}
		f.Brokers = make([]health.BrokerFacts, len(check.Brokers))
		for i, b := range check.Brokers {
			f.Brokers[i] = health.BrokerFacts{ID: b.ID, State: brokerState(b.State), Why: b.Why()}
		}
	}
	if o != nil {
		f.Partitions = &health.PartitionFacts{
			All: o.Replication, AllTroubled: o.TroubledTopics, Replicas: o.ReplicasByBroker, Down: o.Down(),
		}
		for _, t := range o.Troubled {
			f.Partitions.Troubled = append(f.Partitions.Troubled, health.TopicFacts{Name: t.Topic, Replication: t.Replication, Missing: t.Missing})
		}
	}
	for _, g := range all {
		f.Groups = append(f.Groups, health.GroupFacts{
			Name: g.Name, Lag: g.Lag.Total(), Unread: g.Unread(), Failed: g.Err != nil, Watched: g.Watched.Summary,
		})
	}
	return f
}

func brokerState(s brokers.State) health.State {
	switch s {
	case brokers.Silent:
		return health.Silent
	case brokers.Down:
		return health.Down
	}
	return health.Up
}
