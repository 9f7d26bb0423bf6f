package produce

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
)

// readItems reads an input to its end.
func readItems(t testing.TB, in Input) (items []Item) {
	t.Helper()
	for {
		batch, err := in.Read(make([]Item, 0, 3))
		items = append(items, batch...)
		if errors.Is(err, io.EOF) {
			return items
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(batch) == 0 {
			t.Fatal("neither an item nor an error")
		}
	}
}

// shown is an item on one line.
func shown(item Item) string {
	if item.Err != nil {
		return "! " + item.Err.Error()
	}
	part := func(data []byte) string {
		if data == nil {
			return "null"
		}
		return string(data)
	}
	var headers []string
	for _, h := range item.Message.Headers {
		headers = append(headers, h.Key+"="+part(h.Value))
	}
	return strings.Join(headers, " ") + "|" + part(item.Message.Key) + "|" + part(item.Message.Value)
}

func TestLines(t *testing.T) {
	keyed := LineFormat{KeySeparator: ":", NullMarker: "NULL"}
	full := LineFormat{KeySeparator: "\t", Headers: true, NullMarker: "-"}
	for _, tc := range []struct {
		format LineFormat
		input  string
		want   []string
	}{
		{LineFormat{}, "", nil},
		{LineFormat{}, "\n", []string{"|null|"}},
		{LineFormat{}, "one\ntwo\r\n\nlast", []string{"|null|one", "|null|two", "|null|", "|null|last"}},
		{LineFormat{}, "\xff\xfe\r\r\n", []string{"|null|\xff\xfe\r"}},
		{LineFormat{}, "NULL\n", []string{"|null|NULL"}},
		{keyed, "k:v:w\n:v\nk:\nNULL:NULL\nNULL\n", []string{"|k|v:w", "||v", "|k|", "|null|null", "! it has no key"}},
		{full, "h:1,g:a:b,e:,n:-\tk\tv\n", []string{"h=1 g=a:b e= n=null|k|v"}},
		{full, "\tk\tv\n-\tk\t-\n", []string{"|k|v", "|k|null"}},
		{full, "h:1\nh\tk\tv\nh:1\tv\n", []string{"! it has no TAB", `! its header "h" has no colon`, "! it has no key"}},
		{LineFormat{Headers: true}, "h:1\tv\tw\n", []string{"h=1|null|v\tw"}},
	} {
		for name, from := range map[string]io.Reader{
			"whole": strings.NewReader(tc.input), "bytes": iotest.OneByteReader(strings.NewReader(tc.input)), "with its end": iotest.DataErrReader(strings.NewReader(tc.input)),
		} {
			items := readItems(t, NewLines(from, tc.format))
			if len(items) != len(tc.want) {
				t.Errorf("%q, %s: %d items, want %d", tc.input, name, len(items), len(tc.want))
				continue
			}
			for i, item := range items {
				if got := shown(item); item.Line != int64(i+1) || !strings.HasPrefix(got, tc.want[i]) || item.Err == nil && got != tc.want[i] {
					t.Errorf("%q, %s: line %d is %q, want %q", tc.input, name, item.Line, got, tc.want[i])
				}
			}
		}
	}
}

// TestWhatHasArrivedIsNotHeldBack: a line that is not whole makes none wait that is.
func TestWhatHasArrivedIsNotHeldBack(t *testing.T) {
	reader, writer := io.Pipe()
	defer writer.Close()
	in := NewLines(reader, LineFormat{})
	go func() { _, _ = writer.Write([]byte("one\ntwo\nthr")) }() // the reader may be gone
	items, err := in.Read(make([]Item, 0, 10))
	if err != nil || len(items) != 2 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	go func() { _, _ = writer.Write([]byte("ee\n")) }()
	if items, err = in.Read(items[:0]); err != nil || len(items) != 1 || string(items[0].Message.Value) != "three" || items[0].Line != 3 {
		t.Errorf("%+v, %v", items, err)
	}
}

// endless is a line without an end, up to a number of bytes.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	clear(p[:n])
	e.left -= n
	return n, nil
}

func TestLongLines(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 10<<20)
	items := readItems(t, NewLines(io.MultiReader(bytes.NewReader(long), strings.NewReader("\nshort\n")), LineFormat{}))
	if len(items) != 2 || !bytes.Equal(items[0].Message.Value, long) || string(items[1].Message.Value) != "short" {
		t.Errorf("%d items", len(items))
	}
	items = readItems(t, NewLines(io.MultiReader(&endless{mostLine + 5}, strings.NewReader("\nshort")), LineFormat{}))
	if len(items) != 2 || !errors.Is(items[0].Err, errLongLine) || items[1].Line != 2 || string(items[1].Message.Value) != "short" {
		t.Errorf("%d items, the first: %v", len(items), items[0].Err)
	}
	if items = readItems(t, NewLines(&endless{mostLine + 5}, LineFormat{})); len(items) != 1 || items[0].Err == nil {
		t.Errorf("%d items", len(items))
	}
}

// TestMessagesOutliveTheirLine: nothing is read over what has been handed out.
func TestMessagesOutliveTheirLine(t *testing.T) {
	input := strings.Repeat("k:first\nk:second\nk:"+strings.Repeat("third", 500)+"\n", 500)
	items := readItems(t, NewLines(iotest.HalfReader(strings.NewReader(input)), LineFormat{KeySeparator: ":"}))
	for i := range items {
		items[i].Message.Key = append(items[i].Message.Key, "and more than there is room for"...)
	}
	for i, item := range items {
		if want := []string{"first", "second", strings.Repeat("third", 500)}[i%3]; string(item.Message.Value) != want {
			t.Fatalf("line %d is %q", i+1, item.Message.Value)
		}
	}
	if len(items) != 1500 {
		t.Errorf("%d items", len(items))
	}
}

func TestAReadThatFails(t *testing.T) {
	broken := errors.New("broken")
	in := NewLines(io.MultiReader(strings.NewReader("one\ntw"), iotest.ErrReader(broken)), LineFormat{})
	var items []Item
	var err error
	for err == nil {
		var batch []Item
		batch, err = in.Read(make([]Item, 0, 1))
		items = append(items, batch...)
	}
	if !errors.Is(err, broken) || len(items) != 2 {
		t.Errorf("%d items, %v", len(items), err)
	}
	if _, err := NewRaw(iotest.ErrReader(broken), 1).Read(make([]Item, 0, 1)); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestRaw(t *testing.T) {
	items := readItems(t, NewRaw(strings.NewReader("a\nb\r\n\xff"), 7))
	if len(items) != 7 || items[6].Line != 7 || string(items[6].Message.Value) != "a\nb\r\n\xff" {
		t.Errorf("%+v", items)
	}
	if items = readItems(t, NewRaw(strings.NewReader(""), 1)); len(items) != 1 || items[0].Message.Value == nil {
		t.Errorf("nothing is an empty value: %+v", items)
	}
	if _, err := NewRaw(&endless{mostLine + 1}, 1).Read(make([]Item, 0, 1)); !errors.Is(err, errLongLine) {
		t.Error(err)
	}
}

func TestParseHeader(t *testing.T) {
	if h, err := ParseHeader("a=b=c"); err != nil || h.Key != "a" || string(h.Value) != "b=c" {
		t.Errorf("%+v, %v", h, err)
	}
	for _, wrong := range []string{"a", "=b", ""} {
		if _, err := ParseHeader(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// FuzzLines looks for input that breaks the parsers, or that they lose.
func FuzzLines(f *testing.F) {
	f.Add([]byte("h:1,g:\tk\tv\r\n\n\xff"), "\t", true, "-")
	f.Add([]byte(`{"key":"a","value":{"base64":"/w=="},"headers":[{"key":"h","value":null}]}`), "", false, "")
	f.Add([]byte(`{"key":{"n":1},"value":"\ud800","valueForm":"int64","partition":3}`), "", false, "")
	f.Fuzz(func(t *testing.T, data []byte, separator string, headers bool, null string) {
		lines := readItems(t, NewLines(bytes.NewReader(data), LineFormat{KeySeparator: separator, Headers: headers, NullMarker: null}))
		if want := bytes.Count(data, []byte("\n")) + map[bool]int{true: 1}[len(data) > 0 && data[len(data)-1] != '\n']; len(lines) != want {
			t.Errorf("%d items of %d lines", len(lines), want)
		}
		s, err := serde.New(serde.Config{})
		if err != nil {
			t.Fatal(err)
		}
		e := NewEncoder(s, "orders", serde.Spec{}, serde.Spec{})
		for _, item := range append(lines, readItems(t, NewJSONLines(bytes.NewReader(data), JSONFormat{true, true}))...) {
			if item.Err == nil {
				item.Err = e.Encode(t.Context(), &item)
			}
			if item.Err != nil && item.Err.Error() == "" {
				t.Error("an error without words")
			}
		}
	})
}

// same reports whether a message is the record that it was read from.
func same(m Message, rec *kgo.Record) bool {
	equal := func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
	if !equal(m.Key, rec.Key) || !equal(m.Value, rec.Value) || len(m.Headers) != len(rec.Headers) {
		return false
	}
	for i, h := range m.Headers {
		if h.Key != rec.Headers[i].Key || !equal(h.Value, rec.Headers[i].Value) {
			return false
		}
	}
	return true
}
