// Package records has the commands that read and write records: tail, search, produce
// and redrive.
package records

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/words"
	"github.com/kdeck/kdeck/tui/text"
)

// Tail returns "kdeck tail".
func Tail(connect target.Connector) *cobra.Command {
	flags := recordFlags{from: "latest", follow: true, output: output.Formats("text", "json", "raw")}
	cmd := &cobra.Command{
		Use:   "tail TOPIC",
		Short: "Print the records of a topic, for pipes",
		Long: `Print the records of a topic to stdout as they arrive, until interrupted, or
up to the current end of the log with --follow=false. It joins no consumer
group and commits nothing.

--from says where to start:
` + fromHelp + `

--until says where to stop; --follow=false means --until end:
` + untilHelp + `

--filter prints only records that match. Existing records are scanned faster
than a consumer could read them; the order between partitions is then
undefined:
` + filterHelp + `

` + orderHelp + `

Keys and values are decoded as on the tail screen: as configured in the
context, as chosen on that screen, or as detected. --decode FORM decodes both
in one form; --decode raw does not decode. What cannot be decoded is printed
as bytes, and stderr says why. Masking rules of the context always apply:
--filter sees masked values in the topics that they cover, which is slower.

--output is what is printed for each record:
  text   one line: time, partition:offset, key and value, separated by tabs.
         Control and escape characters are replaced by visible signs, in pipes
         too, because most pipes end in a terminal; a line feed is shown as ⏎.
         A missing key is -, a missing value (a tombstone) is (null).
  json   one object: topic, partition, offset, timestamp (UTC, milliseconds),
         timestampType, key, value, headers (a list of key and value). Nothing
         is lost: keys and values are strings with their exact text, numbers
         included; null if missing; {"base64": "…"} if they are not UTF-8.
         Values decoded from another form are JSON; keyForm or valueForm names
         the form, so that a null of the form is no tombstone. With a schema
         there are valueSchema, and valueSchemaId or valueSchemaGuid;
         valueMessage names the message of Protobuf. valueError says why a
         value could not be decoded, valueNote what is odd about it, as that
         it does not fit its schema; valueLoss what the JSON does not say of
         it. valueBytes are its bytes, where encoding what is printed would
         give others. The tail screen copies and exports
         records in this format too. docs/decoding.md tells how values are
         written.
  raw    the bytes of the value and a line feed, neither cleaned nor decoded.`,
		Example: `  kdeck tail orders
  kdeck tail orders --from -10 --follow=false
  kdeck tail orders --partition 0 --partition 3 --from 2h\ ago
  kdeck tail orders --from earliest --follow=false --output json | jq .value
  kdeck tail orders --from committed:billing --until end
  kdeck tail orders --from 2h\ ago --until end --order timestamp
  kdeck tail orders --filter 'value.status == "failed"'
  kdeck tail orders --bootstrap-server localhost:9092 --max 1 --output raw`,
		Args: arg.ExactlyOne("TOPIC"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context() // ends on SIGINT and SIGTERM
			err := flags.run(ctx, connect, args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
			if interrupted(ctx) {
				return nil
			}
			return err
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&flags.filter, "filter", "", "print only records that match FILTER (default: all)")
	return cmd
}

func interrupted(ctx context.Context) bool { return ctx.Err() != nil }

// run prints what the flags ask for.
func (f *recordFlags) run(ctx context.Context, connect target.Connector, topic string, out, errOut io.Writer) error {
	_, _, err := f.print(ctx, connect, topic, out, errOut)
	return err
}

// print is run, and returns how many records it has printed and how reading stood at
// the end.
func (f *recordFlags) print(ctx context.Context, connect target.Connector, topic string, out, errOut io.Writer) (printed int64, s records.Status, err error) {
	query, err := f.query(topic, time.Now())
	if err != nil {
		return 0, s, err
	}
	client, err := connect(ctx, &f.target)
	if err != nil {
		return 0, s, err
	}
	defer client.Close()
	boundMemory(query.BatchBytes)
	reader, err := records.Open(ctx, client.Conn, query)
	if err != nil {
		return 0, s, err
	}
	defer reader.Close()
	defer reportUncompared(reader, errOut)
	defer reportProblems(reader, errOut)()
	read := newReading(ctx, client.Serde(), serde.Form(f.decode.String()), errOut)
	printed, err = copyRecords(ctx, reader, recordFormat(f.output), read, out)
	return printed, reader.Status(), err
}

// reportUncompared notes how many records the filter could not compare.
func reportUncompared(reader *records.Reader, errOut io.Writer) {
	s := reader.Status()
	if s.Failed == 0 {
		return
	}
	fmt.Fprintf(errOut, "kdeck: %s of %s records could not be compared and were left out; the first: %s\n",
		words.Count(s.Failed), words.Count(s.Looked), text.Clean(s.WhyFailed.Error()))
}

// copyRecords prints records until there are no more, and counts them. Everything
// that has arrived is written before it waits for more.
func copyRecords(ctx context.Context, reader *records.Reader, format appendRecord, read *reading, out io.Writer) (printed int64, err error) {
	const bufferBytes = 256 << 10
	buffer := bufio.NewWriterSize(out, bufferBytes)
	var line []byte
	for {
		batch, err := reader.Next(ctx)
		if errors.Is(err, io.EOF) {
			return printed, nil
		}
		if err != nil {
			return printed, err
		}
		for _, rec := range batch {
			line = format(line[:0], rec, read)
			if _, err := buffer.Write(line); err != nil {
				return printed, err
			}
		}
		if err := buffer.Flush(); err != nil {
			return printed, err
		}
		printed += int64(len(batch))
	}
}

// reportProblems notes why no records arrive, when that changes, until the function
// that it returns is called.
func reportProblems(reader *records.Reader, errOut io.Writer) (stop func()) {
	const every = 500 * time.Millisecond
	note, problem := "", ""
	report := func() {
		s := reader.Status()
		if s.Note != note {
			note = s.Note
			fmt.Fprintln(errOut, "kdeck:", text.Clean(note))
		}
		now := ""
		if s.Problem != nil {
			now = s.Problem.Error()
		}
		if now != problem && now != "" {
			fmt.Fprintln(errOut, "kdeck: waiting:", text.Clean(now))
		}
		problem = now
	}
	report()
	return notes.Every(every, report)
}
