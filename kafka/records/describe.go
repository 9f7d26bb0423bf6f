package records

import "github.com/twmb/franz-go/pkg/kgo"

// TimestampType names where a record's timestamp comes from, as Kafka's own
// tools do: CreateTime is the producer's, LogAppendTime the broker's (KIP-32).
func TimestampType(rec *kgo.Record) string {
	switch rec.Attrs.TimestampType() {
	case 0:
		return "CreateTime"
	case 1:
		return "LogAppendTime"
	}
	return "NoTimestampType"
}

// HasProducer reports whether a record names its producer: idempotent and
// transactional producers have ids (KIP-98), and others are -1.
func HasProducer(rec *kgo.Record) bool {
	return rec.ProducerID > 0 || rec.ProducerID == 0 && rec.Attrs.IsTransactional()
}
