package records

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// regexpIn returns what stands between two slashes, and the flags after them.
func regexpIn(text string) (pattern, flags string, ok bool) {
	body, ok := strings.CutPrefix(text, "/")
	if !ok {
		return "", "", false
	}
	if insensitive, ok := strings.CutSuffix(body, "/i"); ok && insensitive != "" {
		return insensitive, "(?i)", true
	}
	body, ok = strings.CutSuffix(body, "/")
	return body, "", ok && body != ""
}

func newRegexp(text, pattern, flags string) (*Filter, error) {
	re, err := regexp.Compile(flags + pattern)
	var wrong *syntax.Error
	if errors.As(err, &wrong) {
		column := 1 // after the slash
		if i := strings.Index(pattern, wrong.Expr); i > 0 {
			column += utf8.RuneCountInString(pattern[:i])
		}
		return nil, &Mistake{Column: column, Text: wrong.Code.String() + ": " + wrong.Expr}
	}
	if err != nil {
		return nil, &Mistake{Column: 1, Text: err.Error()}
	}
	f := &Filter{text: text, kind: Regexp, headers: true}
	if parsed, err := syntax.Parse(flags+pattern, syntax.Perl); err == nil {
		f.mark = required(parsed)
	}
	if f.mark != "" {
		f.must = makeNeedle(f.mark, true)
	}
	f.test = anyPart(re.Match)
	return f, nil
}

// required is the longest text that stands in everything that an expression
// matches, as far as it is easily seen.
func required(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		// U+FFFD matches every byte that is not UTF-8.
		if re.Flags&syntax.FoldCase == 0 && !slices.Contains(re.Rune, utf8.RuneError) {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		longest := ""
		for _, sub := range re.Sub {
			if s := required(sub); len(s) > len(longest) {
				longest = s
			}
		}
		return longest
	}
	return ""
}
