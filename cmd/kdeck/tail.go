package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/tui/text"
)

// newTailCommand returns "kdeck tail".
func newTailCommand(connect connector) *cobra.Command {
	flags := recordFlags{from: "latest", follow: true, output: "text"}
	cmd := &cobra.Command{
		Use:   "tail TOPIC",
		Short: "Print the records of a topic, for pipes",
		Long: `Print the records of a topic to stdout as they arrive, until interrupted, or up
to the present end with --follow=false. No consumer group is joined and nothing
is committed.

--from says where to begin:
` + fromHelp + `

--until says where to stop, and --follow=false is --until end:
` + untilHelp + `

--filter prints only the records that it wants; what is there already is scanned
faster than a consumer could read it. Order between partitions is then any:
` + filterHelp + `

` + orderHelp + `

Keys and values are decoded as on the tail screen: by what the context, a choice
made there, or the bytes themselves say. --decode FORM reads both in one form, and
--decode raw leaves them as they are. What cannot be decoded is printed as its
bytes, and stderr says why. Masking rules of the context hold in every case: where
they mean the topic, --filter looks at what they leave, which is slower.

--output says what is printed for each record:
  text   one line: time, partition:offset, key and value, separated by tabs.
         Control and escape characters are replaced by visible signs, in a pipe
         too, since most pipes end in a terminal; a line feed shows as ⏎. An
         absent key is -, an absent value (a tombstone) is (null).
  json   one object: topic, partition, offset, timestamp (UTC, milliseconds),
         timestampType, key, value, headers (a list of key and value). Nothing is
         lost: keys and values are strings with their exact text, numbers
         included; null when absent; {"base64": "…"} when they are not UTF-8.
         What was decoded from another form is JSON itself, and keyForm or
         valueForm names the form; with a schema there are valueSchema and
         valueSchemaId, and valueError says why something could not be decoded.
         The tail screen copies and exports records in this shape too.
  raw    the bytes of the value and a line feed. Nothing is cleaned or decoded.`,
		Example: `  kdeck tail orders
  kdeck tail orders --from -10 --follow=false
  kdeck tail orders --partition 0 --partition 3 --from 2h\ ago
  kdeck tail orders --from earliest --follow=false --output json | jq .value
  kdeck tail orders --from committed:billing --until end
  kdeck tail orders --from 2h\ ago --until end --order timestamp
  kdeck tail orders --filter 'value.status == "failed"'
  kdeck tail orders --bootstrap-server localhost:9092 --max 1 --output raw`,
		Args: exactlyOne("TOPIC"),
		RunE: func(cmd *cobra.Command, args []string) error {
			// Without this, a write into a closed pipe ends the program by signal.
			signal.Ignore(syscall.SIGPIPE)
			ctx := cmd.Context() // ends on SIGINT and SIGTERM
			err := flags.run(ctx, connect, args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
			if interrupted(ctx) || errors.Is(err, syscall.EPIPE) {
				return nil
			}
			return err
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&flags.filter, "filter", "", "print only records that FILTER wants (default: all)")
	return cmd
}

func interrupted(ctx context.Context) bool { return ctx.Err() != nil }

// run prints what the flags ask for.
func (f *recordFlags) run(ctx context.Context, connect connector, topic string, out, errOut io.Writer) error {
	_, err := f.print(ctx, connect, topic, out, errOut)
	return err
}

// print is run that tells how many records it has printed.
func (f *recordFlags) print(ctx context.Context, connect connector, topic string, out, errOut io.Writer) (printed int64, err error) {
	query, err := f.query(topic, time.Now())
	if err != nil {
		return 0, err
	}
	format, err := recordFormat(f.output)
	if err != nil {
		return 0, err
	}
	form, err := parseDecode(f.decode)
	if err != nil {
		return 0, err
	}
	client, err := connect(ctx, &f.target)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	boundMemory(query.BatchBytes)
	reader, err := records.Open(ctx, client, query)
	if err != nil {
		return 0, err
	}
	defer reader.Close()
	defer reportUnlike(reader, errOut)
	defer reportProblems(reader, errOut)()
	read := newReading(ctx, client.Serde(), form, errOut)
	return copyRecords(ctx, reader, format, read, out)
}

// reportUnlike tells about records that the filter could not compare.
func reportUnlike(reader *records.Reader, errOut io.Writer) {
	s := reader.Status()
	if s.Failed == 0 {
		return
	}
	fmt.Fprintf(errOut, "kdeck: %s of %s records could not be compared and were left out; the first: %s\n",
		text.Count(s.Failed), text.Count(s.Looked), text.Clean(s.WhyFailed.Error()))
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

// reportProblems tells on stderr why nothing comes, when that changes. The
// function that it returns ends it.
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
	return nowAndThen(every, report)
}
