// Package text makes untrusted text safe to show and fits text into columns.
//
// Everything that comes from a cluster (names, records, error strings) may hold
// bytes that move the cursor, change the title or paste commands into a
// terminal. Every such string passes through Clean or CleanLines before it is
// drawn or printed.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Clean returns s as one line without control, escape or direction-changing
// characters, and without bytes that are not UTF-8. What it takes out stays
// visible: a line feed shows as ⏎, a tab as a space, other C0 controls as their
// Unicode picture (ESC as ␛), and everything else as �.
func Clean(s string) string { return clean(s, false) }

// CleanLines is Clean for text of several lines: line feeds are kept, and tabs
// become four spaces.
func CleanLines(s string) string { return clean(s, true) }

func clean(s string, lines bool) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if run := printable(s[i:]); run > 0 {
			b.WriteString(s[i : i+run])
			i += run
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r == utf8.RuneError && size <= 1:
			b.WriteRune('\uFFFD')
		case r == '\n' && lines:
			b.WriteByte('\n')
		case r == '\n':
			b.WriteRune('⏎')
		case r == '\r' && strings.HasPrefix(s[i:], "\n"):
			// The line feed that follows stands for both.
		case r == '\t' && lines:
			b.WriteString("    ")
		case r == '\t':
			b.WriteByte(' ')
		case r < 0x20:
			b.WriteRune('␀' + r)
		case r == 0x7f:
			b.WriteRune('␡')
		case hidden(r):
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plain reports whether s is printable ASCII, as nearly all names are.
func plain(s string) bool { return printable(s) == len(s) }

// printable is the length of the printable ASCII that s begins with.
func printable(s string) int {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return i
		}
	}
	return len(s)
}

// ContainsFold reports whether s contains a text, ignoring case. lower is the text
// in lower case (strings.ToLower). A filter asks this of every cell of a table, so
// it makes no copy of ASCII.
func ContainsFold(s, lower string) bool {
	if lower == "" {
		return true
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return strings.Contains(strings.ToLower(s), lower)
		}
	}
	for i := 0; i+len(lower) <= len(s); i++ {
		if equalFold(s[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

// equalFold compares ASCII with a text of the same length in lower case.
func equalFold(s, lower string) bool {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// hidden reports whether r is invisible and could deceive: C1 controls, format
// characters (bidirectional overrides, zero-width joiners, tags), separators of
// lines and paragraphs, private use.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}

// Width returns how many terminal cells s takes; wide characters take two.
func Width(s string) int {
	if plain(s) {
		return len(s) // nearly all text, and far cheaper
	}
	return ansi.StringWidth(s)
}

// Fit returns s in exactly width cells: cut with an ellipsis, or padded with
// spaces on the right, or on the left when right is set.
func Fit(s string, width int, right bool) string {
	if width <= 0 {
		return ""
	}
	w := Width(s)
	if w > width {
		s = ansi.Truncate(s, width, "…")
		w = Width(s) // one less than width when a wide character was cut
	}
	if w >= width {
		return s
	}
	pad := strings.Repeat(" ", width-w)
	if right {
		return pad + s
	}
	return s + pad
}

// Cut returns s in at most width cells, ending with an ellipsis when it was
// longer.
func Cut(s string, width int) string { return ansi.Truncate(s, max(width, 0), "…") }
