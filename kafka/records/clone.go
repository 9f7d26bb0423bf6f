package records

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/unpack"
)

// A slab is the memory that some copies share: large enough to be cheap, small
// enough to be no burden when only the last of them is still held.
const (
	slabRecords = 256
	slabBytes   = 256 << 10
)

// cloneAll copies records out of the fetch that they came in, which would stay
// in memory as a whole as long as one of its records does.
func cloneAll(batch []*kgo.Record) []*kgo.Record {
	copies := make([]*kgo.Record, 0, len(batch))
	for len(batch) > 0 {
		n, bytes := 0, 0
		for n < len(batch) && n < slabRecords && (n == 0 || bytes < slabBytes) {
			bytes += len(batch[n].Key) + len(batch[n].Value)
			n++
		}
		copies = cloneSlab(copies, batch[:n], bytes)
		batch = batch[n:]
	}
	return copies
}

// cloneSlab copies records whose keys and values have so many bytes together.
func cloneSlab(copies, batch []*kgo.Record, bytes int) []*kgo.Record {
	records, data := make([]kgo.Record, len(batch)), make([]byte, 0, bytes)
	take := func(b []byte) []byte {
		if b == nil {
			return nil
		}
		from := len(data)
		data = append(data, b...)
		return data[from:len(data):len(data)]
	}
	for i, rec := range batch {
		c := &records[i]
		*c = *rec
		if unpack.Of(rec) == nil {
			c.Context = nil
		}
		c.Key, c.Value = take(rec.Key), take(rec.Value)
		c.Headers = slices.Clone(rec.Headers)
		for j := range c.Headers {
			c.Headers[j].Value = slices.Clone(c.Headers[j].Value)
		}
		copies = append(copies, c)
	}
	return copies
}
