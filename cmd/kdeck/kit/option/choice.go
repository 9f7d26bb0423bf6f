// Package option has the values of flags that commands share.
package option

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kdeck/kdeck/kafka/words"
)

// Choice is the value of a flag that takes one of a few words. It refuses others.
type Choice struct {
	words    []string
	synonyms map[string]string // to the word that each stands for
	chosen   string
}

// OneOf is a choice of words, the first of which is the default.
func OneOf(words ...string) Choice { return Choice{words: words, chosen: words[0]} }

// Or is the choice with another default, which is one of its words.
func (c Choice) Or(word string) Choice {
	c.chosen = word
	return c
}

// Also is the choice that takes synonym, which no help mentions, for one of its words.
func (c Choice) Also(synonym, word string) Choice {
	c.synonyms = map[string]string{synonym: word}
	return c
}

// Words are what can be chosen.
func (c *Choice) Words() []string { return c.words }

// Is reports whether word is chosen.
func (c *Choice) Is(word string) bool { return c.chosen == word }

// String is the word that is chosen. It is part of pflag.Value.
func (c *Choice) String() string { return c.chosen }

// Type is part of pflag.Value.
func (c *Choice) Type() string { return "word" }

// Set is part of pflag.Value.
func (c *Choice) Set(word string) error {
	if meant, ok := c.synonyms[word]; ok {
		word = meant
	}
	if !slices.Contains(c.words, word) {
		return errors.New("want " + words.Or(c.words...))
	}
	c.chosen = word
	return nil
}

// Register adds a flag that takes the choice, with completion. usage says what is
// chosen; the words follow it. It begins with an ordinary word: help capitalises the
// first one.
func (c *Choice) Register(cmd *cobra.Command, name, shorthand, usage string) {
	cmd.Flags().VarP(c, name, shorthand, usage+": "+words.Or(c.words...))
	Complete(cmd, name, cobra.FixedCompletions(c.words, cobra.ShellCompDirectiveNoFileComp))
}

// Complete sets the completion of a flag that exists.
func Complete(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // the flag is not there: a mistake in this program
	}
}

// Explain says of an error of the flags of a command which flag has which wrong
// value, and what it wants. It is for cobra.Command.SetFlagErrorFunc.
func Explain(_ *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	return fmt.Errorf("--%s %q: %w", invalid.GetFlag().Name, invalid.GetValue(), wanted(invalid.Unwrap()))
}

// wanted says what a number or a switch wants, in words of its own.
func wanted(cause error) error {
	var number *strconv.NumError
	switch {
	case !errors.As(cause, &number):
		return cause
	case errors.Is(number.Err, strconv.ErrRange):
		return errors.New("the number is out of range")
	case number.Func == "ParseBool":
		return errors.New("want true or false")
	}
	return errors.New("want a number")
}
