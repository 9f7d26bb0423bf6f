package redrive

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kdeck/kdeck/kafka/produce"
)

// warn says what one should know before the plan is run.
func (p *Plan) warn(notes []string) {
	add := func(format string, args ...any) { p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...)) }
	p.Warnings = append(p.Warnings, notes...)
	if p.To == p.Query.Topic {
		add("the destination is the topic that is read: its records are there twice afterwards; the range is fixed, so what is sent is not sent again")
	}
	if !p.Query.Committed {
		add("read_uncommitted: records of aborted and open transactions are sent too")
	}
	if p.Topic.Unread != nil {
		add("%v; whether it is compacted and how large a record may be is not known", p.Topic.Unread)
	}
	for _, n := range slices.Sorted(maps.Keys(p.Destination)) {
		if n < 0 {
			continue
		}
		switch isr := p.Topic.ISR[n]; {
		case p.Topic.Leaders[n] < 0:
			add("partition %d of %s has no leader: %s for it cannot be stored", n, p.To, counted(p.Destination[n].Matches))
		case (p.Options.Acks == produce.All || p.Options.Acks == "") && isr < p.Topic.MinISR:
			add("partition %d of %s has %d replicas in sync and min.insync.replicas is %d: acks all is refused there", n, p.To, isr, p.Topic.MinISR)
		}
	}
	if p.Options.Acks == produce.None {
		add("acks 0: nobody learns whether a record is stored, so nothing that is lost can be sent again")
	}
	if p.allOrNothing() && p.Refused > 0 {
		add("the transaction would be aborted, since some records would be refused")
	}
	limit := cmp.Or(p.Options.TransactionTimeout, time.Minute)
	if p.allOrNothing() && p.Rate > 0 && float64(p.Matches) > p.Rate*limit.Seconds() {
		add("at %v records per second it would take longer than the %s after which the cluster aborts the transaction", p.Rate, limit)
	}
}

// counted is a number of records.
func counted(n int64) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprint(n, " records")
}
