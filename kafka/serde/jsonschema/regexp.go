package jsonschema

import (
	"regexp"
	"time"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// matchTime bounds a match that goes back and forth: such expressions come from
// schemas, and may take exponential time.
const matchTime = 100 * time.Millisecond

// compileRegexp compiles a regular expression of ECMA-262, which JSON Schema has: by
// Go's engine, whose time is linear, and by another one what Go lacks, as (?!x).
func compileRegexp(text string) (jsonschema.Regexp, error) {
	if compiled, err := regexp.Compile(text); err == nil {
		return compiled, nil
	}
	compiled, err := regexp2.Compile(text, regexp2.ECMAScript|regexp2.Unicode)
	if err != nil {
		if compiled, err = regexp2.Compile(text, regexp2.None); err != nil {
			return nil, err
		}
	}
	compiled.MatchTimeout = matchTime
	return backtracking{compiled}, nil
}

type backtracking struct{ *regexp2.Regexp }

// MatchString is false also where it takes too long.
func (b backtracking) MatchString(s string) bool {
	fit, err := b.Regexp.MatchString(s)
	return err == nil && fit
}
