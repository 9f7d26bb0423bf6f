package records

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"
)

// matcher finds records that hold a text in their key or value, ignoring case.
type matcher struct {
	lower []byte // the text in lower case
	first [2]byte
	ascii bool
}

func newMatcher(text string) matcher {
	m := matcher{lower: []byte(strings.ToLower(text)), ascii: true}
	for _, b := range m.lower {
		m.ascii = m.ascii && b < utf8.RuneSelf
	}
	if len(m.lower) > 0 {
		m.first = [2]byte{m.lower[0], upper(m.lower[0])}
	}
	return m
}

func upper(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}

func (m matcher) matches(rec *kgo.Record) bool { return m.in(rec.Key) || m.in(rec.Value) }

// in reports whether the text is in b. ASCII, which nearly every filter is, is
// found without a copy.
func (m matcher) in(b []byte) bool {
	if !m.ascii {
		return bytes.Contains(bytes.ToLower(b), m.lower)
	}
	n := len(m.lower)
	if n == 0 {
		return true
	}
	for i := range max(0, len(b)-n+1) {
		if c := b[i]; (c == m.first[0] || c == m.first[1]) && equalFoldASCII(b[i:i+n], m.lower) {
			return true
		}
	}
	return false
}

// equalFoldASCII compares b with a text in lower case of the same length.
func equalFoldASCII(b, lower []byte) bool {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
