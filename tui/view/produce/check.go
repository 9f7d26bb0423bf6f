package produce

import (
	"fmt"

	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/topics"
)

// problem says why a message cannot be sent, as far as can be told before; nil is
// no reason. partition is where it would go.
func problem(d topics.Destination, o produce.Options, m produce.Message, partition int32) error {
	if err := o.Check(); err != nil {
		return err
	}
	m.Partition = partition
	return produce.Check(d, o, m)
}

// warnings say what may go wrong with a message that can be sent.
func warnings(d topics.Destination, o produce.Options, partition int32) (found []string) {
	if partition >= 0 && int(partition) < len(d.ISR) && d.MinISR > d.ISR[partition] && o.Acks == produce.All {
		found = append(found, fmt.Sprintf("partition %d has %d of the %d replicas in sync that min.insync.replicas asks for: acks all will be refused until more are back",
			partition, d.ISR[partition], d.MinISR))
	}
	switch o.Acks {
	case produce.None:
		found = append(found, "acks 0: no broker answers, so nobody learns whether the record is lost, and its offset is not known")
	case produce.Leader:
		found = append(found, "acks 1: the record is lost when the leader fails before a follower has copied it")
	}
	if !o.Idempotent && o.Acks != produce.None {
		found = append(found, "not idempotent: a retry may store the record twice")
	}
	if d.Unread != nil {
		found = append(found, d.Unread.Error()+": what the topic refuses shows when it is sent")
	}
	return found
}
