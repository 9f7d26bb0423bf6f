package redrive

import (
	"crypto/rand"

	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/redrive"
	"github.com/kdeck/kdeck/tui/text"
)

// choice is a row of the form that is one of a few.
type choice struct {
	name   string
	among  []option
	chosen int
}

// option is one of them, with what it does to the request.
type option struct {
	value, help string
	apply       func(*redrive.Request)
}

func (c choice) value() string { return c.among[c.chosen].value }
func (c choice) help() string  { return c.among[c.chosen].help }

// choices are the rows of the form under the destination; the first chooses what is
// sent.
type choices []choice

func keep(*redrive.Request) {}

func newChoices(what What) choices {
	var sent []option
	if n := what.marked(); n > 0 {
		sent = append(sent, option{text.Plural(n, "marked record"), "and nothing else", func(r *redrive.Request) {
			r.Query.Filter, r.Within = nil, redrive.Of(what.Marked)
		}})
	}
	if what.Query.Filter != nil {
		sent = append(sent, option{"every match", "in the whole range, seen or not", keep})
	}
	return choices{
		{name: "send", among: sent},
		{name: "partition", among: []option{
			{"by key", "as Kafka's own producers choose it", keep},
			{"same number", "the one that it was read from", func(r *redrive.Request) { r.KeepPartition = true }},
		}},
		{name: "timestamp", among: []option{
			{"now", "the time of sending", keep},
			{"as it was", "retention may delete it at once", func(r *redrive.Request) { r.KeepTimestamp = true }},
		}},
		{name: "origin", among: []option{
			{"in a header", redrive.Origin + " tells its place", keep},
			{"not told", "headers stay exactly as they were", func(r *redrive.Request) { r.NoOrigin = true }},
		}},
		{name: "read", among: []option{
			{"committed", "aborted transactions stay dead", func(r *redrive.Request) { r.Query.Committed = true }},
			{"uncommitted", "aborted and open transactions too", func(r *redrive.Request) { r.Query.Committed = false }},
		}},
		{name: "rate", among: []option{
			{"no limit", "as fast as it goes", keep},
			{"10 a second", "", rate(10)}, {"100 a second", "", rate(100)},
			{"1,000 a second", "", rate(1000)}, {"10,000 a second", "", rate(10_000)},
		}},
		{name: "on failure", among: []option{
			{"go on", "failures are told, and can go later", keep},
			{"stop", "at the first that cannot be stored", func(r *redrive.Request) { r.StopOnError = true }},
			{"all or nothing", "one transaction, of a minute at most", func(r *redrive.Request) { r.Options.Transaction = "kdeck-" + rand.Text() }},
		}},
		{name: "compression", among: codecs()},
	}
}

func rate(perSecond float64) func(*redrive.Request) {
	return func(r *redrive.Request) { r.Rate = perSecond }
}

func codecs() []option {
	var all []option
	for _, c := range produce.Compressions() {
		all = append(all, option{string(c), "", func(r *redrive.Request) { r.Options.Compression = c }})
	}
	return all
}

// turn takes the next option of a row, round and round.
func (c choices) turn(row int) {
	if row >= 0 && row < len(c) {
		c[row].chosen = (c[row].chosen + 1) % len(c[row].among)
	}
}

// request is what is chosen.
func (c choices) request(what What, to string) redrive.Request {
	r := redrive.Request{Query: what.Query, To: to, Options: redrive.Defaults()}
	r.Query.Follow, r.Query.Markers = false, false
	for _, row := range c {
		row.among[row.chosen].apply(&r)
	}
	return r
}

// asked is how many records were named one by one, or -1.
func (c choices) asked(what What) int {
	if n := what.marked(); n > 0 && c[0].chosen == 0 {
		return n
	}
	return -1
}
