// Package input keeps what a terminal sends from being torn apart on its way to the
// update loop, and takes the traps out of the text fields of the library.
package input

import (
	"bytes"
	"slices"
	"time"
	"unicode/utf8"
)

// How a paste is framed by a terminal in bracketed paste mode (DEC mode 2004).
const (
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

const (
	// sequenceMost bounds what is held back of a key or mouse report, and answerMost of
	// an answer to a question about colours or modes.
	sequenceMost = 64
	answerMost   = 1 << 10
	// heldMost is how long an answer that never ends is held back.
	heldMost = 2 * time.Second
	// upstream is when the reader of the library gives up waiting for the rest of an
	// escape sequence: uv.DefaultEscTimeout is 50 ms, and may pass twice.
	upstream = 110 * time.Millisecond
	// soon is when it surely has not.
	soon = 20 * time.Millisecond
)

// Guard passes on what a terminal sends, so that no sequence is torn apart.
//
// The reader of ultraviolet (v0.0.0-20260811164956-006e29f97886, used by Bubble Tea
// 2.0.10) takes what has come after 50 ms for the whole of an escape sequence, also
// within a paste. A paste whose end marker comes in two reads never ends, and takes in
// every later key; one whose start marker does types its text as keys; the rest of
// other sequences is typed too. So incomplete ones are held back here until their rest
// comes, which is always under way, unless a key may be all there is to come: escape,
// and alt with a bracket.
type Guard struct {
	pasting bool
	held    []byte
	since   time.Time // when held was begun
	// lone is how much of a report or marker was passed on that may be a key, at the
	// time of at: escape, or escape and a bracket.
	lone int
	at   time.Time
}

// Next takes what was read, and returns what to pass on once a time has passed.
func (g *Guard) Next(read []byte, now time.Time) (pass []byte, after time.Duration) {
	data := read
	if len(g.held) > 0 {
		if g.pasting && len(read) == 1 && read[0] == ctrlC || !g.pasting && now.Sub(g.since) > heldMost {
			pass = append(pass, g.held...)
		} else {
			data = slices.Concat(g.held, read)
		}
		g.held = nil
	}
	if g.pasting && len(data) == 1 && data[0] == ctrlC {
		// Nobody pastes this by itself: the end of the paste was lost on the way.
		g.pasting = false
		return append(append(pass, pasteEnd...), ctrlC), 0
	}
	if g.lone > 0 {
		n, whole := torn(g.lone, data)
		switch late := now.Sub(g.at); {
		case n == 0 || late > heldMost:
		case !whole:
			g.held, g.since = bytes.Clone(data), now
			return pass, 0
		case late <= soon:
			pass, data = append(pass, data[:n]...), data[n:]
			g.pasting = string(pass) == pasteStart[g.lone:]
		default: // begun anew, once what came of it before is a key
			pass = append(append(pass, "\x1b["[:g.lone]...), data[:n]...)
			data, after = data[n:], max(0, upstream-late)
			g.pasting = string(pass) == pasteStart
		}
		g.lone = 0
	}
	for len(data) > 0 {
		marker := pasteStart
		if g.pasting {
			marker = pasteEnd
		}
		i := bytes.Index(data, []byte(marker))
		if i < 0 {
			break
		}
		pass = append(g.text(pass, data[:i]), marker...)
		data, g.pasting = data[i+len(marker):], !g.pasting
	}
	keep := g.incomplete(data)
	pass = g.text(pass, data[:len(data)-keep])
	if keep > 0 {
		g.held, g.since = bytes.Clone(data[len(data)-keep:]), now
		return pass, after
	}
	if n := len(pass); !g.pasting && n > 0 {
		switch {
		case pass[n-1] == esc:
			g.lone, g.at = 1, now
		case pass[n-1] == '[' && n > 1 && pass[n-2] == esc:
			g.lone, g.at = 2, now
		}
	}
	return pass, after
}

// torn returns how many bytes at the beginning are the rest of a key or mouse report of
// which so many bytes have come before, and whether it is whole; 0 where it is none. It
// has a parameter at least, and comes at once: people do not type that fast.
func torn(lone int, data []byte) (n int, whole bool) {
	if lone == 1 {
		if len(data) == 0 || data[0] != '[' {
			return 0, false
		}
		n = 1
	}
	params := n
	for n < len(data) && data[n] >= 0x20 && data[n] <= 0x3f {
		n++
	}
	switch {
	case len(data) < 2 || n == params || n > sequenceMost:
		return 0, false
	case n == len(data):
		return n, false
	}
	return n + 1, true
}

const (
	esc   = 0x1b
	ctrlC = 3
)

// text appends data, of a paste without escape characters: the reader would take what
// follows them for keys.
func (g *Guard) text(pass, data []byte) []byte {
	if !g.pasting {
		return append(pass, data...)
	}
	for _, b := range data {
		if b != esc {
			pass = append(pass, b)
		}
	}
	return pass
}

// incomplete returns how many bytes at the end are the beginning of something whose
// rest is under way.
func (g *Guard) incomplete(data []byte) int {
	if g.pasting {
		for n := min(len(data), len(pasteEnd)-1); n > 0; n-- {
			if string(data[len(data)-n:]) == pasteEnd[:n] {
				return n
			}
		}
		return partialRune(data)
	}
	i := bytes.LastIndexByte(data, esc)
	if i > 0 && i == len(data)-1 { // ESC \ ends an answer
		if j := bytes.LastIndexByte(data[:i], esc); j >= 0 && answering(data[j:i]) {
			return len(data) - j
		}
	}
	if i >= 0 && (reporting(data[i:]) || answering(data[i:])) {
		return len(data) - i
	}
	return partialRune(data)
}

// reporting reports whether a sequence is a key or mouse report without its end: CSI,
// and at least one parameter, which no key alone makes.
func reporting(seq []byte) bool {
	if len(seq) < 3 || len(seq) > sequenceMost || seq[1] != '[' {
		return false
	}
	for _, b := range seq[2:] {
		if b < 0x20 || b > 0x3f {
			return false
		}
	}
	return true
}

// answering reports whether a sequence is the answer to a question without its end: OSC
// or DCS as terminals answer with them, which no key makes.
func answering(seq []byte) bool {
	if len(seq) < 3 || len(seq) > answerMost {
		return false
	}
	osc := seq[1] == ']' && seq[2] >= '0' && seq[2] <= '9'
	dcs := seq[1] == 'P' && bytes.IndexByte([]byte("01>!+$"), seq[2]) >= 0
	return (osc || dcs) && bytes.IndexByte(seq, '\a') < 0
}

// partialRune returns how many bytes at the end are the beginning of a character.
func partialRune(data []byte) int {
	for n := 1; n <= min(len(data), utf8.UTFMax-1); n++ {
		b := data[len(data)-n]
		if utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(data[len(data)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
