package input

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"pgregory.net/rapid"
)

// slow reads pieces with a pause before each but the first, as over a slow line.
type slow struct {
	pieces [][]byte
	pause  time.Duration
	begun  bool
	guard  *Guard // nil is none
}

func (s *slow) Read(p []byte) (int, error) {
	if len(s.pieces) == 0 {
		time.Sleep(time.Second)
		return 0, io.EOF
	}
	if s.begun {
		time.Sleep(s.pause)
	}
	s.begun = true
	piece := s.pieces[0]
	s.pieces = s.pieces[1:]
	if s.guard == nil {
		return copy(p, piece), nil
	}
	pass, after := s.guard.Next(piece, time.Now())
	time.Sleep(after)
	return copy(p, pass), nil
}

// seen is what the library makes of what is read, in words.
func seen(t *testing.T, from io.Reader) string {
	t.Helper()
	events := make(chan uv.Event)
	go func() {
		defer close(events)
		if err := uv.NewTerminalReader(from, "xterm-256color").StreamEvents(context.Background(), events); err != nil {
			t.Error(err)
		}
	}()
	var words []string
	for event := range events {
		switch event := event.(type) {
		case uv.KeyPressEvent:
			words = append(words, event.String())
		case uv.PasteEvent:
			words = append(words, fmt.Sprintf("paste(%q)", event.Content))
		case uv.PasteStartEvent, uv.PasteEndEvent:
		default:
			words = append(words, fmt.Sprintf("%T", event))
		}
	}
	return strings.Join(words, " ")
}

const typed = "a" + pasteStart + "h\u00e9llo\nw\u00f6rld \U0001F600\x1b[31m" + pasteEnd + "q\x1b[1;5A\u00fc\x1b[<0;10;12M\x1b[?2027;2$yz"

// TestAPasteSurvivesEverySplit reads it in two pieces, torn at every byte, at once or
// 150 ms apart: nothing of it acts as a key, and the keys after it are keys.
func TestAPasteSurvivesEverySplit(t *testing.T) {
	const want = `a paste("héllo\nwörld 😀[31m") q ctrl+up ü uv.MouseClickEvent uv.ModeReportEvent z`
	for _, pause := range []time.Duration{0, 30 * time.Millisecond, 150 * time.Millisecond} {
		for at := range len(typed) {
			synctest.Test(t, func(t *testing.T) {
				got := seen(t, &slow{pieces: [][]byte{[]byte(typed[:at]), []byte(typed[at:])}, pause: pause, guard: &Guard{}})
				for _, key := range []string{"esc ", "alt+[ ", "uv.UnknownEvent "} { // what may be a key has been one by now
					got = strings.Replace(got, key, "", 1)
				}
				if got != want {
					t.Errorf("torn at %d (%q), %s apart: %s", at, typed[:at], pause, got)
				}
			})
		}
	}
}

// TestAPasteWhoseEndIsLost ends with ctrl+c, which works then.
func TestAPasteWhoseEndIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pieces := [][]byte{[]byte(pasteStart + "text"), []byte("x"), {ctrlC}, []byte("q")}
		if got := seen(t, &slow{pieces: pieces, pause: time.Second, guard: &Guard{}}); got != `paste("textx") ctrl+c q` {
			t.Errorf("seen: %s", got)
		}
	})
}

// TestKeysComeAtOnce: no key waits for another one.
func TestKeysComeAtOnce(t *testing.T) {
	for _, key := range []string{
		"\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1bO", "\x1bOP", "\x1b[A", "\x1b[5~", "\x1b\x1b[A", "\x1b[27;5;9~", "\x1b[97;5u", "[", "2", "\x03", "é", "\x1bé", "\x00",
	} {
		var g Guard
		if pass, after := g.Next([]byte(key), time.Now()); string(pass) != key || after != 0 {
			t.Errorf("%q passes %q after %s", key, pass, after)
		}
	}
}

// TestNothingIsLost reads any bytes in any pieces: all of them are passed on but for
// escape characters within pastes, and nothing is held for ever.
func TestNothingIsLost(t *testing.T) {
	parts := rapid.SampledFrom([]string{pasteStart, pasteEnd, "\x1b", "[", "2", "0", "1", "~", "x", "é", "\xf0\x9f", "\x1b]11;rgb:1/2/3\x1b\\", "\x1bP1$r", "\a", "\x03"})
	rapid.Check(t, func(rt *rapid.T) {
		var g Guard
		now := time.Unix(0, 0)
		var in, out []byte
		for range rapid.IntRange(1, 12).Draw(rt, "reads") {
			piece := []byte(strings.Join(rapid.SliceOfN(parts, 1, 4).Draw(rt, "piece"), ""))
			pass, after := g.Next(piece, now)
			if after < 0 || after > upstream {
				rt.Fatalf("waits %s", after)
			}
			in, out = append(in, piece...), append(out, pass...)
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(rt, "ms")) * time.Millisecond)
			if len(g.held) > answerMost {
				rt.Fatalf("holds %d bytes", len(g.held))
			}
		}
		out = append(out, g.held...)
		for _, b := range []byte("x2~\x03é") { // markers may be added or cut; text never
			if n, m := bytes.Count(in, []byte{b}), bytes.Count(out, []byte{b}); b == 'x' && n != m || m < n {
				rt.Fatalf("%q: %d of %q in, %d out", in, n, b, m)
			}
		}
	})
}

func FuzzGuard(f *testing.F) {
	f.Add([]byte(typed), 3, int64(150))
	f.Fuzz(func(t *testing.T, data []byte, size int, ms int64) {
		var g Guard
		now := time.Unix(0, 0)
		var out []byte
		for piece := range slices.Chunk(data, max(1, size)) {
			pass, after := g.Next(piece, now)
			if after < 0 || after > upstream || len(g.held) > answerMost {
				t.Fatalf("waits %s, holds %d bytes", after, len(g.held))
			}
			out = append(out, pass...)
			now = now.Add(time.Duration(ms%10_000) * time.Millisecond)
		}
		if len(out) > 7*len(data) {
			t.Fatalf("%d bytes became %d", len(data), len(out))
		}
	})
}
