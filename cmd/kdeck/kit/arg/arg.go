// Package arg checks the arguments of commands.
package arg

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/kafka"
)

// ExactlyOne accepts one argument, called what in the usage of the command.
func ExactlyOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return Wrong(cmd, "one "+what, len(args))
	}
}

// Wrong is the error of a command that wants other arguments than the given number.
func Wrong(cmd *cobra.Command, want string, given int) error {
	return fmt.Errorf("give %s, not %d: %s", want, given, cmd.UseLine())
}

// AtLeast accepts n arguments or more; what says which they are.
func AtLeast(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= n {
			return nil
		}
		return fmt.Errorf("give %s: %s", what, cmd.UseLine())
	}
}

// AtMostOne accepts no or one argument.
func AtMostOne(cmd *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return fmt.Errorf("give at most one argument, not %d: %s", len(args), cmd.UseLine())
}

// None accepts no argument, and names the commands that were likely meant by
// one.
func None(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return fmt.Errorf("%s takes no argument, but was given %q; see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	unknown := fmt.Sprintf("%s has no command %q", cmd.CommandPath(), args[0])
	if near := kafka.Nearest(args[0], names); len(near) > 0 {
		return fmt.Errorf("%s; did you mean %s?", unknown, near[0])
	}
	return fmt.Errorf("%s; there are: %s", unknown, strings.Join(names, ", "))
}
