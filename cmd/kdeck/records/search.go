package records

import (
	"context"
	"errors"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
)

// Search returns "kdeck search".
func Search(connect target.Connector) *cobra.Command {
	flags := recordFlags{from: "earliest", output: output.Formats("text", "json", "raw").Or("json")}
	cmd := &cobra.Command{
		Use:   "search TOPIC EXPRESSION",
		Short: "Find records in a topic, for pipes",
		Long: `Look through a topic, from its start to its end as of now unless told otherwise,
and print the records that are wanted to stdout as they are found, one JSON object
in each line. Several partitions are scanned side by side, so the order between
them is any, unless --order asks for one. No consumer group is joined and nothing
is committed.

EXPRESSION is one of these:
` + filterHelp + `
The language of expressions is that of expr-lang.org: and, or, not, ==, <, in,
contains, startsWith, matches, len(), any(), now(), date("2026-03-01"), … A record
that cannot be compared is left out, and stderr says how many there were.

--from says where to begin:
` + fromHelp + `

--until says where to stop:
` + untilHelp + `

` + orderHelp + `

Keys and values are printed as kdeck tail prints them, decoded, and less what the
masking rules of the context hide. EXPRESSION looks at the bytes as they were
written; but where masking rules mean the topic, at the decoded records less what
is hidden, which is slower: nothing that is masked can be found out by searching.

The exit code is 0 when records were found, 1 when there were none, and 2 when not
everything could be looked at.`,
		Example: `  kdeck search orders 4711
  kdeck search orders /timeout|refused/i --from 2h\ ago
  kdeck search orders 'value.status == "failed" and value.total > 100' | jq .value
  kdeck search orders 'headers["trace"] == "abc"' --partition 0 --max 1
  kdeck search orders 'key == nil' --output text`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 && args[1] != "" {
				return nil
			}
			return exit.With(2, arg.Wrong(cmd, "a TOPIC and an EXPRESSION", len(args)))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			// Without this, a write into a closed pipe ends the program by signal.
			signal.Ignore(syscall.SIGPIPE)
			flags.filter = args[1]
			return flags.search(cmd.Context(), connect, args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return exit.With(2, option.Explain(cmd, err)) })
	flags.register(cmd)
	return cmd
}

// errInterrupted is told where the half of an answer could be taken for the whole.
var errInterrupted = errors.New("interrupted before everything was looked at")

// search prints what is found, and turns how it went into an exit code.
func (f *recordFlags) search(ctx context.Context, connect target.Connector, topic string, out, errOut io.Writer) error {
	found, err := f.print(ctx, connect, topic, out, errOut)
	switch {
	case errors.Is(err, syscall.EPIPE): // who reads has seen enough
		return nil
	case ctx.Err() != nil:
		return exit.With(2, errInterrupted)
	case err != nil:
		return exit.With(2, err)
	case found == 0:
		return exit.With(1, exit.ErrSilent)
	}
	return nil
}
