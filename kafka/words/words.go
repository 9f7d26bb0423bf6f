// Package words puts counts, lists and quotations into sentences, for messages of the
// kernel, of commands and of the console alike. It is pure and imports nothing of
// kdeck. Text that it is given may come from a cluster; it does not make it safe to
// print.
package words

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Count is a number with its thousands separated by commas, as in 1,204.
func Count[I ~int | ~int32 | ~int64](n I) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	out := make([]byte, 0, len(digits)+len(digits)/3)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, digits[i])
	}
	return sign + string(out)
}

// Plural is a count with its noun, as in "1 partition" or "1,204 partitions".
func Plural[I ~int | ~int32 | ~int64](n I, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Or lists alternatives, as in "all, 1 or 0".
func Or(names ...string) string { return join(names, " or ") }

// And lists what belongs together, as in "orders, stock and mail".
func And(names ...string) string { return join(names, " and ") }

func join(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	end := len(names) - 1
	return strings.Join(names[:end], ", ") + last + names[end]
}

// Some lists the first few of many names and counts the rest, as in "a, b and 3
// more". most is at least 1.
func Some(names []string, most int) string {
	if len(names) <= most {
		return And(names...)
	}
	return strings.Join(names[:most], ", ") + " and " + Count(len(names)-most) + " more"
}

// Shorten cuts text that is quoted in a sentence to at most so many bytes, which it
// marks with "…".
func Shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// OneLine joins the lines of a text, such as that of errors.Join, with semicolons.
func OneLine(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}

// Wrap breaks a text between words into lines of at most so many runes. A word that is
// longer has a line of its own.
func Wrap(s string, most int) string {
	var out strings.Builder
	column := 0
	for _, word := range strings.Fields(s) {
		width := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+width > most:
			out.WriteByte('\n')
			column = 0
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += width
	}
	return out.String()
}
