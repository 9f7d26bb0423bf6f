package contexts

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/profile"
)

func newTest() *cobra.Command {
	var commandConfig string
	cmd := &cobra.Command{
		Use:   "test [NAME | HOST:PORT[,HOST:PORT…]]",
		Short: "Test step by step whether a cluster can be reached",
		Long: `Connect to the current context, to the one of that name, or to bootstrap
servers, and report how far it gets: DNS, TCP, TLS, SASL, ApiVersions,
Metadata, and whether every broker can be reached at its advertised address.
Each step is printed with its time when it is done; the one that fails with
the reason and what to check. A step takes at most 5 seconds.

Exit codes: 0 the cluster can be used, 1 it cannot.`,
		Example: `  kdeck context test
  kdeck context test prod
  kdeck context test localhost:9092
  kdeck context test b1:9093 --command-config client.properties`,
		Args:              arg.AtMostOne,
		ValidArgsFunction: target.CompleteContexts,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, _, err := target.LoadConfig()
			if err != nil {
				return err
			}
			ctx, err := target.Named(cfg, args, commandConfig)
			if err != nil {
				return err
			}
			return testContext(cmd, ctx)
		},
	}
	target.RegisterCommandConfig(cmd, &commandConfig)
	return cmd
}

func testContext(cmd *cobra.Command, ctx profile.Context) error {
	printWarnings(cmd, ctx)
	out := cmd.OutOrStdout()
	server, failed := "", 0
	var writeErr error
	err := ctx.Check(cmd.Context(), func(step profile.Step) {
		if step.Server != server {
			server = step.Server
			_, writeErr = fmt.Fprintln(out, server)
		}
		if step.Err != nil {
			failed++
		}
		writeErr = errors.Join(writeErr, writeStep(out, step))
	})
	if err = errors.Join(err, writeErr); err != nil {
		return err
	}
	others := ""
	if failed > 0 {
		others = fmt.Sprintf(", but %d of %d bootstrap servers do not", failed, len(ctx.BootstrapServers))
	}
	_, err = fmt.Fprintf(out, "%s works%s\n", ctx.Title(), others)
	return err
}

// writeStep prints a step on one line, and what to check on a second one.
func writeStep(w io.Writer, step profile.Step) error {
	mark, text := "✓", step.Detail
	if step.Err != nil {
		mark, text = "✗", step.Err.Error()
	}
	_, err := fmt.Fprintf(w, "  %s %-12s %9s  %s\n", mark, step.Name, milliseconds(step.Took), text)
	if step.Hint != "" {
		_, err = fmt.Fprintf(w, "    → %s\n", step.Hint)
	}
	return err
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
