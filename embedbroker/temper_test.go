package embedbroker_test

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// temper makes some requests reasonable enough to get past the first checks of
// their handlers, and leaves the rest of them as they are.
func (h *hostile) temper(req kmsg.Request) {
	if h.IntN(4) == 0 {
		return
	}
	switch r := req.(type) {
	case *kmsg.ProduceRequest:
		r.Acks = int16(h.IntN(3) - 1)
	case *kmsg.FetchRequest:
		r.MaxWaitMillis = int32(h.IntN(20))
		if h.IntN(2) == 0 {
			r.SessionID, r.SessionEpoch = 0, -1
		}
	case *kmsg.CreateTopicsRequest:
		r.ValidateOnly = false
		for i := range r.Topics {
			t := &r.Topics[i]
			t.NumPartitions, t.ReplicationFactor, t.ReplicaAssignment = int32(1+h.IntN(3)), -1, nil
		}
	case *kmsg.DeleteTopicsRequest:
		if h.IntN(10) > 0 { // rarely, so that there are topics to harm
			r.Topics, r.TopicNames = nil, nil
		}
	case *kmsg.JoinGroupRequest:
		r.SessionTimeoutMillis, r.RebalanceTimeoutMillis = 6000, int32(h.IntN(100))
		r.ProtocolType = "consumer"
	case *kmsg.ConsumerGroupHeartbeatRequest:
		r.MemberEpoch = int32(h.IntN(3) - 1)
		if r.MemberEpoch == 0 {
			r.RebalanceTimeoutMillis, r.Topics = 1000, []kmsg.ConsumerGroupHeartbeatRequestTopic{}
		}
	case *kmsg.ShareGroupHeartbeatRequest:
		r.MemberEpoch = int32(h.IntN(3) - 1)
	case *kmsg.ShareFetchRequest:
		r.MaxWaitMillis = int32(h.IntN(20))
		r.ShareSessionEpoch = int32(h.IntN(3) - 1)
	case *kmsg.ShareAcknowledgeRequest:
		r.ShareSessionEpoch = int32(h.IntN(3) - 1)
	case *kmsg.InitProducerIDRequest:
		r.TransactionTimeoutMillis = int32(1 + h.IntN(2000))
		r.ProducerID, r.ProducerEpoch = -1, -1
	case *kmsg.AlterConfigsRequest:
		for i := range r.Resources {
			res := &r.Resources[i]
			res.ResourceType, res.ResourceName = h.resource()
			for j := range res.Configs {
				res.Configs[j].Name = h.config(res.ResourceType)
			}
		}
	case *kmsg.IncrementalAlterConfigsRequest:
		for i := range r.Resources {
			res := &r.Resources[i]
			res.ResourceType, res.ResourceName = h.resource()
			for j := range res.Configs {
				res.Configs[j].Name = h.config(res.ResourceType)
				res.Configs[j].Op = kmsg.IncrementalAlterConfigOp(h.IntN(4))
			}
		}
	}
}

func (h *hostile) resource() (kmsg.ConfigResourceType, string) {
	switch h.IntN(4) {
	case 0:
		return kmsg.ConfigResourceTypeTopic, h.strings[1+h.IntN(3)]
	case 1:
		return kmsg.ConfigResourceTypeGroupConfig, h.strings[4+h.IntN(2)]
	case 2:
		return kmsg.ConfigResourceTypeClientMetrics, h.strings[4+h.IntN(2)]
	default:
		return kmsg.ConfigResourceTypeBroker, []string{"", "0", "1", "2"}[h.IntN(4)]
	}
}

func (h *hostile) config(kind kmsg.ConfigResourceType) string {
	names := []string{
		"connections.max.reauth.ms", "fetch.max.bytes", "max.incremental.fetch.session.cache.slots",
		"group.consumer.heartbeat.interval.ms", "group.consumer.session.timeout.ms", "group.max.size",
		"group.min.session.timeout.ms", "group.max.session.timeout.ms", "log.cleaner.backoff.ms",
		"transaction.max.timeout.ms", "transactional.id.expiration.ms", "log.retention.bytes", "log.retention.ms",
		"log.segment.bytes", "log.roll.ms", "message.max.bytes", "offsets.retention.minutes", "offset.retention.ms",
		"offsets.retention.check.interval.ms", "group.share.heartbeat.interval.ms", "group.share.session.timeout.ms",
		"group.share.delivery.count.limit", "group.share.record.lock.duration.ms", "share.record.lock.sweep.interval.ms",
		"group.share.partition.max.record.locks", "group.share.max.share.sessions", "group.share.max.size",
		"state.log.compact.bytes",
	}
	switch kind {
	case kmsg.ConfigResourceTypeTopic:
		names = []string{"cleanup.policy", "retention.ms", "retention.bytes", "segment.bytes", "segment.ms", "max.message.bytes", "delete.retention.ms", "message.timestamp.type"}
	case kmsg.ConfigResourceTypeGroupConfig:
		names = []string{
			"consumer.session.timeout.ms", "consumer.heartbeat.interval.ms", "share.auto.offset.reset", "share.isolation.level",
			"share.record.lock.duration.ms", "share.delivery.count.limit", "share.session.timeout.ms", "share.heartbeat.interval.ms",
			"share.partition.max.record.locks", "share.max.share.sessions", "share.max.size",
		}
	case kmsg.ConfigResourceTypeClientMetrics:
		names = []string{"interval.ms", "match", "metrics"}
	}
	return names[h.IntN(len(names))]
}
