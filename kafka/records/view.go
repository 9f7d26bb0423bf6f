package records

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/unpack"
)

// view is a record as a filter sees it. Its slices are parts of what was fetched.
type view struct {
	key, value []byte
	headers    []headerView
	partition  int32
	offset     int64
	millis     int64 // the timestamp, since 1970
	size       int   // bytes of key and value as they were written
}

type headerView struct{ key, value []byte }

// any reports whether something holds for the key, the value, or a header.
func (v *view) any(holds func([]byte) bool) bool {
	if holds(v.value) || holds(v.key) {
		return true
	}
	for i := range v.headers {
		if holds(v.headers[i].key) || holds(v.headers[i].value) {
			return true
		}
	}
	return false
}

// masking returns what a filter may look at of a record, which may wait for a
// schema.
type masking func(*kgo.Record) *kgo.Record

// maskingOf returns the masking of a topic; nil where no rule holds and a filter looks
// at what was written.
func maskingOf(ctx context.Context, client *kafka.Conn, topic string) masking {
	s := client.Serde()
	if !s.Masks(topic) {
		return nil
	}
	return func(rec *kgo.Record) *kgo.Record { return s.AwaitMasked(ctx, rec) }
}

// matcher looks at records with a filter. It is for one goroutine.
type matcher struct {
	filter *Filter
	mask   masking
	test   func(*view) (bool, error)
	view   view
	missed missed
}

// missed counts records that a filter could not look at or compare.
type missed struct {
	records int64
	unread  int64 // of them, those in batches above the bound
	why     error // of the first
}

func (m *missed) add(more missed) {
	m.records += more.records
	m.unread += more.unread
	if m.why == nil {
		m.why = more.why
	}
}

func (f *Filter) matcher(mask masking) *matcher {
	return &matcher{filter: f, mask: mask, test: f.test()}
}

// wants reports whether the record in the view is wanted.
func (m *matcher) wants() bool {
	ok, err := m.test(&m.view)
	if err != nil {
		m.missed.add(missed{records: 1, why: err})
	}
	return ok
}

// refuse notes that the records of a batch could not be looked at.
func (m *matcher) refuse(records int64, why *unpack.Oversize) {
	m.missed.add(missed{records: records, unread: records, why: why})
}

// unlike returns the records that could not be compared since it was asked last.
func (m *matcher) unlike() missed {
	all := m.missed
	m.missed = missed{}
	return all
}

// wantsRecord reports whether a record is wanted.
func (m *matcher) wantsRecord(rec *kgo.Record) bool {
	if large := unpack.Of(rec); large != nil {
		m.refuse(count(rec), large)
		return false
	}
	v := &m.view
	v.size = len(rec.Key) + len(rec.Value)
	if m.mask != nil {
		rec = m.mask(rec)
	}
	v.key, v.value, v.partition, v.offset, v.millis = rec.Key, rec.Value, rec.Partition, rec.Offset, rec.Timestamp.UnixMilli()
	v.headers = v.headers[:0]
	if m.filter.headers {
		for i := range rec.Headers {
			v.headers = append(v.headers, headerView{[]byte(rec.Headers[i].Key), rec.Headers[i].Value})
		}
	}
	return m.wants()
}
