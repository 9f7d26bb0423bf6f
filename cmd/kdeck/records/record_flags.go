package records

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/records"
)

// recordFlags say which records a command is about, and how they are printed. A
// field that is set before register is the default of its flag.
type recordFlags struct {
	target     target.Flags
	from       string
	until      string
	partitions []int32
	isolation  option.Choice
	order      option.Choice
	follow     bool
	max        int64
	output     output.Format
	decode     option.Choice
	filter     string
	batch      sizeFlag
}

const fromHelp = `  latest           new records only
  earliest         the oldest record
  -N               the last N records of all partitions together, by timestamp
  -N/p             the last N records of each partition
  OFFSET           this offset in every partition; @OFFSET for very large ones
  TIMESTAMP        the first record at or after a time: 2026-03-01T12:00:00Z,
                   2026-03-01, 15:04 (today), -2h, "2h ago", or milliseconds
                   since 1970
  committed:GROUP  what this group would read next; without a commit, the
                   oldest record
If an offset is out of range, reading starts at the nearest one that exists,
and stderr says so.`

const untilHelp = `  end              at the current end of the log
  OFFSET           before this offset in every partition
  TIMESTAMP        before the first record at or after a time, as in --from`

const filterHelp = `  some text             in key, value or headers; all lower case ignores case
  /expression/          a regular expression; /expression/i ignores case
  value.total > 100     an expression over key, value, headers["name"],
                        offset, partition, timestamp and size; key and value
                        are texts, or JSON if a path follows:
                        value.items[0].price
  \value.total          the text after the backslash, taken literally`

const orderHelp = `--order is the order of records from different partitions:
  arrival    as they are read (fastest)
  timestamp  merged by timestamp; the order within a partition stays. New
             records are held back for one second, because older ones may
             still arrive. Filtering is slower, because records are read by a
             consumer.`

const readCommitted = "read_committed"

func isolationLevels() option.Choice { return option.OneOf("read_uncommitted", readCommitted) }

func (f *recordFlags) register(cmd *cobra.Command) {
	f.registerRange(cmd)
	flags := cmd.Flags()
	f.order = option.OneOf("arrival", "timestamp")
	f.order.Register(cmd, "order", "", "order of records from different partitions")
	flags.BoolVar(&f.follow, "follow", f.follow, "wait for new records at the end of the log")
	f.output.Register(cmd)
	f.decode = formsOrRaw()
	f.decode.Register(cmd, "decode", "", "decode keys and values as")
}

// registerRange adds the flags that say which records.
func (f *recordFlags) registerRange(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", f.from, "start at: earliest, latest, -N, -N/p, an OFFSET, a TIMESTAMP or committed:GROUP")
	flags.StringVar(&f.until, "until", "", "stop at: end, an OFFSET or a TIMESTAMP")
	flags.Int32SliceVar(&f.partitions, "partition", nil, "read only this PARTITION (repeatable; default: all)")
	if f.isolation.String() == "" {
		f.isolation = isolationLevels()
	}
	f.isolation.Register(cmd, "isolation", "", "include or skip records of open and aborted transactions")
	flags.Int64Var(&f.max, "max", 0, "stop after N records (default: no limit)")
	f.batch = batchLimit()
	flags.Var(&f.batch, "batch-limit", "read batches of up to SIZE once decompressed, 1GiB at most; larger ones are named")
	f.target.Register(cmd)
	option.Complete(cmd, "from", cobra.FixedCompletions([]string{"earliest", "latest", "-10", "1h ago", "committed:"}, cobra.ShellCompDirectiveNoFileComp))
	option.Complete(cmd, "until", cobra.FixedCompletions([]string{"end", "1h ago"}, cobra.ShellCompDirectiveNoFileComp))
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
	q.Committed = f.isolation.Is(readCommitted)
	q.Merged = f.order.Is("timestamp")
	if f.max < 0 {
		return q, fmt.Errorf("--max %d: want a number from 1 on, or 0 for no limit", f.max)
	}
	if q.Filter, err = records.ParseFilter(f.filter); err != nil {
		return q, fmt.Errorf("cannot search for %s: %w", f.filter, err)
	}
	return q, nil
}
