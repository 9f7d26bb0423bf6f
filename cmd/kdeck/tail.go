package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/tui/text"
)

// tailFlags are the flags of "kdeck tail".
type tailFlags struct {
	target     targetFlags
	from       string
	partitions []int32
	follow     bool
	max        int64
	output     string
	decode     string
}

// newTailCommand returns "kdeck tail".
func newTailCommand(connect connector) *cobra.Command {
	var flags tailFlags
	cmd := &cobra.Command{
		Use:   "tail TOPIC",
		Short: "Print the records of a topic, for pipes",
		Long: `Print the records of a topic to stdout as they arrive, until interrupted, or up
to the present end with --follow=false. No consumer group is joined and nothing
is committed.

--from says where to begin:
  latest           after the newest record (default)
  earliest         at the oldest record
  -N               the last N records: newest by timestamp over all partitions
                   together, printed in that order
  OFFSET           that offset in every partition; @OFFSET for very large ones
  TIMESTAMP        the first record at or after a time: 2026-03-01T12:00:00Z,
                   2026-03-01, 15:04 (today), -2h, "2h ago", or milliseconds
                   since 1970
An offset that is out of range begins at the nearest there is, and stderr says
so.

Keys and values are decoded as on the tail screen: by what the context, a choice
made there, or the bytes themselves say. --decode FORM reads both in one form, and
--decode raw leaves them as they are. What cannot be decoded is printed as its
bytes, and stderr says why. Masking rules of the context hold in every case.

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
  raw    the bytes of the value and a line feed. Nothing is cleaned or decoded.`,
		Example: `  kdeck tail orders
  kdeck tail orders --from -10 --follow=false
  kdeck tail orders --partition 0 --partition 3 --from 2h\ ago
  kdeck tail orders --from earliest --follow=false --output json | jq .value
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
	f := cmd.Flags()
	f.StringVar(&flags.from, "from", "latest", "where to begin: earliest, latest, -N, an OFFSET or a time")
	f.Int32SliceVar(&flags.partitions, "partition", nil, "only this PARTITION; may be given several times (default: all)")
	f.BoolVar(&flags.follow, "follow", true, "wait for new records at the end")
	f.Int64Var(&flags.max, "max", 0, "stop after N records (default: no limit)")
	f.StringVar(&flags.output, "output", "text", "text, json or raw")
	f.StringVar(&flags.decode, "decode", "auto", "auto, raw, or the FORM of keys and values: "+strings.Join(formNames(), ", "))
	flags.target.register(cmd)
	completeFlag(cmd, "from", cobra.FixedCompletions([]string{"earliest", "latest", "-10", "1h ago"}, cobra.ShellCompDirectiveNoFileComp))
	completeFlag(cmd, "output", cobra.FixedCompletions([]string{"text", "json", "raw"}, cobra.ShellCompDirectiveNoFileComp))
	completeFlag(cmd, "decode", cobra.FixedCompletions(append([]string{"auto", "raw"}, formNames()...), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func interrupted(ctx context.Context) bool { return ctx.Err() != nil }

// query checks the flags.
func (f *tailFlags) query(topic string, now time.Time) (records.Query, appendRecord, error) {
	from, err := records.ParseStart(f.from, now)
	if err != nil {
		return records.Query{}, nil, fmt.Errorf("--from: %w", err)
	}
	if f.max < 0 {
		return records.Query{}, nil, fmt.Errorf("--max %d: want a number from 1 on, or 0 for no limit", f.max)
	}
	format, err := recordFormat(f.output)
	return records.Query{Topic: topic, Partitions: f.partitions, From: from, Follow: f.follow, Max: f.max}, format, err
}

func (f *tailFlags) run(ctx context.Context, connect connector, topic string, out, errOut io.Writer) error {
	query, format, err := f.query(topic, time.Now())
	if err != nil {
		return err
	}
	form, err := parseDecode(f.decode)
	if err != nil {
		return err
	}
	client, err := connect(ctx, &f.target)
	if err != nil {
		return err
	}
	defer client.Close()
	reader, err := records.Open(ctx, client, query)
	if err != nil {
		return err
	}
	defer reader.Close()
	defer reportProblems(ctx, reader, errOut)()
	read := newReading(ctx, client.Serde(), form, errOut)
	return copyRecords(ctx, reader, func(line []byte, rec *kgo.Record) []byte { return format(line, rec, read) }, out)
}

// copyRecords prints records until there are no more. Everything that has
// arrived is written before it waits for more.
func copyRecords(ctx context.Context, reader *records.Reader, format func([]byte, *kgo.Record) []byte, out io.Writer) error {
	const bufferBytes = 256 << 10
	buffer := bufio.NewWriterSize(out, bufferBytes)
	var line []byte
	for {
		batch, err := reader.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, rec := range batch {
			line = format(line[:0], rec)
			if _, err := buffer.Write(line); err != nil {
				return err
			}
		}
		if err := buffer.Flush(); err != nil {
			return err
		}
	}
}

// reportProblems tells on stderr why nothing comes, when that changes. The
// function that it returns ends it.
func reportProblems(ctx context.Context, reader *records.Reader, errOut io.Writer) (stop func()) {
	const every = 500 * time.Millisecond
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		note, problem := "", ""
		for {
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
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}
