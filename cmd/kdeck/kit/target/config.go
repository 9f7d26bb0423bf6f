package target

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/kafka/profile"
)

// LoadConfig returns the config and the path of its file.
func LoadConfig() (*profile.Config, string, error) {
	path, err := profile.Path()
	if err != nil {
		return nil, "", err
	}
	cfg, err := profile.Load(path)
	return cfg, path, err
}

// CompleteContexts completes the name of a context as the only argument, or
// as the value of a flag.
func CompleteContexts(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	cfg, _, err := LoadConfig()
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
