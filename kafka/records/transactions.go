package records

import (
	"bytes"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
)

// EndsTransaction reports whether a control record ends a transaction (ok), and
// whether by aborting it. Its key is a version and a type, two bytes each (KIP-98).
func EndsTransaction(rec *kgo.Record) (aborts, ok bool) {
	if !rec.Attrs.IsControl() || len(rec.Key) < 4 {
		return false, false
	}
	kind := rec.Key[2:4]
	return bytes.Equal(kind, []byte{0, 0}), kind[0] == 0 && kind[1] <= 1
}

// txProducer is a producer on a partition, where it has one transaction at a time.
type txProducer struct {
	partition int32
	producer  int64
}

// transactions knows which of the records held belong to aborted transactions.
// Only the marker at its end tells how a transaction has ended.
type transactions struct {
	open    map[txProducer][]int64 // numbers of the records of transactions that have not ended
	aborted map[int64]bool         // by number
}

func newTransactions() transactions {
	return transactions{open: make(map[txProducer][]int64), aborted: make(map[int64]bool)}
}

// add takes a record in that has got a number; first is the oldest number held.
func (t *transactions) add(rec *kgo.Record, number, first int64) {
	who := txProducer{rec.Partition, rec.ProducerID}
	if aborts, ok := EndsTransaction(rec); ok {
		if aborts {
			for _, n := range t.open[who] {
				t.aborted[n] = true
			}
		}
		delete(t.open, who)
	} else if rec.Attrs.IsTransactional() {
		t.open[who] = append(t.open[who], number)
	}
	const sweepEvery = 1 << 14
	if number%sweepEvery == 0 {
		t.forget(first)
	}
}

// unended reports whether the transaction of a record, by its number, has not ended.
func (t *transactions) unended(rec *kgo.Record, number int64) bool {
	if !rec.Attrs.IsTransactional() {
		return false
	}
	_, found := slices.BinarySearch(t.open[txProducer{rec.Partition, rec.ProducerID}], number)
	return found
}

// forget lets go of records that are no longer held.
func (t *transactions) forget(first int64) {
	for n := range t.aborted {
		if n < first {
			delete(t.aborted, n)
		}
	}
	for who, numbers := range t.open {
		i := 0
		for i < len(numbers) && numbers[i] < first {
			i++
		}
		if t.open[who] = numbers[i:]; i == len(numbers) {
			delete(t.open, who)
		}
	}
}
