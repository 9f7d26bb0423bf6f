package contexts

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/profile"
)

func newList() *cobra.Command {
	format := output.TableOrJSON()
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the contexts",
		Long:    "List the contexts in the order of the config file. A * marks the current one.",
		Example: `  kdeck context list
  kdeck context list --output json | jq -r '.[].name'`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, _, err := target.LoadConfig()
			if err != nil {
				return err
			}
			if format.JSON() {
				return output.WriteJSON(cmd.OutOrStdout(), contextEntries(cfg))
			}
			if len(cfg.Contexts) == 0 {
				notes.Line(cmd.ErrOrStderr(), "There is no context yet. Add one with: kdeck context add NAME --bootstrap-server HOST:PORT")
				return nil
			}
			return writeContextTable(cmd.OutOrStdout(), cfg)
		},
	}
	format.Register(cmd)
	return cmd
}

// contextEntry is a context with what the config file does not say about it.
type contextEntry struct {
	profile.Context
	Current          bool   `json:"current"`
	SecurityProtocol string `json:"securityProtocol"`
}

func newContextEntry(cfg *profile.Config, ctx profile.Context) contextEntry {
	return contextEntry{ctx, ctx.Name == cfg.Current, ctx.SecurityProtocol()}
}

// contextEntries is never nil, so that no contexts are [] in JSON.
func contextEntries(cfg *profile.Config) []contextEntry {
	entries := make([]contextEntry, 0, len(cfg.Contexts))
	for _, ctx := range cfg.Contexts {
		entries = append(entries, newContextEntry(cfg, ctx))
	}
	return entries
}

func writeContextTable(w io.Writer, cfg *profile.Config) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "  NAME\tSECURITY\tUSER\tACCESS\tCOLOR\tBOOTSTRAP SERVERS") // Flush returns errors
	for _, entry := range contextEntries(cfg) {
		marker, access := " ", "read-write"
		if entry.Current {
			marker = "*"
		}
		if entry.ReadOnly {
			access = "read-only"
		}
		_, _ = fmt.Fprintf(table, "%s %s\t%s\t%s\t%s\t%s\t%s\n", marker, entry.Name, entry.SecurityProtocol,
			output.OrDash(userOf(entry.Context)), access, output.OrDash(entry.Color), strings.Join(entry.BootstrapServers, ","))
	}
	return table.Flush()
}

// userOf is who a context logs in as, printable.
func userOf(ctx profile.Context) string {
	if ctx.SASL == nil {
		return ""
	}
	return printable(ctx.SASL.Login())
}

// printable quotes text with characters that a terminal could act on.
func printable(s string) string {
	if quoted := fmt.Sprintf("%q", s); quoted[1:len(quoted)-1] != s {
		return quoted
	}
	return s
}
