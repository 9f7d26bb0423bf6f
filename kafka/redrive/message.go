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
// origin after them, in memory of the slab.
func (r Request) message(rec *kgo.Record, s *slab) produce.Message {
	m := produce.Again(rec, r.KeepPartition, r.KeepTimestamp)
	if r.NoOrigin {
		return m
	}
	s.room(len(rec.Topic)+numbers, len(rec.Headers)+1)
	origin := appendOrigin(s.bytes, rec)
	n := len(origin)
	s.bytes = origin[n:]
	headers := append(append(s.headers, rec.Headers...), kgo.RecordHeader{Key: Origin, Value: origin[:n:n]})
	n = len(headers)
	s.headers = headers[n:]
	m.Headers = headers[:n:n]
	return m
}

// slab is memory for the headers of many messages.
type slab struct {
	bytes   []byte // empty, with room
	headers []kgo.RecordHeader
}

const (
	slabBytes   = 16 << 10
	slabHeaders = 512
)

// room makes room for one message.
func (s *slab) room(bytes, headers int) {
	if cap(s.bytes) < bytes {
		s.bytes = make([]byte, 0, max(bytes, slabBytes))
	}
	if cap(s.headers) < headers {
		s.headers = make([]kgo.RecordHeader, 0, max(headers, slabHeaders))
	}
}

// numbers is as long as the partition and the offset in an origin can be.
const numbers = 32

// appendOrigin appends the place of a record.
func appendOrigin(to []byte, rec *kgo.Record) []byte {
	to = append(append(to, rec.Topic...), '/')
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
