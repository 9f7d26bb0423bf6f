package produce

import (
	"bytes"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/tui/widget"
)

func newSerde(t *testing.T, masks ...serde.MaskRule) *serde.Serde {
	t.Helper()
	s, err := serde.New(serde.Config{Masks: masks})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// say types a text into a part; \n is enter, < backspace.
func say(t *testing.T, p *part, s string) (refused string) {
	t.Helper()
	p.area.Focus()
	for _, r := range s {
		key := tea.KeyPressMsg{Code: r, Text: string(r)}
		switch r {
		case '\n':
			key = tea.KeyPressMsg{Code: tea.KeyEnter}
		case '<':
			key = tea.KeyPressMsg{Code: tea.KeyBackspace}
		}
		var why string
		if why, _ = p.press(key); why != "" {
			refused = why
		}
	}
	return refused
}

// encodeAll is the message of a form as it would be sent.
func encodeAll(t *testing.T, s *serde.Serde, f *form) (produce.Message, error) {
	t.Helper()
	var sides [2][]byte
	for _, side := range []serde.Side{serde.Key, serde.Value} {
		part := &f.parts[side]
		switch {
		case part.absent:
		case f.asItWas(part):
			sides[side] = f.original(side)
		default:
			e := encodeNow(t.Context(), s, task{side: side, topic: f.topicName(), form: f.forms[side]}, part.text(), f.decoded(side))
			if e.err != nil {
				return produce.Message{}, e.err
			}
			sides[side] = e.data
		}
	}
	partition, _ := f.place([]int32{0, 1, 2}, sides[serde.Key], 0)
	return f.message(sides[serde.Key], sides[serde.Value], partition)
}

func TestAFormBecomesAMessage(t *testing.T) {
	s := newSerde(t)
	for name, tc := range map[string]struct {
		write func(f *form)
		want  produce.Message
		fails string
	}{
		"nothing": {func(*form) {}, produce.Message{Value: []byte{}}, ""},
		"text": {func(f *form) {
			say(t, &f.parts[serde.Key], "k")
			say(t, &f.parts[serde.Value], "a\nb")
			say(t, &f.parts[headersPart], "h=1\nn")
		}, produce.Message{Partition: produce.AnyPartition, Key: []byte("k"), Value: []byte("a\nb"), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("1")}, {Key: "n"}}}, ""},
		"an empty key": {func(f *form) { say(t, &f.parts[serde.Key], "k<") }, produce.Message{Partition: produce.AnyPartition, Key: []byte{}, Value: []byte{}}, ""},
		"a tombstone": {func(f *form) {
			say(t, &f.parts[serde.Value], "typed")
			f.parts[serde.Value].absent = true
		}, produce.Message{}, ""},
		"typing takes null back": {func(f *form) { f.parts[serde.Value].absent = true; say(t, &f.parts[serde.Value], "v") }, produce.Message{Value: []byte("v")}, ""},
		"a number": {func(f *form) {
			f.forms[serde.Value] = serde.Int16
			say(t, &f.parts[serde.Value], "258")
		}, produce.Message{Value: []byte{1, 2}}, ""},
		"no number": {func(f *form) {
			f.forms[serde.Value] = serde.Int16
			say(t, &f.parts[serde.Value], "x")
		}, produce.Message{}, "no int16"},
		"no JSON":   {func(f *form) { f.forms[serde.Value] = serde.JSON; say(t, &f.parts[serde.Value], "{\n}}") }, produce.Message{}, "2:2 "},
		"no header": {func(f *form) { say(t, &f.parts[headersPart], "=1") }, produce.Message{}, "headers: line 1"},
		"a chosen partition": {func(f *form) {
			f.partition = 2
			say(t, &f.parts[serde.Key], "k")
		}, produce.Message{Partition: 2, Key: []byte("k"), Value: []byte{}}, ""},
	} {
		f := newForm("orders", "")
		tc.write(f)
		m, err := encodeAll(t, s, f)
		if tc.fails != "" {
			if err == nil || !strings.Contains(err.Error(), tc.fails) {
				t.Errorf("%s: %v, want %q", name, err, tc.fails)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		same(t, name, m, tc.want)
	}
}

func same(t *testing.T, name string, got, want produce.Message) {
	t.Helper()
	ok := got.Partition == want.Partition && sameBytes(got.Key, want.Key) && sameBytes(got.Value, want.Value) && len(got.Headers) == len(want.Headers) && got.Timestamp.Equal(want.Timestamp)
	for i := 0; ok && i < len(got.Headers); i++ {
		ok = got.Headers[i].Key == want.Headers[i].Key && sameBytes(got.Headers[i].Value, want.Headers[i].Value)
	}
	if !ok {
		t.Errorf("%s: %+v, want %+v", name, got, want)
	}
}

// sameBytes tells empty from null.
func sameBytes(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }

// TestARecordIsSentAgainAsItWas looks at records that are read in every way: all of
// them are sent byte for byte when nothing is touched.
func TestARecordIsSentAgainAsItWas(t *testing.T) {
	s := newSerde(t, serde.MaskRule{Fields: []string{"card"}, Topics: []string{"masked"}})
	at := time.UnixMilli(1_700_000_000_000)
	for name, rec := range map[string]*kgo.Record{
		"text":           {Key: []byte("k"), Value: []byte("v")},
		"JSON":           {Value: []byte(`{ "b": 1,  "a": 12345678901234567890 }`)},
		"tabs":           {Value: []byte("{\n\t\"a\": 1\r\n}")},
		"escapes":        {Key: []byte("\x1b[2J"), Value: []byte("a\u202eb\n")},
		"null":           {},
		"empty":          {Key: []byte{}, Value: []byte{}},
		"bytes":          {Key: []byte{0, 0, 0, 0, 0, 0, 0, 42}, Value: []byte{0xde, 0xad, 0, 0xff}},
		"registry":       {Value: []byte{0, 0, 0, 0, 12, 1, 2, 3}},
		"MessagePack":    {Value: []byte{0x81, 0xa1, 'a', 1}},
		"large":          {Value: bytes.Repeat([]byte("0123456789\n"), 100_000)},
		"large binary":   {Value: bytes.Repeat([]byte{0xff, 0, 1}, 100_000)},
		"headers":        {Value: []byte("v"), Headers: []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "b"}, {Key: "c=\n", Value: []byte{0, 255}}, {Key: "", Value: []byte("no name")}}},
		"masked":         {Topic: "masked", Key: []byte(`{"card":"4111"}`), Value: []byte(`{"id":1,"card":"4111"}`), Headers: []kgo.RecordHeader{{Key: "card", Value: []byte("4111")}}},
		"masked binary":  {Topic: "masked", Value: []byte{0xde, 0xad, 0, 0xff}},
		"masked by none": {Topic: "masked", Value: []byte(`{"id":1}`)},
	} {
		if rec.Topic == "" {
			rec.Topic = "orders"
		}
		rec.Partition, rec.Timestamp = 2, at
		f := formAgain(s, rec, serde.Auto, "")
		m, err := encodeAll(t, s, f)
		want := produce.Message{Key: rec.Key, Value: rec.Value, Headers: rec.Headers}
		if rec.Key != nil {
			want.Partition = produce.AnyPartition
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		same(t, name, m, want)
		for i := range f.parts {
			p := &f.parts[i]
			if !p.untouched() || strings.Contains(p.area.Value(), serde.Hidden) {
				t.Errorf("%s: part %d is touched, or can be typed into where something is hidden: %q", name, i, p.area.Value())
			}
			// Leaving it out and taking it in again, and putting it back, change nothing.
			p.absent = !p.absent
			p.absent = !p.absent
			say(t, p, "x")
			p.restore()
			if !p.untouched() {
				t.Errorf("%s: part %d is not as it was after it was put back", name, i)
			}
		}
		f.keepTime, f.partition = true, 1
		m, err = encodeAll(t, s, f)
		want.Partition, want.Timestamp = 1, at
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		same(t, name+", with its time", m, want)
	}
}

func TestAnEditedRecordIsEncodedInTheFormThatWasShown(t *testing.T) {
	s := newSerde(t)
	rec := &kgo.Record{Topic: "orders", Key: []byte{0, 0, 0, 0, 0, 0, 0, 42}, Value: []byte{0x81, 0xa1, 'a', 1}, Headers: []kgo.RecordHeader{{Key: "a", Value: []byte{255}}}}
	f := formAgain(s, rec, serde.Auto, "")
	say(t, &f.parts[serde.Key], "1") // before 42
	value := &f.parts[serde.Value]
	if value.area.Value() != "{\n  \"a\": 1\n}" {
		t.Fatalf("the value is shown as %q", value.area.Value())
	}
	value.put([]byte(`{"a": 2}`), "")
	f.parts[headersPart].put([]byte(`a=\xff!`), "")
	m, err := encodeAll(t, s, f)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "edited", m, produce.Message{
		Partition: produce.AnyPartition, Key: []byte{0, 0, 0, 0, 0, 0, 0, 142}, Value: []byte{0x81, 0xa1, 'a', 2}, Headers: []kgo.RecordHeader{{Key: "a", Value: []byte{255, '!'}}},
	})

	hex := formAgain(s, rec, serde.Hex, "")
	if got := string(hex.parts[serde.Value].text()); got != "81 a1 61 01" {
		t.Errorf("as hex it is %q", got)
	}
	say(t, &hex.parts[serde.Value], "ff ")
	if m, err := encodeAll(t, s, hex); err != nil || !bytes.Equal(m.Value, append([]byte{0xff}, rec.Value...)) {
		t.Errorf("edited as hex it is %x, %v", m.Value, err)
	}
	hex.parts[serde.Value].restore()
	hex.forms[serde.Value] = serde.Text // another form of the same text is not the record
	if m, err := encodeAll(t, s, hex); err != nil || string(m.Value) != "81 a1 61 01" {
		t.Errorf("the hex digits as text are %q, %v", m.Value, err)
	}
}

// TestWhatIsMaskedIsNeverEdited: it can be sent as it was, or replaced whole.
func TestWhatIsMaskedIsNeverEdited(t *testing.T) {
	s := newSerde(t, serde.MaskRule{Fields: []string{"card"}, Topics: []string{"orders"}})
	rec := &kgo.Record{Topic: "orders", Value: []byte(`{"id":1,"card":"4111"}`), Headers: []kgo.RecordHeader{{Key: "card", Value: []byte("4111")}}}
	f := formAgain(s, rec, serde.Auto, "")
	for _, i := range []int{int(serde.Value), headersPart} {
		p := &f.parts[i]
		if why := say(t, p, "x"); !strings.Contains(why, "masking rule") || !strings.Contains(p.locked(), "masking rule") || !p.untouched() {
			t.Errorf("part %d is edited: %q", i, why)
		}
		if why, _ := p.paste("x"); !strings.Contains(why, "masking rule") {
			t.Errorf("part %d takes a paste: %q", i, why)
		}
	}
	for _, form := range writable() { // its bytes are all there is
		f.forms[serde.Value] = form
		if m, err := encodeAll(t, s, f); err != nil || !bytes.Equal(m.Value, rec.Value) {
			t.Errorf("as %s it is %q, %v", form, m.Value, err)
		}
	}
	f.forms[serde.Value] = f.shown[serde.Value]
	if f.unmasks(s) {
		t.Error("the same topic unmasks")
	}
	f.topic.SetValue("elsewhere")
	if !f.unmasks(s) {
		t.Error("a topic without masks is not told")
	}
	say(t, &f.parts[serde.Value], `<"new"`)
	f.parts[headersPart].absent = true
	say(t, &f.parts[headersPart], "a=1")
	m, err := encodeAll(t, s, f)
	if err != nil || string(m.Value) != `"new"` || len(m.Headers) != 1 || string(m.Headers[0].Value) != "1" || f.unmasks(s) {
		t.Errorf("replaced it is %+v, %v", m, err)
	}
}

func TestPastes(t *testing.T) {
	large := "[" + strings.Repeat(`"0123456789", `, 80_000) + "1]"
	for name, tc := range map[string]struct {
		typed, pasted, want, refused string
	}{
		"into nothing":    {"", "a\r\nb\rc", "a\nb\nc", ""},
		"at the cursor":   {"ab", "XY", "abXY", ""},
		"tabs":            {"", "{\n\t1}", "{\n\t1}", ""},
		"a megabyte":      {"", large, large, ""},
		"into some text":  {"ab", large, "ab", "paste it into an empty one"},
		"tabs into text":  {"ab", "\t", "ab", "paste it into an empty one"},
		"far too much":    {"", strings.Repeat("x", mostBytes+1), "", "more than a record can have"},
		"as it was typed": {"", "x", "x", ""},
	} {
		p := newPart(false, nil)
		say(t, &p, tc.typed)
		refused, _ := p.paste(tc.pasted)
		if got := string(p.text()); got != tc.want || (refused == "") != (tc.refused == "") || !strings.Contains(refused, tc.refused) {
			t.Errorf("%s: %d bytes, %q", name, len(got), refused)
		}
	}
	p := newPart(false, nil)
	p.paste(large)
	if why := say(t, &p, "x"); !strings.Contains(why, "too large") || len(p.text()) != len(large) {
		t.Errorf("typed into a megabyte: %q", why)
	}
	p.absent = true
	p.absent = false
	if len(p.text()) != len(large) {
		t.Error("null has lost what was there")
	}
	say(t, &p, "<y")
	if got := string(p.text()); got != "y" || p.whole != nil {
		t.Errorf("emptied, it takes %q", got)
	}
	full := newPart(false, nil)
	full.paste(strings.Repeat("x", 12<<10))
	if full.whole != nil || !strings.Contains(say(t, &full, "y"), "full") || !widget.AreaHolds(string(full.text())) {
		t.Error("a full field takes more")
	}
	if why := say(t, &full, "<\u202e"); !strings.Contains(why, "cannot show") {
		t.Errorf("a character that deceives: %q", why)
	}
}
