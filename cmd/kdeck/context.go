package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/spf13/cobra"
)

// newContextCommand returns "kdeck context" with its subcommands.
func newContextCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "context",
		Aliases: []string{"contexts", "ctx"},
		Short:   "Manage the clusters that kdeck knows by name",
		Long: `A context is a cluster with a name: where it is, how to get in, and whether it
may be changed. Contexts are kept in $XDG_CONFIG_HOME/kdeck/config.yaml, by
default ~/.config/kdeck/config.yaml. One of them is the current context, which
every command uses that is not told another cluster.

A name has 1 to 64 letters a-z, digits, '.', '_' and '-', and starts with a
letter or digit.

A password or token in a context can be a reference, resolved when a
connection is made: ${env:NAME}, {file: PATH} or {command: [NAME, ARG, …]}.
kdeck never prints the value.`,
		Example: `  kdeck context add dev --bootstrap-server localhost:9092
  kdeck context list
  kdeck context test dev`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newContextListCommand(),
		newContextShowCommand(),
		newContextAddCommand(),
		newContextUseCommand(),
		newContextRemoveCommand(),
		newContextTestCommand(),
	)
	return cmd
}

// loadConfig returns the config and the path of its file.
func loadConfig() (*profile.Config, string, error) {
	path, err := profile.Path()
	if err != nil {
		return nil, "", err
	}
	cfg, err := profile.Load(path)
	return cfg, path, err
}

// editConfig loads the config, changes it, and saves it if that worked.
func editConfig(edit func(*profile.Config) error) error {
	cfg, path, err := loadConfig()
	if err != nil {
		return err
	}
	if err := edit(cfg); err != nil {
		return err
	}
	return cfg.Save(path)
}

// completeContexts completes the name of a context as the only argument, or
// as the value of a flag.
func completeContexts(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	cfg, _, err := loadConfig()
	if err != nil || cmd.Args != nil && cmd.Args(cmd, append(args, "")) != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var completions []cobra.Completion
	for _, ctx := range cfg.Contexts {
		description := strings.Join(ctx.BootstrapServers, ",")
		completions = append(completions, cobra.CompletionWithDesc(ctx.Name, description))
	}
	return completions, cobra.ShellCompDirectiveNoFileComp
}

// completeFlag sets the completion of a flag that exists.
func completeFlag(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // the flag is not there: a mistake in this program
	}
}

// outputFlag adds --output with the formats that a command has.
func outputFlag(cmd *cobra.Command, output *string, formats ...string) {
	cmd.Flags().StringVarP(output, "output", "o", formats[0], "print as FORMAT: "+strings.Join(formats, " or "))
	completeFlag(cmd, "output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

// unknownFormat is the error for a value of --output that is none of formats.
func unknownFormat(output string, formats ...string) error {
	return fmt.Errorf("--output %q is not one of %s", output, strings.Join(formats, ", "))
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
