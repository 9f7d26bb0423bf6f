package text

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for _, tc := range []struct{ name, in, line, lines string }{
		{"plain", "orders.v1", "orders.v1", "orders.v1"},
		{"wide", "注文-主题", "注文-主题", "注文-主题"},
		{"escape sequence", "a\x1b[2Jb", "a␛[2Jb", "a␛[2Jb"},
		{"title by OSC", "\x1b]0;pwned\a", "␛]0;pwned␇", "␛]0;pwned␇"},
		{"C1 control", "a\u009b2Jb", "a\uFFFD2Jb", "a\uFFFD2Jb"},
		{"lines", "one\ntwo\r\nthree", "one⏎two⏎three", "one\ntwo\nthree"},
		{"lone return", "one\rtwo", "one␍two", "one␍two"},
		{"tab", "a\tb", "a b", "a    b"},
		{"delete", "a\x7f", "a␡", "a␡"},
		{"direction override", "abc\u202etxt.exe", "abc\uFFFDtxt.exe", "abc\uFFFDtxt.exe"},
		{"not UTF-8", "a\xff\xfeb", "a\uFFFD\uFFFDb", "a\uFFFD\uFFFDb"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Clean(tc.in); got != tc.line {
				t.Errorf("Clean(%q) = %q, want %q", tc.in, got, tc.line)
			}
			if got := CleanLines(tc.in); got != tc.lines {
				t.Errorf("CleanLines(%q) = %q, want %q", tc.in, got, tc.lines)
			}
		})
	}
}

// FuzzClean holds what every screen relies on: no control byte gets through,
// and what comes out is UTF-8.
func FuzzClean(f *testing.F) {
	f.Add("orders")
	f.Add("\x1b]52;c;aGk=\x07")
	f.Add("\u009d0;x\u009c\xff\n\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		for _, out := range []string{Clean(in), strings.ReplaceAll(CleanLines(in), "\n", "")} {
			if !utf8.ValidString(out) {
				t.Fatalf("%q became %q, which is not UTF-8", in, out)
			}
			for _, r := range out {
				if r < 0x20 || (r >= 0x7f && r <= 0x9f) || hidden(r) {
					t.Fatalf("%q became %q, which holds %U", in, out, r)
				}
			}
		}
	})
}

func TestFit(t *testing.T) {
	for _, tc := range []struct {
		in    string
		width int
		right bool
		want  string
	}{
		{"abc", 5, false, "abc  "},
		{"abc", 5, true, "  abc"},
		{"abcdef", 4, false, "abc…"},
		{"注文注文", 4, false, "注… "},
		{"abc", 0, false, ""},
	} {
		got := Fit(tc.in, tc.width, tc.right)
		if got != tc.want || Width(got) != tc.width {
			t.Errorf("Fit(%q, %d, %v) = %q (%d cells), want %q", tc.in, tc.width, tc.right, got, Width(got), tc.want)
		}
	}
}

func TestFormats(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{Count(0), "0"}, {Count(999), "999"}, {Count(1000), "1,000"}, {Count(int64(1234567)), "1,234,567"}, {Count(-1), Unknown},
		{Bytes(0), "0 B"}, {Bytes(1023), "1023 B"}, {Bytes(1024), "1.0 KiB"}, {Bytes(1 << 20), "1.0 MiB"}, {Bytes(1<<20 - 1), "1.0 MiB"}, {Bytes(-1), Unknown},
		{Bytes(math.MaxInt64), "8192.0 PiB"},
		{Rate(0), "0"}, {Rate(0.25), "0.2"}, {Rate(1234.4), "1,234"}, {Rate(-1), Unknown}, {Rate(math.NaN()), Unknown},
		{Duration(340 * time.Microsecond), "340µs"}, {Duration(1200 * time.Microsecond), "1.2ms"},
		{Duration(45 * time.Second), "45s"}, {Duration(200 * time.Second), "3m20s"},
		{Duration(5*time.Hour + 12*time.Minute), "5h12m"}, {Duration(7 * 24 * time.Hour), "7d"}, {Duration(-1), Unknown},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

func TestShortCount(t *testing.T) {
	for _, tc := range []struct {
		in    string
		width int
		want  string
	}{
		{"8,600,000", 9, "8,600,000"},
		{"10,250,000", 9, "10.2M"},
		{"10,250,000", 4, "10M"},
		{"999,960", 6, "1.0M"},
		{"123,456", 6, "123.5k"},
		{"9,223,372,036,854,775,807", 12, "9223372.0T"},
		{"–", 0, "–"},
		{"≥ 2,050 ↑", 5, "≥ 2,050 ↑"},
		{"orders", 3, "orders"},
	} {
		if got := ShortCount(tc.in, tc.width); got != tc.want {
			t.Errorf("ShortCount(%q, %d) = %q, want %q", tc.in, tc.width, got, tc.want)
		}
	}
}

func TestContainsFoldIsAsLowerCaseContains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringOfN(rapid.RuneFrom([]rune("aAbBzZ@[`{09İıKſéÉ\u212a")), 0, 4, -1)
		s, want := words.Draw(t, "s"), strings.ToLower(words.Draw(t, "want"))
		if got := ContainsFold(s, want); got != strings.Contains(strings.ToLower(s), want) {
			t.Fatalf("%q in %q: %t", want, s, got)
		}
	})
}
