// Package redrive sends records of one topic to another again: every match of a
// search, as out of a dead-letter queue, or chosen ones. Count is the dry run; the
// Plan that it returns fixes exactly what Run sends. A run that was stopped, or has
// died, can be gone on with and never sends again what was confirmed.
package redrive

import (
	"time"

	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/records"
)

// Request is what is asked for.
type Request struct {
	// Query says which records of which topic: those that its filter wants within
	// its range, at most Max. It follows nothing. With Committed, which one should
	// want, records of aborted transactions are not brought back to life.
	Query records.Query
	// Within are the exact offsets to look at in place of the range of the query.
	// Nil takes the query's.
	Within Ranges
	// To is the topic to write to; it may be the one that is read.
	To string
	// KeepPartition sends a record to the partition of the same number, in place of
	// the one that its key chooses.
	KeepPartition bool
	// KeepTimestamp keeps the timestamp, in place of the time of sending.
	KeepTimestamp bool
	// NoOrigin leaves out the header Origin.
	NoOrigin bool
	// Rate is how many records are sent per second at most; 0 is no limit.
	Rate float64
	// StopOnError stops at the first record that cannot be stored. Otherwise the
	// rest goes on.
	StopOnError bool
	Options     produce.Options
	// State is the file of the run that is gone on with; a new one when empty.
	State string
}

// Defaults are the options that suit many records: those of produce.Defaults, batches
// that wait 5 ms to fill, as in Kafka since 4.0 (KIP-1030), and 30 seconds for a record, in which the cluster finds
// other leaders for the partitions of a broker that has died.
func Defaults() produce.Options {
	o := produce.Defaults()
	o.Linger, o.Timeout = 5*time.Millisecond, 30*time.Second
	return o
}

// allOrNothing reports whether the records are sent in one transaction.
func (r Request) allOrNothing() bool { return r.Options.Transaction != "" }
