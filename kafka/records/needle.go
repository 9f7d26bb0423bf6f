package records

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// needle finds a text in bytes. One without capitals ignores case, as ripgrep's
// smart case does; it is the whole of a search for plain text, and tells for most
// other searches which batches need no parsing.
type needle struct {
	text  []byte // in lower case when case is ignored
	exact bool   // case counts, or there is none
	ascii bool
	// anchor is the place of the text's rarest byte: places where it stands are
	// found at the speed of memory, and few.
	anchor int
}

func newNeedle(text string) *needle {
	exact := strings.ToLower(text) != text || strings.ToUpper(text) == text
	return makeNeedle(text, exact)
}

func makeNeedle(text string, exact bool) *needle {
	n := &needle{text: []byte(text), exact: exact, ascii: true}
	for i, b := range n.text {
		n.ascii = n.ascii && b < utf8.RuneSelf
		if commonness(b) < commonness(n.text[n.anchor]) {
			n.anchor = i
		}
	}
	return n
}

// commonness is how often a byte occurs in JSON and English, about: higher is
// more often.
func commonness(b byte) int {
	return strings.IndexByte(`zqxjkvbpygfwmucldrhsnioat987654321e0_-/.:,"`, b)
}

// in reports whether the text is in b.
func (n *needle) in(b []byte) bool {
	switch {
	case n.exact:
		return bytes.Contains(b, n.text)
	case !n.ascii:
		return bytes.Contains(bytes.ToLower(b), n.text)
	}
	lower := n.text[n.anchor]
	upper := upperASCII(lower)
	// The anchor can stand in places[0:], which is b without what must be before
	// and after it.
	size := len(n.text)
	if len(b) < size {
		return false
	}
	places := b[n.anchor : len(b)-size+n.anchor+1]
	low, up := indexByte(places, lower, 0), -1
	if upper != lower {
		up = indexByte(places, upper, 0)
	}
	for low >= 0 || up >= 0 {
		at := low
		if low < 0 || up >= 0 && up < low {
			at = up
			up = indexByte(places, upper, at+1)
		} else {
			low = indexByte(places, lower, at+1)
		}
		if equalFoldASCII(b[at:at+size], n.text) {
			return true
		}
	}
	return false
}

// indexByte is the first place of c from a place on, or -1.
func indexByte(b []byte, c byte, from int) int {
	if i := bytes.IndexByte(b[from:], c); i >= 0 {
		return from + i
	}
	return -1
}

func upperASCII(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
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
