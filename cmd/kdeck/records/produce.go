package records

import (
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/produce"
)

// produceFlags are the flags of "kdeck produce".
type produceFlags struct {
	target target.Flags
	source sourceFlags
	write  producerFlags

	encode encodeFlags
	dryRun bool
	output output.Format
	quiet  bool
}

// Produce returns "kdeck produce".
func Produce(connect target.Connector) *cobra.Command {
	var flags produceFlags
	cmd := &cobra.Command{
		Use:   "produce TOPIC",
		Short: "Write records to a topic, from a pipe or a file",
		Long: `Write records to an existing topic, from stdin, a file or the command line.

--input is the format of the input:
  lines   a record per line, which ends with LF or CR LF; an empty line is an
          empty value; bytes that are not UTF-8 are kept. A line is
            [HEADERS<TAB>][KEY SEPARATOR]VALUE
          --key-separator SEP  the key ends at the first SEP ('\t' is a TAB);
                               a line without SEP is not written
          --headers            headers come first, up to the first TAB:
                               name:value,name:value. A name ends at its first
                               colon, a value at the next comma; an empty text
                               before the TAB means no headers
          --null-marker M      M alone is null: a value (a tombstone), a key,
                               the value of a header, or no headers
  jsonl   an object per line, as kdeck tail --output json prints it. key and
          value are strings with their exact text, null, or {"base64": "…"};
          value is required. headers is a list of key and value. Any other
          JSON is encoded, in the form that keyForm or valueForm names and by
          the schema that valueSchemaId, valueSchemaGuid and valueMessage
          name, or in the form of the topic (see --as). With a form null is
          a value of that form; without, it is a tombstone. valueBytes are
          the bytes that value was decoded from: they are written if value
          was not changed since. topic, offset, errors and notes are
          ignored, and so are partition and timestamp without
          --keep-partition and --keep-timestamp. Empty lines are skipped.
  raw     the whole input as one value

--value gives the value on the command line. This one, and that of raw, is
written --count times.

--as and --key-as are the forms in which values and keys are written: text
(unchanged), json (checked), int64, msgpack, registry (by a schema of the
registry, against which every value is checked), … auto is the form that was
chosen for the topic on the tail screen or in the context, or else registry if
the registry has the subject TOPIC-value or TOPIC-key, or else text. Strings
in jsonl are only encoded if keyForm or valueForm is given with them.

--schema-id, --subject, --schema-version and --message name another schema for
values than the newest of TOPIC-value, also for lines that name one. What is
written as JSON is what kdeck tail prints; docs/decoding.md tells its rules. A
value of an Avro union that several branches fit names one, {"long": 7}.

Records with the same key keep their order and go to the partition that
Kafka's own producers choose (murmur2); records without a key go to any
partition. With acks all the producer is idempotent unless --idempotent=false:
retries make no duplicates.

A line that cannot be written is reported on stderr with its number and the
reason, the first 20 in full, the others by number; the rest is written.
--transaction is all or nothing: it stops at the first such line, and
read_committed consumers see none of the records. Its ID (kdeck- and a random
suffix, unless given as --transaction=ID) fences other producers that use it.

--dry-run reads, encodes and checks everything, in a read-only context too,
and says how many records would go to each partition.

At the end stderr says how many records were stored, where, how fast, and how
long the cluster took; --output json prints that to stdout. An interrupt stops
reading, waits for records that were sent, and reports; a transaction is
aborted.

Topics in which Kafka keeps its own state are refused: Kafka accepts no
foreign records there, and a wrong one could stop every consumer group.

` + exit.Codes + `
An interrupt before the end of the input counts as in part.`,
		Example: `  echo hello | kdeck produce orders
  kdeck produce orders --file orders.txt --key-separator :
  kdeck produce orders --value '{"id":7}' --key 7 --header source=manual
  kdeck tail orders --from -10 --until end --decode raw --output json |
      kdeck produce copy --input jsonl
  kdeck search orders.dlq 'value.retry == true' |
      kdeck produce orders --input jsonl --dry-run
  kdeck produce load --value hello --count 100000 --rate 5000`,
		Args: arg.ExactlyOne("TOPIC"),
		RunE: func(cmd *cobra.Command, args []string) error {
			collectLessOften()
			flags.write.chosen = cmd.Flags().Changed("idempotent")
			flags.source.given = cmd.Flags().Changed
			run := produceRun{flags: &flags, topic: args[0], in: cmd.InOrStdin(), out: cmd.OutOrStdout(), notes: cmd.ErrOrStderr()}
			return run.do(cmd.Context(), connect) // ends on SIGINT and SIGTERM
		},
	}
	flags.register(cmd)
	return cmd
}

// collectLessOften lets garbage grow before it is collected. A record lives for some
// milliseconds, so most of the heap is garbage, and collecting it every few MiB would
// take a quarter of the time.
func collectLessOften() {
	const percent, limit = 400, 256 << 20 // of what lives; and less than that when near to so many bytes
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(limit)
}

func (f *produceFlags) register(cmd *cobra.Command) {
	f.target.Register(cmd)
	f.source.register(cmd)
	f.write.register(cmd)
	f.encode.register(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.dryRun, "dry-run", false, "check everything, and write nothing")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print errors only")
	f.output = output.Formats("text", "json")
	f.output.Register(cmd)
}

// producerFlags say how records are written.
type producerFlags struct {
	acks               option.Choice
	compression        option.Choice
	idempotent         bool
	chosen             bool // idempotent was given
	transaction        string
	transactionTimeout time.Duration
	timeout            time.Duration
}

// randomTransaction stands for an id that nobody else uses.
const randomTransaction = "kdeck-…"

func (f *producerFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.acks = option.OneOf("all", "1", "0").Also("-1", "all")
	f.acks.Register(cmd, "acks", "", "wait for these replicas, 1 being the leader and 0 none")
	var codecs []string
	for _, c := range produce.Compressions() {
		codecs = append(codecs, string(c))
	}
	f.compression = option.OneOf(codecs...).Or("none")
	f.compression.Register(cmd, "compression", "", "compress batches")
	flags.BoolVar(&f.idempotent, "idempotent", true, "no duplicates on retry; needs acks all")
	flags.StringVar(&f.transaction, "transaction", "", "write all or nothing, with the transactional.id ID")
	flags.Lookup("transaction").NoOptDefVal = randomTransaction
	flags.DurationVar(&f.transactionTimeout, "transaction-timeout", time.Minute, "time after which the cluster aborts the transaction")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "time after which a record is given up")
}
