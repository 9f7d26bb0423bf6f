package records

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/words"
)

// Search returns "kdeck search".
func Search(connect target.Connector) *cobra.Command {
	flags := recordFlags{from: "earliest", output: output.Formats("text", "json", "raw").Or("json")}
	cmd := &cobra.Command{
		Use:   "search TOPIC EXPRESSION",
		Short: "Find records in a topic, for pipes",
		Long: `Search a topic, from its start to its current end by default, and print
matching records to stdout as they are found, one JSON object per line.
Partitions are scanned in parallel; the order between them is undefined
without --order. It joins no consumer group and commits nothing.

EXPRESSION is one of these:
` + filterHelp + `
Expressions are in the language of expr-lang.org: and, or, not, ==, <, in,
contains, startsWith, matches, len(), any(), now(), date("2026-03-01"), … A
record that cannot be compared is left out; stderr says how many.

--from says where to start:
` + fromHelp + `

--until says where to stop:
` + untilHelp + `

` + orderHelp + `

Keys and values are printed as by kdeck tail, decoded and masked. EXPRESSION
is compared with the bytes as written, but with masked, decoded records in
topics that masking rules of the context cover; that is slower, and nothing
masked can be found out by searching.

Exit codes: 0 records were found, 1 none was found, 2 not everything could be
searched.`,
		Example: `  kdeck search orders 4711
  kdeck search orders /timeout|refused/i --from 2h\ ago
  kdeck search orders 'value.status == "failed"' | jq .value
  kdeck search orders 'headers["trace"] == "abc"' --partition 0 --max 1
  kdeck search orders 'key == nil' --output text`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 && args[1] != "" {
				return nil
			}
			return exit.With(2, arg.Wrong(cmd, "a TOPIC and an EXPRESSION", len(args)))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.filter = args[1]
			return flags.search(cmd.Context(), connect, args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return exit.With(2, option.Explain(cmd, err)) })
	flags.register(cmd)
	return cmd
}

// errInterrupted ends what could otherwise be taken for a complete answer.
var errInterrupted = errors.New("interrupted before everything was searched")

// search prints the matches. Its error has one of the exit codes of "kdeck search".
func (f *recordFlags) search(ctx context.Context, connect target.Connector, topic string, out, errOut io.Writer) error {
	found, s, err := f.print(ctx, connect, topic, out, errOut)
	switch {
	case errors.Is(err, exit.ErrNoReader):
		return err
	case ctx.Err() != nil:
		return exit.With(2, errInterrupted)
	case err != nil:
		return exit.With(2, err)
	case s.Unread > 0: // stderr says how many, and why
		return exit.With(2, exit.ErrSilent)
	case found == 0:
		fmt.Fprintf(errOut, "kdeck: 0 of %s match\n", words.Plural(int(s.Looked), "record"))
		return exit.With(1, exit.ErrSilent)
	}
	return nil
}
