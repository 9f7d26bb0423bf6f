package javaprops

import (
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		want       []Entry
	}{
		{"nothing", "", nil},
		{"comments and blank lines", "# a=b\n ! c\n\n \t\f\n", nil},
		{"separators", "a=1\nb: 2\nc 3\nd = 4\ne\t:\t5\nf", []Entry{{"a", "1", 1}, {"b", "2", 2}, {"c", "3", 3}, {"d", "4", 4}, {"e", "5", 5}, {"f", "", 6}}},
		{"only the first separator counts", "a==1\nb=c=d\ne : = f", []Entry{{"a", "=1", 1}, {"b", "c=d", 2}, {"e", "= f", 3}}},
		{"space at the end stays", "a = 1 \t", []Entry{{"a", "1 \t", 1}}},
		{"comment signs in values", "a=1 # no comment\nb=!", []Entry{{"a", "1 # no comment", 1}, {"b", "!", 2}}},
		{"escaped separators", `a\=b\:c\ d = 1`, []Entry{{"a=b:c d", "1", 1}}},
		{"escapes", `a=\t\n\r\f\\\"\x`, []Entry{{"a", "\t\n\r\f\\\"x", 1}}},
		{"unicode", `a=\u00e9\u96C6\ud83d\ude00`, []Entry{{"a", "é集😀", 1}}},
		{"half of a pair", `a=\ud83d`, []Entry{{"a", "\uFFFD", 1}}},
		{"Latin-1", "a=caf\xe9", []Entry{{"a", "café", 1}}},
		{"continued", "a=1,\\\n   2,\\\n\t3\nb=4", []Entry{{"a", "1,2,3", 1}, {"b", "4", 4}}},
		{"no comment in a continued line", "a=1\\\n#2", []Entry{{"a", "1#2", 1}}},
		{"even backslashes end a line", "a=1\\\\\nb=2", []Entry{{"a", `1\`, 1}, {"b", "2", 2}}},
		{"continued by nothing", "a=1\\", []Entry{{"a", "1", 1}}},
		{"line ends", "a=1\r\nb=2\rc=3", []Entry{{"a", "1", 1}, {"b", "2", 2}, {"c", "3", 3}}},
		{"no expansion", "a=${b}\nb=${env:HOME}", []Entry{{"a", "${b}", 1}, {"b", "${env:HOME}", 2}}},
		{"twice", "a=1\na=2", []Entry{{"a", "1", 1}, {"a", "2", 2}}},
		{"no key", "=1", []Entry{{"", "1", 1}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(strings.NewReader(test.text))
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("Parse(%q) = %+v, %v, want %+v", test.text, got, err, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"a=1\nb=\\u12":                  "line 2: \\u needs four",
		"a=\\uzzzz":                     "line 1: \\u needs four",
		"\\u00=1":                       "line 1: \\u needs four",
		strings.Repeat("a", maxBytes+1): "more than 4 MiB",
	} {
		if got, err := Parse(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse = %+v, %v, want %q", got, err, want)
		}
	}
	if _, err := Parse(iotest.ErrReader(iotest.ErrTimeout)); err == nil {
		t.Error("a failing reader is no error")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a=1\\\n 2\nb:\\u0041\r# c\nd\\ e f")
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
		for i, entry := range entries {
			if entry.Line < 1 || entry.Line > lines || i > 0 && entry.Line <= entries[i-1].Line {
				t.Fatalf("entry %d of %q is on line %d of %d", i, text, entry.Line, lines)
			}
		}
	})
}
