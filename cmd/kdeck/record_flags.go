package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/kafka/records"
)

// recordFlags say which records a command is about, and how they are printed. A
// field that is set before register is the default of its flag.
type recordFlags struct {
	target     targetFlags
	from       string
	until      string
	partitions []int32
	isolation  string
	order      string
	follow     bool
	max        int64
	output     string
	decode     string
	filter     string
	batch      sizeFlag
}

const fromHelp = `  latest           after the newest record
  earliest         at the oldest record
  -N               the last N records: newest by timestamp over all partitions
                   together, printed in that order
  -N/p             the last N records of each partition
  OFFSET           that offset in every partition; @OFFSET for very large ones
  TIMESTAMP        the first record at or after a time: 2026-03-01T12:00:00Z,
                   2026-03-01, 15:04 (today), -2h, "2h ago", or milliseconds
                   since 1970
  committed:GROUP  what this group would read next; where it has committed
                   nothing, the oldest record
An offset that is out of range begins at the nearest there is, and stderr says
so.`

const untilHelp = `  end              where the log ends as of now
  OFFSET           before that offset in every partition
  TIMESTAMP        before the first record at or after a time, as in --from`

const filterHelp = `  some text             in key, value or headers; without capitals, ignoring case
  /expression/          a regular expression; /expression/i ignores case
  value.total > 100     an expression over key, value, headers["name"], offset,
                        partition, timestamp and size; key and value are texts,
                        and JSON where a path follows: value.items[0].price
  \value.total          the text after the backslash, whatever it looks like`

const orderHelp = `--order says in which order records come that are in different partitions:
  arrival    as they are read, which is fastest
  timestamp  merged by timestamp, without changing the order within a partition.
             New records are held back for a second, since an older one may yet
             arrive; a filter looks at what a consumer reads, which is slower
             than a scan.`

func (f *recordFlags) register(cmd *cobra.Command) {
	f.registerRange(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.order, "order", "arrival", "arrival, or timestamp to merge partitions by timestamp")
	flags.BoolVar(&f.follow, "follow", f.follow, "wait for new records at the end")
	flags.StringVar(&f.output, "output", f.output, "text, json or raw")
	flags.StringVar(&f.decode, "decode", "auto", "auto, raw, or the FORM of keys and values: "+strings.Join(formNames(), ", "))
	completeFlag(cmd, "order", cobra.FixedCompletions([]string{"arrival", "timestamp"}, cobra.ShellCompDirectiveNoFileComp))
	completeFlag(cmd, "output", cobra.FixedCompletions([]string{"text", "json", "raw"}, cobra.ShellCompDirectiveNoFileComp))
	completeFlag(cmd, "decode", cobra.FixedCompletions(append([]string{"auto", "raw"}, formNames()...), cobra.ShellCompDirectiveNoFileComp))
}

// registerRange adds the flags that say which records.
func (f *recordFlags) registerRange(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", f.from, "where to begin: earliest, latest, -N, -N/p, an OFFSET, a time or committed:GROUP")
	flags.StringVar(&f.until, "until", "", "where to stop: end, an OFFSET or a time")
	flags.Int32SliceVar(&f.partitions, "partition", nil, "only this PARTITION; may be given several times (default: all)")
	flags.StringVar(&f.isolation, "isolation", cmp.Or(f.isolation, "read_uncommitted"), "read_uncommitted, or read_committed to leave out open and aborted transactions")
	flags.Int64Var(&f.max, "max", 0, "stop after N records (default: no limit)")
	f.batch = batchLimit()
	flags.Var(&f.batch, "batch-limit", "read batches that take up to SIZE once decompressed, 1GiB at most; others are told")
	f.target.register(cmd)
	completeFlag(cmd, "from", cobra.FixedCompletions([]string{"earliest", "latest", "-10", "1h ago", "committed:"}, cobra.ShellCompDirectiveNoFileComp))
	completeFlag(cmd, "until", cobra.FixedCompletions([]string{"end", "1h ago"}, cobra.ShellCompDirectiveNoFileComp))
	completeFlag(cmd, "isolation", cobra.FixedCompletions([]string{"read_uncommitted", "read_committed"}, cobra.ShellCompDirectiveNoFileComp))
}

// query checks the flags.
func (f *recordFlags) query(topic string, now time.Time) (records.Query, error) {
	q := records.Query{Topic: topic, Partitions: f.partitions, Follow: f.follow, Max: f.max, BatchBytes: f.batch.bytes}
	var err error
	if q.From, err = records.ParseStart(f.from, now); err != nil {
		return q, fmt.Errorf("--from: %w", err)
	}
	if f.until != "" {
		if q.Until, err = records.ParseUntil(f.until, now); err != nil {
			return q, fmt.Errorf("--until: %w", err)
		}
		q.Follow = false
	}
	switch f.isolation {
	case "read_uncommitted":
	case "read_committed":
		q.Committed = true
	default:
		return q, fmt.Errorf("--isolation %q: want read_uncommitted or read_committed", f.isolation)
	}
	switch f.order {
	case "arrival", "": // "" where there is no choice
	case "timestamp":
		q.Merged = true
	default:
		return q, fmt.Errorf("--order %q: want arrival or timestamp", f.order)
	}
	if f.max < 0 {
		return q, fmt.Errorf("--max %d: want a number from 1 on, or 0 for no limit", f.max)
	}
	if q.Filter, err = records.ParseFilter(f.filter); err != nil {
		return q, fmt.Errorf("cannot look for %s: %w", f.filter, err)
	}
	return q, nil
}
