package redrive

import (
	"fmt"
	"slices"
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
func (r Request) message(rec *kgo.Record) produce.Message { return r.messageIn(rec, &scratch{}) }

// scratch is memory for the headers of a message.
type scratch struct {
	headers []kgo.RecordHeader
	origin  []byte
}

// messageIn is message with headers in a scratch, where they are overwritten by the
// next one.
func (r Request) messageIn(rec *kgo.Record, s *scratch) produce.Message {
	m := produce.Again(rec, r.KeepPartition, r.KeepTimestamp)
	if r.NoOrigin {
		return m
	}
	s.origin = appendOrigin(s.origin[:0], rec)
	s.headers = append(append(slices.Grow(s.headers[:0], len(rec.Headers)+1), rec.Headers...), kgo.RecordHeader{Key: Origin, Value: s.origin})
	m.Headers = s.headers
	return m
}

// appendOrigin appends the place of a record.
func appendOrigin(to []byte, rec *kgo.Record) []byte {
	const numbers = 24
	to = append(append(slices.Grow(to, len(rec.Topic)+numbers), rec.Topic...), '/')
	to = append(strconv.AppendInt(to, int64(rec.Partition), 10), '@')
	return strconv.AppendInt(to, rec.Offset, 10)
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
