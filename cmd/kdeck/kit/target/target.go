// Package target finds the cluster that a command is about, and connects to it.
package target

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/profile"
)

// Flags say which cluster a command is about.
type Flags struct {
	context       string
	servers       string
	commandConfig string
}

// Register adds the flags to cmd, with completion.
func (t *Flags) Register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&t.context, "context", "", "use the context NAME (default: the current context)")
	flags.StringVar(&t.servers, "bootstrap-server", "", "use the cluster at HOST:PORT,...")
	RegisterCommandConfig(cmd, &t.commandConfig)
	option.Complete(cmd, "context", CompleteContexts)
	option.Complete(cmd, "bootstrap-server", cobra.NoFileCompletions)
}

// RegisterCommandConfig adds --command-config alone.
func RegisterCommandConfig(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "command-config", "", "read the settings of a Java client from the properties FILE")
}

// resolve returns the cluster that the flags name, or else the current context.
func (t *Flags) resolve(cfg *profile.Config) (profile.Context, error) {
	switch {
	case t.context != "" && t.servers != "":
		return profile.Context{}, errors.New("--context and --bootstrap-server name two clusters; give one")
	case t.context != "" && t.commandConfig != "":
		return profile.Context{}, errors.New("--context has its own settings and takes no --command-config; give one")
	case t.context != "":
		return Lookup(cfg, t.context)
	case t.commandConfig != "":
		return FromCommandConfig(t.commandConfig, t.servers)
	case t.servers != "":
		return profile.FromServers(t.servers)
	}
	return cfg.CurrentContext()
}

// Resolve returns the context named target, or else, if target has a
// colon, dot or comma, the cluster at these servers.
func Resolve(cfg *profile.Config, target string) (profile.Context, error) {
	if ctx, found := cfg.Lookup(target); found {
		return ctx, nil
	}
	if strings.ContainsAny(target, ":.,") {
		return profile.FromServers(target)
	}
	ctx, err := Lookup(cfg, target)
	if err != nil {
		err = fmt.Errorf("%w; a server is written HOST:PORT", err)
	}
	return ctx, err
}

// Named returns the cluster that a command's one optional argument names,
// or else the properties file, or else the current context.
func Named(cfg *profile.Config, args []string, commandConfig string) (profile.Context, error) {
	if len(args) == 1 {
		return resolveTargetWith(cfg, args[0], commandConfig)
	}
	flags := Flags{commandConfig: commandConfig}
	return flags.resolve(cfg)
}

// resolveTargetWith is Resolve with the settings of a Java properties
// file, unless commandConfig is ""; target is then a list of servers.
func resolveTargetWith(cfg *profile.Config, target, commandConfig string) (profile.Context, error) {
	if commandConfig == "" {
		return Resolve(cfg, target)
	}
	if _, found := cfg.Lookup(target); found {
		return profile.Context{}, fmt.Errorf("context %s has its own settings and takes no --command-config; name servers or leave the flag out", target)
	}
	return FromCommandConfig(commandConfig, target)
}

// FromCommandConfig reads a Java properties file. As in Kafka's own tools,
// servers from the command line win over bootstrap.servers, and relative
// paths start from the working directory.
func FromCommandConfig(path, servers string) (profile.Context, error) {
	ctx, err := readProperties(path)
	if err != nil {
		return profile.Context{}, fmt.Errorf("command config %s: %s", path, strings.ReplaceAll(withoutPath(err).Error(), "\n", "; "))
	}
	if servers != "" {
		if ctx.BootstrapServers, err = profile.ParseServers(servers); err != nil {
			return profile.Context{}, err
		}
	}
	if len(ctx.BootstrapServers) == 0 {
		return profile.Context{}, fmt.Errorf("command config %s has no bootstrap.servers; name them with --bootstrap-server HOST:PORT", path)
	}
	return ctx, nil
}

func readProperties(path string) (profile.Context, error) {
	dir, err := os.Getwd()
	if err != nil {
		return profile.Context{}, err
	}
	return profile.LoadProperties(path, dir)
}

// withoutPath drops the path, which the caller names.
func withoutPath(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Lookup is the context of that name. The error names what was likely meant.
func Lookup(cfg *profile.Config, name string) (profile.Context, error) {
	if ctx, found := cfg.Lookup(name); found {
		return ctx, nil
	}
	names := cfg.Names()
	if len(names) == 0 {
		return profile.Context{}, fmt.Errorf("there is no context %q, nor any other; add one with: kdeck context add", name)
	}
	if near := kafka.Nearest(name, names); len(near) > 0 {
		return profile.Context{}, fmt.Errorf("there is no context %q; did you mean %s? (there are: %s)", name, near[0], strings.Join(names, ", "))
	}
	return profile.Context{}, fmt.Errorf("there is no context %q; there are: %s", name, strings.Join(names, ", "))
}
