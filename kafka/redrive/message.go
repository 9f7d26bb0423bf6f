package redrive

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/produce"
)

// Origin is the header that is added to a record that is sent again. Its value says
// where the record stood, as in "orders.dlq/3@17": topic, partition and offset. Of
// several, after several times, the last one counts.
const Origin = "kdeck.redriven.from"

// message is a record as it is sent: key, value and headers byte for byte, and its
// origin after them.
func (r Request) message(rec *kgo.Record) produce.Message {
	m := produce.Again(rec, r.KeepPartition, r.KeepTimestamp)
	if !r.NoOrigin {
		m.Headers = append(m.Headers[:len(m.Headers):len(m.Headers)], kgo.RecordHeader{Key: Origin, Value: originOf(rec)})
	}
	return m
}

func originOf(rec *kgo.Record) []byte {
	at := make([]byte, 0, len(rec.Topic)+24)
	at = append(append(at, rec.Topic...), '/')
	at = append(strconv.AppendInt(at, int64(rec.Partition), 10), '@')
	return strconv.AppendInt(at, rec.Offset, 10)
}

// cameFrom returns the place in a topic that a record was sent from.
func cameFrom(topic string, rec *kgo.Record) (partition int32, offset int64, ok bool) {
	for i := len(rec.Headers) - 1; i >= 0; i-- {
		if rec.Headers[i].Key != Origin {
			continue
		}
		place, ok := strings.CutPrefix(string(rec.Headers[i].Value), topic+"/")
		if !ok {
			return 0, 0, false
		}
		n, err := fmt.Sscanf(place, "%d@%d", &partition, &offset)
		return partition, offset, n == 2 && err == nil
	}
	return 0, 0, false
}
