package words_test

import (
	"testing"

	"github.com/kdeck/kdeck/kafka/words"
)

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{words.Count(0), "0"},
		{words.Count(999), "999"},
		{words.Count(int64(1204)), "1,204"},
		{words.Count(int32(-1234567)), "-1,234,567"},
		{words.Plural(1, "group"), "1 group"},
		{words.Plural(0, "group"), "0 groups"},
		{words.Plural(12000, "group"), "12,000 groups"},
		{words.Or(), ""},
		{words.Or("table"), "table"},
		{words.Or("table", "json"), "table or json"},
		{words.And("a", "b", "c"), "a, b and c"},
		{words.Some([]string{"a", "b"}, 2), "a and b"},
		{words.Some([]string{"a", "b", "c", "d", "e"}, 2), "a, b and 3 more"},
		{words.Shorten("short", 5), "short"},
		{words.Shorten("aöz", 2), "a…"}, // not half of the ö
		{words.Wrap("a --flag-with-hyphens of öl", 7), "a\n--flag-with-hyphens\nof öl"},
		{words.Wrap("  of two  words ", 9), "of two\nwords"},
		{words.Wrap("", 9), ""},
		{words.OneLine("first\n\n second\n"), "first; second"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
