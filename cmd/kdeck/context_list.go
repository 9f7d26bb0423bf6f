package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"
)

func newContextListCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the contexts",
		Long:    "List the contexts in the order of the config file. A * marks the current one.",
		Example: `  kdeck context list
  kdeck context list --output json | jq -r '.[].name'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, _, err := loadConfig()
			if err != nil {
				return err
			}
			switch output {
			case "table":
				if len(cfg.Contexts) == 0 {
					cmd.PrintErrln("There is no context yet. Add one with: kdeck context add NAME --bootstrap-server HOST:PORT")
					return nil
				}
				return writeContextTable(cmd.OutOrStdout(), cfg)
			case "json":
				return writeJSON(cmd.OutOrStdout(), contextEntries(cfg))
			}
			return unknownFormat(output, "table", "json")
		},
	}
	outputFlag(cmd, &output, "table", "json")
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
	_, _ = fmt.Fprintln(table, "  NAME\tSECURITY\tUSER\tACCESS\tCOLOR\tBOOTSTRAP SERVERS") // Flush tells errors
	for _, entry := range contextEntries(cfg) {
		marker, access := " ", "read-write"
		if entry.Current {
			marker = "*"
		}
		if entry.ReadOnly {
			access = "read-only"
		}
		_, _ = fmt.Fprintf(table, "%s %s\t%s\t%s\t%s\t%s\t%s\n", marker, entry.Name, entry.SecurityProtocol,
			orDash(userOf(entry.Context)), access, orDash(entry.Color), strings.Join(entry.BootstrapServers, ","))
	}
	return table.Flush()
}

// userOf is who a context logs in as, printable.
func userOf(ctx profile.Context) string {
	switch {
	case ctx.SASL == nil:
		return ""
	case ctx.SASL.OAuth != nil:
		return printable(ctx.SASL.OAuth.ClientID)
	}
	return printable(ctx.SASL.User)
}

// printable quotes text with characters that a terminal could act on.
func printable(s string) string {
	if quoted := fmt.Sprintf("%q", s); quoted[1:len(quoted)-1] != s {
		return quoted
	}
	return s
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func newContextShowCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show one context, with its secrets masked",
		Long: `Show the current context, or the one of that name, as it stands in the config
file. References such as ${env:NAME} are shown as they are and not resolved; a
password in the file itself is shown as ********.`,
		Example: `  kdeck context show
  kdeck context show prod --output json`,
		Args:              atMostOne,
		ValidArgsFunction: completeContexts,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, _, err := loadConfig()
			if err != nil {
				return err
			}
			ctx, err := namedOrCurrent(cfg, args)
			if err != nil {
				return err
			}
			switch output {
			case "yaml":
				err = writeYAML(cmd.OutOrStdout(), ctx)
			case "json":
				err = writeJSON(cmd.OutOrStdout(), newContextEntry(cfg, ctx))
			default:
				return unknownFormat(output, "yaml", "json")
			}
			printWarnings(cmd, ctx)
			return err
		},
	}
	outputFlag(cmd, &output, "yaml", "json")
	return cmd
}

func namedOrCurrent(cfg *profile.Config, args []string) (profile.Context, error) {
	if len(args) == 0 {
		return cfg.CurrentContext()
	}
	return lookupContext(cfg, args[0])
}

func writeYAML(w io.Writer, value any) error {
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	return encoder.Close()
}

// printWarnings tells on stderr what puts the secrets of a context at risk.
func printWarnings(cmd *cobra.Command, ctx profile.Context) {
	for _, warning := range ctx.Warnings() {
		cmd.PrintErrln("warning:", warning)
	}
}
