package health

import (
	"fmt"

	"github.com/kdeck/kdeck/kafka/words"
)

// controller finds that there is no controller, or that nobody says which it is. Who
// may not know it learns nothing by that.
func controller(f Facts) []Finding {
	c := f.Controller
	switch {
	case c == nil || c.ID >= 0 || c.Forbidden:
		return nil
	case c.Unknown == "":
		return []Finding{found(NoController, Error, Subject{Kind: Brokers}, Evidence{},
			"no controller: topics, leaders and configurations cannot change")}
	}
	return []Finding{found(ControllerUnknown, Error, Subject{Kind: Brokers}, Evidence{Reason: c.Unknown},
		"no controller is known, and without one topics and leaders cannot change: "+c.Unknown)}
}

// brokers finds those that are down or silent. One without replicas hurts nobody.
func brokers(f Facts) []Finding {
	var all []Finding
	for _, b := range f.Brokers {
		subject, called := Subject{Broker, name(b.ID)}, "broker "+name(b.ID)
		evidence := Evidence{Brokers: []int32{b.ID}, Reason: b.Why}
		switch {
		case b.State == Up:
		case b.State == Silent:
			all = append(all, found(BrokerSilent, Error, subject, evidence, called+" does not answer: "+b.Why))
		case f.Partitions == nil:
			all = append(all, found(BrokerDown, Error, subject, evidence, called+" is down"))
		case f.Partitions.Replicas[b.ID] == 0:
			all = append(all, found(BrokerGone, Warning, subject, evidence, called+" has gone; no replica is assigned to it"))
		default:
			n := f.Partitions.Replicas[b.ID]
			evidence.Replicas = n
			all = append(all, found(BrokerDown, Error, subject, evidence,
				fmt.Sprintf("%s is down; %s %s on it", called, words.Plural(n, "replica"), verb(n, "is", "are"))))
		}
	}
	return all
}
