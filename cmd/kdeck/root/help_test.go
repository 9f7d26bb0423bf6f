package root

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
)

// TestHelpShowsValuesAsTheyAreTyped: fang writes the first word of every description as
// a title, "json" as "Json" and "TLS" as "Tls", so no description begins with a value, a
// placeholder or an acronym. Everything else is there to the letter.
func TestHelpShowsValuesAsTheyAreTyped(t *testing.T) {
	t.Setenv("__FANG_TEST_WIDTH", "1000")
	described := 0
	for _, cmd := range commands(Command("")) {
		var help bytes.Buffer
		root := Command("")
		root.SetOut(&help)
		root.SetArgs(append(strings.Fields(cmd.CommandPath())[1:], "--help"))
		if err := fang.Execute(t.Context(), root); err != nil {
			t.Fatal(err)
		}
		shown := strings.Join(strings.Fields(help.String()), " ")
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			described++
			first, _ := strings.CutPrefix(f.Usage, " ")
			title := string(unicode.ToUpper(rune(first[0]))) + first[1:]
			if !strings.Contains(shown, "--"+f.Name+" "+title) {
				t.Errorf("%s --help does not say %q", cmd.CommandPath(), "--"+f.Name+" "+title)
			}
			words := []string{f.DefValue}
			if choice, ok := f.Value.(interface{ Words() []string }); ok {
				words = append(words, choice.Words()...)
			}
			if word, _, _ := strings.Cut(f.Usage, " "); slices.Contains(words, strings.Trim(word, ",:")) {
				t.Errorf("%s: the description of --%s begins with the value %s", cmd.CommandPath(), f.Name, word)
			}
		})
	}
	if described < 100 {
		t.Errorf("only %d flags were looked at", described)
	}
}

// TestFlagsAreWrappedInTheirColumn, with what fang adds to the last line.
func TestFlagsAreWrappedInTheirColumn(t *testing.T) {
	flags := pflag.NewFlagSet("x", pflag.ContinueOnError)
	flags.StringP("output", "o", "table", "print the rows as one of these: table, json or yaml")
	flags.Bool("isolation", false, "short")
	wrapFlags(flags, 40) // 11 for the flags and 6 around them; 24 is the least
	if got, want := flags.Lookup("output").Usage, "print the rows as one of\nthese: table, json or\nyaml"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := flags.Lookup("isolation").Usage; got != "short" {
		t.Errorf("got %q", got)
	}
	flags = pflag.NewFlagSet("x", pflag.ContinueOnError)
	flags.String("output", "a-long-default", "print the rows as text")
	wrapFlags(flags, 40)
	if got, want := flags.Lookup("output").Usage, "print the rows as text\n"; got != want { // fang's default follows
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestEveryCommandIsDocumented: each has a short text and an example, and nothing of
// them is wrapped or cut on a terminal of 80 columns.
func TestEveryCommandIsDocumented(t *testing.T) {
	for _, cmd := range commands(Command("")) {
		if cmd.Short == "" || cmd.Example == "" {
			t.Errorf("%s has no short text or no example", cmd.CommandPath())
		}
		if !strings.Contains(cmd.Example, "kdeck") {
			t.Errorf("%s: the example is %q", cmd.CommandPath(), cmd.Example)
		}
		const textColumns, exampleColumns = 78, 74 // what fang leaves of 80
		for line := range strings.Lines(cmd.Long) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > textColumns {
				t.Errorf("%s: %d columns: %s", cmd.CommandPath(), n, line)
			}
		}
		for line := range strings.Lines(cmd.Example) {
			if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > exampleColumns {
				t.Errorf("%s: the example has %d columns: %s", cmd.CommandPath(), n, line)
			}
		}
	}
}

// commands are a command and all below it.
func commands(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		all = append(all, commands(sub)...)
	}
	return all
}

var _ interface{ Words() []string } = (*option.Choice)(nil)
