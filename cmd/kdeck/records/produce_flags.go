package records

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/kafka/produce"
)

// linger is how long a batch waits for more records: Kafka's default since 4.0
// (KIP-1030).
const linger = 5 * time.Millisecond

// options checks how records are to be written.
func (f *producerFlags) options() (o produce.Options, err error) {
	o = produce.Options{Idempotent: f.idempotent, Linger: linger, Timeout: f.timeout, Transaction: f.transaction}
	if o.Acks, err = produce.ParseAcks(f.acks.String()); err != nil {
		return o, fmt.Errorf("--acks: %w", err)
	}
	if o.Compression, err = produce.ParseCompression(f.compression.String()); err != nil {
		return o, fmt.Errorf("--compression: %w", err)
	}
	if f.timeout <= 0 || f.transactionTimeout <= 0 {
		return o, errors.New("--timeout and --transaction-timeout: want a time from 1s on, as in 30s")
	}
	if !f.chosen {
		o.Idempotent = o.Acks == produce.All
	}
	if o.Transaction != "" {
		o.TransactionTimeout = f.transactionTimeout
	}
	if o.Transaction == randomTransaction {
		o.Transaction = "kdeck-" + rand.Text()
	}
	return o, o.Check()
}

// sourceFlags say what is written, and how it is read.
type sourceFlags struct {
	input     option.Choice
	file      string
	value     string
	lines     produce.LineFormat
	json      produce.JSONFormat
	key       string
	headers   []string
	partition int32
	rate      float64
	count     int64
	given     func(flag string) bool
}

func (f *sourceFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.input = option.OneOf("lines", "jsonl", "raw")
	f.input.Register(cmd, "input", "", "format of the input")
	flags.StringVar(&f.file, "file", "", "read FILE instead of stdin")
	flags.StringVar(&f.value, "value", "", "write this VALUE, and read no input")
	flags.StringVar(&f.lines.KeySeparator, "key-separator", "", "lines begin with a key that ends at SEP")
	flags.BoolVar(&f.lines.Headers, "headers", false, "lines begin with headers that end at a TAB")
	flags.StringVar(&f.lines.NullMarker, "null-marker", "", "this text in a line means null")
	flags.BoolVar(&f.json.KeepPartition, "keep-partition", false, "write to the partition given in the JSON")
	flags.BoolVar(&f.json.KeepTimestamp, "keep-timestamp", false, "write the timestamp given in the JSON")
	flags.StringVar(&f.key, "key", "", "the key of records that have none")
	flags.StringArrayVar(&f.headers, "header", nil, "add the header NAME=VALUE to every record (repeatable)")
	flags.Int32Var(&f.partition, "partition", -1, "write everything to this PARTITION (default: chosen by key)")
	flags.Float64Var(&f.rate, "rate", 0, "write at most N records per second (default: no limit)")
	flags.Int64Var(&f.count, "count", 0, "stop after N records (default: at the end of the input)")
	cmd.MarkFlagsMutuallyExclusive("file", "value")
	cmd.MarkFlagsMutuallyExclusive("input", "value")
	cmd.MarkFlagsMutuallyExclusive("key", "key-separator")
	cmd.MarkFlagsMutuallyExclusive("partition", "keep-partition")
}

// check refuses flags that do not go together.
func (f *sourceFlags) check() error {
	only := func(input string, flags ...string) error {
		for _, flag := range flags {
			if f.given(flag) && (!f.input.Is(input) || f.given("value")) {
				return fmt.Errorf("--%s is for --input %s", flag, input)
			}
		}
		return nil
	}
	switch {
	case math.IsNaN(f.rate) || math.IsInf(f.rate, 0) || f.rate < 0 || f.rate > 0 && f.rate < 1e-6:
		return fmt.Errorf("--rate %v: want a number of records a second, or 0 for no limit", f.rate)
	case f.count < 0:
		return fmt.Errorf("--count %d: want a number from 1 on, or 0 for no limit", f.count)
	case f.given("partition") && f.partition < 0:
		return fmt.Errorf("--partition %d: want a number from 0 on", f.partition)
	}
	f.lines.KeySeparator = strings.ReplaceAll(f.lines.KeySeparator, `\t`, "\t")
	if err := only("lines", "key-separator", "headers", "null-marker"); err != nil {
		return err
	}
	return only("jsonl", "keep-partition", "keep-timestamp")
}

// stream opens what is to be written. The caller closes it.
func (f *sourceFlags) stream(stdin io.Reader) (produce.Stream, io.Closer, error) {
	s := produce.Stream{Partition: f.partition, Rate: f.rate, Count: f.count}
	if err := f.check(); err != nil {
		return s, nil, err
	}
	if f.given("key") {
		s.Key = []byte(f.key)
	}
	for _, given := range f.headers {
		header, err := produce.ParseHeader(given)
		if err != nil {
			return s, nil, fmt.Errorf("--header: %w", err)
		}
		s.Headers = append(s.Headers, header)
	}
	if f.given("value") {
		s.Input = produce.NewRepeated([]byte(f.value), max(1, f.count))
		return s, io.NopCloser(nil), nil
	}
	from := io.NopCloser(stdin)
	if f.file != "" {
		file, err := os.Open(f.file)
		if err != nil {
			return s, nil, fmt.Errorf("--file: %w", err)
		}
		from = file
	}
	switch f.input.String() {
	case "jsonl":
		s.Input = produce.NewJSONLines(from, f.json)
	case "raw":
		s.Input = produce.NewRaw(from, max(1, f.count))
	default:
		s.Input = produce.NewLines(from, f.lines)
	}
	return s, from, nil
}

// name is what is read, in words.
func (f *sourceFlags) name() string {
	if f.file != "" {
		return f.file
	}
	return "stdin"
}

// unit is what is counted.
func (f *sourceFlags) unit() string {
	if f.given("value") || f.input.Is("raw") {
		return "record"
	}
	return "line"
}

func (f *sourceFlags) fromStdin() bool { return f.file == "" && !f.given("value") }

// keyed reports whether there may be keys to encode.
func (f *sourceFlags) keyed() bool {
	return f.lines.KeySeparator != "" || f.given("key") || f.input.Is("jsonl")
}
