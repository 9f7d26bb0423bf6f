package option

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/words"
)

// Several is the value of a flag that takes some of a few words, separated by commas
// and in any case. It refuses others.
type Several struct{ words, chosen []string }

// SomeOf is a choice of any of words, none of which is the default.
func SomeOf(words ...string) Several { return Several{words: words} }

// Words are what can be chosen.
func (s *Several) Words() []string { return s.words }

// Allows reports whether word is chosen, or none is.
func (s *Several) Allows(word string) bool {
	return len(s.chosen) == 0 || slices.Contains(s.chosen, word)
}

// String is part of pflag.Value.
func (s *Several) String() string { return strings.Join(s.chosen, ",") }

// Type is part of pflag.Value.
func (s *Several) Type() string { return "words" }

// Set is part of pflag.Value. It adds to what is chosen.
func (s *Several) Set(value string) error {
	for word := range strings.SplitSeq(value, ",") {
		word = strings.TrimSpace(word)
		i := slices.IndexFunc(s.words, func(w string) bool { return strings.EqualFold(w, word) })
		if i >= 0 {
			s.chosen = append(s.chosen, s.words[i])
			continue
		}
		if near := kafka.Nearest(word, s.words); len(near) > 0 {
			return fmt.Errorf("did you mean %s?", near[0])
		}
		return fmt.Errorf("want some of %s", words.And(s.words...))
	}
	return nil
}

// Register adds a flag that takes the choice, with completion. usage says what is
// chosen; the words follow it.
func (s *Several) Register(cmd *cobra.Command, name, usage string) {
	cmd.Flags().Var(s, name, usage+": "+strings.Join(s.words, ", "))
	Complete(cmd, name, cobra.FixedCompletions(s.words, cobra.ShellCompDirectiveNoFileComp))
}
