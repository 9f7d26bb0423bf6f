package records

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/charmbracelet/x/term"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/apply"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/words"
	"github.com/kdeck/kdeck/tui/text"
)

// produceReport is the result of a run, as --output json prints it.
type produceReport struct {
	Topic   string `json:"topic"`
	Read    int64  `json:"read"` // lines, or records of --value
	Stored  int64  `json:"stored"`
	Refused int64  `json:"refused"`
	Unknown int64  `json:"unknown"` // sent, and no answer came
	Bytes   int64  `json:"bytes"`   // keys, values and headers of what was stored
	Aborted bool   `json:"aborted"` // the transaction

	Seconds          float64 `json:"seconds"`
	RecordsPerSecond float64 `json:"recordsPerSecond"`
	BytesPerSecond   float64 `json:"bytesPerSecond"`
	// From when a record was read to its answer, with its wait for others.
	P50Millis float64 `json:"p50Ms"`
	P99Millis float64 `json:"p99Ms"`

	Partitions  []producedSpan    `json:"partitions"`
	Failures    []produce.Failure `json:"failures"`    // the first ones, with their reasons
	FailedLines [][2]int64        `json:"failedLines"` // of all: first and last of each span
	// MoreFailed is how many more failed than FailedLines has.
	MoreFailed int64 `json:"moreFailed,omitempty"`
}

// producedSpan is where records were stored in a partition.
type producedSpan struct {
	Partition int32  `json:"partition"`
	Records   int64  `json:"records"`
	First     *int64 `json:"firstOffset"` // null with acks 0
	Last      *int64 `json:"lastOffset"`
}

func (r *produceRun) report(read int64, sum produce.Summary, took time.Duration) produceReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	seconds := took.Seconds()
	report := produceReport{
		Topic: r.topic, Read: read, Stored: sum.Stored, Refused: r.failures.Refused, Unknown: r.failures.Unknown,
		Bytes: sum.Bytes, Aborted: sum.Aborted,
		Seconds: seconds, RecordsPerSecond: float64(sum.Stored) / seconds, BytesPerSecond: float64(sum.Bytes) / seconds,
		P50Millis: r.latency(50), P99Millis: r.latency(99),
		Partitions: []producedSpan{}, Failures: r.failures.Full,
	}
	for _, p := range slices.Sorted(maps.Keys(sum.Places)) {
		span := sum.Places[p]
		report.Partitions = append(report.Partitions, producedSpan{p, span.Count, output.Known(span.First), output.Known(span.Last)})
	}
	report.FailedLines, report.MoreFailed = r.failures.Lines()
	if report.Failures == nil {
		report.Failures, report.FailedLines = []produce.Failure{}, [][2]int64{} // not null
	}
	return report
}

// latency is a percentile of the latencies, in milliseconds.
func (r *produceRun) latency(percent float64) float64 {
	return float64(r.latencies.ValueAtQuantile(percent)) / 1000
}

// print prints the report: as JSON on stdout, or in words on stderr.
func (r *produceRun) print(report produceReport, acks produce.Acks) error {
	if r.flags.output.JSON() {
		return output.WriteJSON(r.out, report)
	}
	r.noteFailed(report.FailedLines, report.MoreFailed)
	if r.flags.quiet {
		return nil
	}
	fmt.Fprintf(r.notes, "kdeck: %s %s\n", report.done(acks), report.numbers())
	shown := report.Partitions[:min(len(report.Partitions), mostReported)]
	if len(shown) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(r.notes, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "PARTITION\tRECORDS\tFIRST\tLAST\t")
	for _, p := range shown {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t\n", p.Partition, words.Count(p.Records), output.OrDash(output.Number(p.First)), output.OrDash(output.Number(p.Last)))
	}
	_ = w.Flush() // a note
	if more := len(report.Partitions) - len(shown); more > 0 {
		fmt.Fprintf(r.notes, "and %s; --output json has all\n", words.Plural(more, "partition"))
	}
	return nil
}

// done is the outcome of the records, in a word or two.
func (p produceReport) done(acks produce.Acks) string {
	switch {
	case p.Aborted:
		return "written and aborted with the transaction:"
	case acks == produce.None:
		return "sent without confirmation:"
	}
	return "stored"
}

// numbers are the totals, the throughput and the latency.
func (p produceReport) numbers() string {
	millis := func(f float64) string { return text.Duration(time.Duration(f * float64(time.Millisecond))) }
	s := fmt.Sprintf("%s, %s, in %s", words.Plural(p.Stored, "record"), text.Bytes(p.Bytes), millis(p.Seconds*1000))
	if p.Stored == 0 {
		return s
	}
	return s + fmt.Sprintf(": %s records/s, %s/s\nkdeck: latency %s (median), %s (99th percentile)",
		text.Rate(p.RecordsPerSecond), text.Bytes(int64(p.BytesPerSecond)), millis(p.P50Millis), millis(p.P99Millis))
}

// noteFailed names the lines that were not stored, when not all of them have been
// reported in full.
func (r *produceRun) noteFailed(spans [][2]int64, more int64) {
	const most = 200
	if r.failures.Total() <= mostReported {
		return
	}
	var names []string
	for _, span := range spans[:min(len(spans), most)] {
		if span[0] == span[1] {
			names = append(names, fmt.Sprint(span[0]))
			continue
		}
		names = append(names, fmt.Sprintf("%d-%d", span[0], span[1]))
	}
	for _, span := range spans[len(names):] {
		more += span[1] - span[0] + 1
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("and %s more", words.Count(more)))
	}
	fmt.Fprintf(r.notes, "kdeck: %s not stored, or not certainly: %s\n", words.Plural(r.failures.Total(), r.flags.source.unit()), strings.Join(names, ", "))
}

// printPlan prints what a dry run has found.
func (r *produceRun) printPlan(plan produce.Plan, readOnly bool) error {
	if r.flags.output.JSON() {
		return output.WriteJSON(r.out, plan)
	}
	spans, more := r.failures.Lines()
	r.noteFailed(spans, more)
	if r.flags.quiet {
		return nil
	}
	fmt.Fprintf(r.notes, "%s; %s, %s, would be written\n", apply.DryRun, words.Plural(plan.Messages, "record"), text.Bytes(plan.Bytes))
	if readOnly {
		fmt.Fprintln(r.notes, "warning: the context is read-only and would refuse them")
	}
	w := tabwriter.NewWriter(r.notes, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "PARTITION\tRECORDS\t")
	for _, p := range slices.Sorted(maps.Keys(plan.Places)) {
		name := fmt.Sprint(p)
		if p == produce.AnyPartition {
			name = "any"
		}
		fmt.Fprintf(w, "%s\t%s\t\n", name, words.Count(plan.Places[p]))
	}
	_ = w.Flush() // a note
	return nil
}

// showProgress keeps one line of a terminal up to date. The function that it
// returns ends it.
func (r *produceRun) showProgress(p *produce.Producer) (stop func()) {
	file, ok := r.notes.(*os.File)
	if !ok || r.flags.quiet || r.typed() || !term.IsTerminal(file.Fd()) {
		return func() {}
	}
	const every = 500 * time.Millisecond
	began := time.Now()
	end := notes.Every(every, func() {
		sum, seconds := p.Sums(), time.Since(began).Seconds()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.clear()
		r.drawn = true
		fmt.Fprintf(r.notes, "%s, %s, %s records/s, %s not stored", words.Plural(sum.Stored, "record"), text.Bytes(sum.Bytes),
			text.Rate(float64(sum.Stored)/seconds), words.Count(r.failures.Total()))
	})
	return func() {
		end()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.clear()
	}
}

// clear takes the progress away. It is called with the lock.
func (r *produceRun) clear() {
	if r.drawn {
		r.drawn = false
		fmt.Fprint(r.notes, "\r\x1b[K")
	}
}
