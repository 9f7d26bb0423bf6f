package root

import (
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kdeck/kdeck/kafka/words"
)

// wrapHelp lets the help of every command below root wrap the descriptions of its flags
// in their column. fang prints each on one line, which a terminal breaks anywhere.
func wrapHelp(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		cmd.SetHelpFunc(func(c *cobra.Command, args []string) {
			wrapFlags(c.Flags(), helpWidth())
			root.HelpFunc()(c, args) // that of fang, by then
		})
	}
}

// helpWidth is how wide fang writes: as the terminal, but 120 columns at most.
func helpWidth() int {
	const most = 120
	if width, _, err := term.GetSize(os.Stdout.Fd()); err == nil {
		return min(width, most)
	}
	return most
}

// wrapFlags wraps the descriptions of flags, which begin in the column where fang puts
// them: after four blanks, the longest flag, and two blanks.
func wrapFlags(flags *pflag.FlagSet, width int) {
	const around, fewest = 4 + 2, 24
	longest := 0
	flags.VisitAll(func(f *pflag.Flag) {
		name := len("--" + f.Name)
		if f.Shorthand != "" {
			name += len("-x ")
		}
		longest = max(longest, name)
	})
	column := max(width-around-longest, fewest)
	flags.VisitAll(func(f *pflag.Flag) {
		suffix := "" // what fang adds to the last line
		if d := f.DefValue; d != "" && d != "false" && d != "0" && d != "[]" {
			suffix = " (" + d + ")"
		}
		wrapped := words.Wrap(f.Usage+suffix, column)
		f.Usage = strings.TrimSuffix(strings.TrimSuffix(wrapped, suffix), strings.TrimPrefix(suffix, " "))
	})
}
