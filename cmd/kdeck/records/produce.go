package records

import (
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
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

	encode    string
	encodeKey string
	dryRun    bool
	output    output.Format
	quiet     bool
}

// Produce returns "kdeck produce".
func Produce(connect target.Connector) *cobra.Command {
	var flags produceFlags
	cmd := &cobra.Command{
		Use:   "produce TOPIC",
		Short: "Write records to a topic, from a pipe or a file",
		Long: `Write records to a topic that exists, from stdin, a file or the command line.

--input says what is read:
  lines   a record in each line, which ends with LF or CR LF; an empty line is an
          empty value, and bytes that are not UTF-8 stay as they are. A line is
            [HEADERS<TAB>][KEY SEPARATOR]VALUE
          --key-separator SEP  the key ends at the first SEP ('\t' is a TAB); a line
                               without SEP is not written
          --headers            headers stand first, up to the first TAB:
                               name:value,name:value. A name ends at its first
                               colon, a value at the next comma; nothing before
                               the TAB is no header
          --null-marker M      M alone is null: a value (a tombstone), a key, the
                               value of a header, or no headers
  jsonl   an object in each line, as kdeck tail --output json prints it. key and
          value are strings with their exact text, null, or {"base64": "…"}; value
          must be there. headers is a list of key and value. Any other JSON is
          encoded in the form that keyForm or valueForm names, or that holds for the
          topic (see --encode). topic, offset and what tells of schemas are passed
          over, and so are partition and timestamp unless --keep-partition and
          --keep-timestamp are given. Empty lines are passed over. kdeck tail
          --decode raw keeps every byte; what it decoded is encoded again, which
          MessagePack, CBOR and Avro may do in other bytes that say the same
  raw     everything there is, as one value

--value gives one value here instead. It, and that of raw, is written --count times.

--encode and --encode-key say in which form values and keys are written: text (as
they are), json (checked), int64, msgpack, registry (the newest schema of the
subject TOPIC-value, against which every value is checked), … auto is the form that
was chosen for the topic on the tail screen or that the context says, or else text.
Strings in jsonl are never encoded, unless keyForm or valueForm stands beside them.

Records of one key are written in their order, to the partition that Kafka's own
producers choose for it (murmur2); those without a key go where there is room. With
acks all the producer is idempotent unless --idempotent=false, so that nothing is
stored twice.

A line that cannot be written is told on stderr with its number and why, the first
20 in full and all others by number; the rest is written all the same. --transaction
is all or nothing: it ends at the first such line, and none of the records becomes
visible to read_committed consumers. Its ID (kdeck- and a random one unless given as
--transaction=ID) fences off other producers that use it.

--dry-run reads, encodes and checks everything, in a read-only context too, and says
how many records would go to each partition.

When all is done stderr tells how many records were stored, how fast, where, and how
long the cluster took; --output json prints that on stdout. An interrupt ends
reading, waits for what is under way, and reports; a transaction is then aborted.

Topics in which Kafka keeps its own state are refused: Kafka does not take records
of others there, and a wrong one could stop every consumer group.

Exit codes: 0 everything was stored, 1 refused and nothing was, 2 stored in part, or
interrupted before the end.`,
		Example: `  echo hello | kdeck produce orders
  kdeck produce orders --file orders.txt --key-separator : --compression zstd
  kdeck produce orders --value '{"id":7}' --key 7 --header source=manual
  kdeck tail orders --from -10 --until end --decode raw --output json | kdeck produce copy --input jsonl
  kdeck search orders.dlq 'value.retry == true' | kdeck produce orders --input jsonl --dry-run
  kdeck produce load --value "$(head -c 100 /dev/urandom | base64)" --count 100000 --rate 5000`,
		Args: arg.ExactlyOne("TOPIC"),
		RunE: func(cmd *cobra.Command, args []string) error {
			// Without this, a write into a closed pipe ends the program by signal.
			signal.Ignore(syscall.SIGPIPE)
			spareCollector()
			flags.write.chosen = cmd.Flags().Changed("idempotent")
			flags.source.given = cmd.Flags().Changed
			run := produceRun{flags: &flags, topic: args[0], in: cmd.InOrStdin(), out: cmd.OutOrStdout(), notes: cmd.ErrOrStderr()}
			return run.do(cmd.Context(), connect) // ends on SIGINT and SIGTERM
		},
	}
	flags.register(cmd)
	return cmd
}

// spareCollector lets garbage grow before it is collected. A record lives for some
// milliseconds, so there is little else, and collecting it for every few MiB takes a
// quarter of the time.
func spareCollector() {
	const percent, limit = 400, 256 << 20 // of what lives; and less than that when near to so many bytes
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(limit)
}

func (f *produceFlags) register(cmd *cobra.Command) {
	f.target.Register(cmd)
	f.source.register(cmd)
	f.write.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.encode, "encode", "auto", "write values in the FORM auto, "+strings.Join(formNames(), ", "))
	flags.StringVar(&f.encodeKey, "encode-key", "auto", "write keys in the FORM, as with --encode")
	flags.BoolVar(&f.dryRun, "dry-run", false, "check everything and write nothing")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "tell nothing but what was not stored")
	f.output = output.Formats("text", "json")
	f.output.Register(cmd)
	forms := cobra.FixedCompletions(append([]string{"auto"}, formNames()...), cobra.ShellCompDirectiveNoFileComp)
	option.Complete(cmd, "encode", forms)
	option.Complete(cmd, "encode-key", forms)
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
	f.acks.Register(cmd, "acks", "", "replicas that must have a record, 1 being the leader and 0 none")
	var codecs []string
	for _, c := range produce.Compressions() {
		codecs = append(codecs, string(c))
	}
	f.compression = option.OneOf(codecs...).Or("none")
	f.compression.Register(cmd, "compression", "", "compress batches")
	flags.BoolVar(&f.idempotent, "idempotent", true, "store nothing twice; needs acks all")
	flags.StringVar(&f.transaction, "transaction", "", "all or nothing, as the transactional.id ID")
	flags.Lookup("transaction").NoOptDefVal = randomTransaction
	flags.DurationVar(&f.transactionTimeout, "transaction-timeout", time.Minute, "let the cluster abort the transaction after this time")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "give up on a record after this time")
}
