package produce

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

func newEnv(t *testing.T, readOnly bool) page.Env {
	t.Helper()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client, err := admin.New(kafka.Config{Name: "nobody", ReadOnly: readOnly})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return page.Env{Client: client, Theme: theme.New(true), Keys: keys, Drafts: make(map[string]page.Page)}
}

var orders = topics.Destination{Topic: "orders", Leaders: []int32{0, 1, 2}, ISR: []int{3, 3, 3}, MinISR: 2, MaxMessageBytes: 1 << 20}

// started is a page that has looked at its topic.
func (p *Page) started(t *testing.T, d topics.Destination, err error) *Page {
	t.Helper()
	p.Resize(80, 20)
	p.Start(t.Context())
	p.found(t, d, err)
	return p
}

// found lets the page find a topic.
func (p *Page) found(t *testing.T, d topics.Destination, err error) {
	t.Helper()
	p.poll = &page.Poll[topics.Destination]{Every: -1, Fetch: func(context.Context) (topics.Destination, error) { return d, err }}
	p.Update(p.poll.Start(t.Context())())
}

// press presses keys and lets everything be encoded.
func (p *Page) press(t *testing.T, keys ...tea.KeyPressMsg) {
	t.Helper()
	for _, key := range keys {
		p.Update(key)
		for _, side := range []serde.Side{serde.Key, serde.Value} {
			if task, needed := p.task(side); needed {
				p.Update(encodeNow(t.Context(), p.env.Client.Serde(), task, p.form.parts[side].text(), p.form.decoded(side)))
			}
		}
	}
}

func ctrl(letter rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: letter, Mod: tea.ModCtrl} }

func letters(s string) (keys []tea.KeyPressMsg) {
	for _, r := range s {
		keys = append(keys, tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return keys
}

var (
	tab   = tea.KeyPressMsg{Code: tea.KeyTab}
	back  = tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	enter = tea.KeyPressMsg{Code: tea.KeyEnter}
	esc   = tea.KeyPressMsg{Code: tea.KeyEscape}
	down  = tea.KeyPressMsg{Code: tea.KeyDown}
	up    = tea.KeyPressMsg{Code: tea.KeyUp}
	right = tea.KeyPressMsg{Code: tea.KeyRight}
)

func (p *Page) text() string { return ansi.Strip(p.View()) }

// states are pages in every state that can be drawn.
func states(t *testing.T) map[string]*Page {
	t.Helper()
	long := strings.Repeat("注文", 100)
	rec := &kgo.Record{Topic: long, Partition: 3, Offset: 1 << 40, Key: []byte("\x1b[2J"), Value: []byte(strings.Repeat("値\x1b[2J\u202e ", 500)), Timestamp: time.UnixMilli(1)}
	for range 50 {
		rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: "header\x1b[2J" + long, Value: []byte(long)})
	}
	all := make(map[string]*Page)
	add := func(name string, p *Page, keys ...tea.KeyPressMsg) *Page {
		p.press(t, keys...)
		all[name] = p
		return p
	}
	fresh := func() *Page { return New(newEnv(t, false), "orders").started(t, orders, nil) }
	add("not looked", New(newEnv(t, false), "orders"))
	add("new", fresh())
	add("typed", fresh(), letters(strings.Repeat("値 word ", 100))...)
	add("no JSON", fresh(), letters(`{"a": `)...)
	add("settings", fresh(), tab, tab, down, down)
	add("headers", fresh(), append([]tea.KeyPressMsg{tab}, append(letters("a=1"), enter, enter, enter, enter, enter, enter, enter)...)...)
	add("null", fresh(), ctrl('n'))
	add("file", fresh(), append(letters(long), ctrl('o'))...)
	add("key", fresh(), append([]tea.KeyPressMsg{back}, letters(long)...)...)
	add("topic", New(newEnv(t, false), long).started(t, topics.Destination{}, &topics.UnknownTopicError{Topic: long, Nearest: []string{long}}), back, back)
	add("no answer", New(newEnv(t, false), "orders").started(t, topics.Destination{}, errors.New("no answer")))
	add("read-only", New(newEnv(t, true), "orders").started(t, orders, nil))
	add("again", Again(newEnv(t, false), rec, serde.Auto).started(t, orders, nil))
	add("again, headers", Again(newEnv(t, false), rec, serde.Hex).started(t, orders, nil), tab)
	pasted := add("pasted", fresh())
	pasted.Update(tea.PasteMsg{Content: strings.Repeat("[\n\t1\x1b[2J", 200_000)})
	dull := fresh()
	dull.form.acks, dull.form.idempotent = produce.None, false
	add("warned", dull)
	add("preview", Again(newEnv(t, false), rec, serde.Auto).started(t, orders, nil), ctrl('s'))
	add("preview, warned", dullPreview(t), ctrl('s'))
	failed := add("failed", fresh(), ctrl('s'))
	failed.sent = sent{Receipt: produce.Receipt{Outcome: model.Unknown, Err: errors.New(strings.Repeat("it may be stored ", 40))}}
	busy := add("busy", fresh(), ctrl('s'))
	busy.Do(keymap.Send)
	for name, s := range map[string]sent{
		"sent":         {topic: long, Receipt: produce.Receipt{Outcome: model.Done, Partition: 2, Offset: 1 << 50, Timestamp: time.UnixMilli(1)}},
		"sent, acks 0": {topic: "orders", opts: produce.Options{Acks: produce.None}, Receipt: produce.Receipt{Partition: 2, Offset: -1}},
		"not noted":    {topic: "orders", after: errors.New(long), Receipt: produce.Receipt{Partition: 2, Offset: 1}},
	} {
		p := fresh()
		p.To(p.stored)
		p.sent = s
		add(name, p)
	}
	return all
}

func dullPreview(t *testing.T) *Page {
	p := New(newEnv(t, false), "orders").started(t, orders, nil)
	p.form.acks, p.form.idempotent = produce.Leader, false
	return p
}

func TestEveryStateFillsItsArea(t *testing.T) {
	for name, p := range states(t) {
		if strings.HasPrefix(name, "preview") && p.Step() != p.checking {
			t.Errorf("%s is not at the preview:\n%s", name, p.text())
		}
		for _, w := range []int{10, 59, 80, 160} {
			for _, h := range []int{2, 9, 11, 20, 44} {
				p.Resize(w, h)
				for range 2 {
					view := p.View()
					if n := strings.Count(view, "\n") + 1; n != h {
						t.Fatalf("%s at %d×%d: %d lines:\n%s", name, w, h, n, view)
					}
					for _, line := range strings.Split(view, "\n") {
						if text.Width(ansi.Strip(line)) > w || strings.Contains(line, "\x1b[2J") || strings.Contains(line, "\u202e") {
							t.Fatalf("%s at %d×%d: %q", name, w, h, line)
						}
					}
					if p.Typing() && w >= 59 && !strings.Contains(ansi.Strip(view), "▌") && h > 2 {
						t.Fatalf("%s at %d×%d: the focus is out of sight:\n%s", name, w, h, ansi.Strip(view))
					}
					p.Update(page.Wheel{Rows: 3})
					p.Update(page.Click{X: 3, Y: h - 1})
				}
			}
		}
	}
}

// TestADraftIsKept: nothing that was typed is lost by leaving.
func TestADraftIsKept(t *testing.T) {
	env := newEnv(t, false)
	p := New(env, "orders").started(t, orders, nil)
	p.press(t, esc)
	if len(env.Drafts) != 0 {
		t.Error("nothing was typed, and yet there is a draft")
	}
	p.press(t, letters("typed")...)
	p.press(t, esc)
	again := New(env, "orders")
	if again != p || !strings.Contains(again.started(t, orders, nil).text(), "typed") || New(env, "other") == p {
		t.Errorf("the draft is not there again:\n%s", again.text())
	}
	p.press(t, ctrl('x'))
	if strings.Contains(p.text(), "typed") || New(env, "orders") == p {
		t.Error("what was forgotten is there again")
	}
}

// TestAnotherTopicIsLookedAt: the form waits until its name has been typed.
func TestAnotherTopicIsLookedAt(t *testing.T) {
	p := New(newEnv(t, false), "orders").started(t, orders, nil)
	p.press(t, back, back)
	p.press(t, letters("-dlq")...)
	if _, known := p.destination(); known || !strings.Contains(p.text(), "loading topic …") {
		t.Errorf("another topic has the partitions of the one before:\n%s", p.text())
	}
	if cmd := p.Update(lookAt{p.typed - 1}); cmd != nil {
		t.Error("the topic is looked for before its name is typed")
	}
	if cmd := p.Update(lookAt{p.typed}); cmd == nil {
		t.Error("the topic is not looked for")
	}
	p.press(t, ctrl('s'))
	if p.Step() != p.writing || !p.wanted {
		t.Error("the preview does not wait for the topic")
	}
	other := orders
	other.Topic = "orders-dlq"
	p.found(t, other, nil)
	if p.Step() != p.checking || p.preview.to.Topic != "orders-dlq" {
		t.Errorf("when the topic is known there is no preview:\n%s", p.text())
	}
}

// TestWhatIsOldIsNotSent: an encoding that has been overtaken counts for nothing.
func TestWhatIsOldIsNotSent(t *testing.T) {
	p := New(newEnv(t, false), "orders").started(t, orders, nil)
	p.Update(letters("a")[0])
	old, _ := p.task(serde.Value)
	p.Update(letters("b")[0])
	p.Update(encoded{task: old, data: []byte("a")})
	if _, _, err := p.bytes(serde.Value); !errors.Is(err, errNotYet) || !p.encoders[serde.Value].busy {
		t.Errorf("the bytes of what was typed before hold: %v", err)
	}
	p.Update(ctrl('s'))
	if p.Step() != p.writing {
		t.Error("the preview shows what is not encoded")
	}
	now, _ := p.task(serde.Value)
	p.Update(encoded{task: now, data: []byte("ab")})
	if p.Step() != p.checking || string(p.preview.message.Value) != "ab" {
		t.Errorf("the preview has %q", p.preview.message.Value)
	}
	for _, a := range []keymap.Action{keymap.Back} {
		if handled, _ := p.Do(a); !handled || p.Step() != p.writing || !strings.Contains(p.text(), "ab") {
			t.Errorf("esc leads not to the form:\n%s", p.text())
		}
	}
}

func TestReadOnlyRefuses(t *testing.T) {
	p := New(newEnv(t, true), "orders").started(t, orders, nil)
	notice, ok := p.key(ctrl('s'))().(page.Notify)
	if !ok || !strings.Contains(notice.Text, "read-only") || p.Step() != p.writing || !strings.Contains(p.text(), "read-only") {
		t.Errorf("%+v:\n%s", notice, p.text())
	}
}

func TestUpAndDownGoThroughTheFields(t *testing.T) {
	p := New(newEnv(t, false), "orders").started(t, orders, nil)
	p.press(t, letters("a")...)
	p.press(t, enter)
	for i, step := range []struct {
		key  tea.KeyPressMsg
		want field
	}{
		{up, valueField}, {up, keyField}, {up, topicField}, {down, keyField}, {enter, valueField}, {down, valueField}, {down, headersField},
		{down, settingsField}, {down, settingsField}, {up, settingsField}, {up, headersField}, {tab, settingsField}, {tab, topicField}, {back, settingsField},
	} {
		if p.press(t, step.key); p.focus != step.want {
			t.Fatalf("step %d: at %s, want %s", i, p.focus, step.want)
		}
	}
	if p.row != options-1 {
		t.Errorf("from below, the row is %s", p.row)
	}
	p.press(t, up, right) // a transaction
	if p.form.transaction == "" || !strings.Contains(p.text(), p.form.transaction) {
		t.Errorf("→ changes nothing:\n%s", p.text())
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "order.json")
	if err := os.WriteFile(path, []byte("{\n\t\"id\": 1\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := New(newEnv(t, false), "orders").started(t, orders, nil)
	read := func(path string) tea.Msg {
		p.press(t, ctrl('o'))
		p.file.SetValue(path)
		msg := p.pathKey(enter)()
		p.Update(msg)
		return msg
	}
	for path, want := range map[string]string{filepath.Join(dir, "none"): "no such file", dir: "is not a file"} {
		if b, ok := read(path).(takenIn); !ok || b.err == nil || !strings.Contains(b.err.Error(), want) || !p.asking {
			t.Errorf("%s: %+v", path, b)
		}
	}
	read(path)
	if value := p.form.parts[serde.Value].text(); string(value) != "{\n\t\"id\": 1\n}\n" || p.asking || !strings.Contains(p.text(), "order.json") {
		t.Errorf("the value is %q:\n%s", value, p.text())
	}
	p.press(t, ctrl('o'), esc)
	if p.asking {
		t.Error("esc leaves the line of the path open")
	}
}

// TestAnEditorWrites runs what the shell would run on the terminal.
func TestAnEditorWrites(t *testing.T) {
	editor := filepath.Join(t.TempDir(), "editor")
	script := "#!/bin/sh\nprintf '%s, edited\\n' \"$(cat \"$1\")\" >\"$1.new\" && mv \"$1.new\" \"$1\"\n"
	if err := os.WriteFile(editor, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", editor)
	p := New(newEnv(t, false), "orders").started(t, orders, nil)
	p.press(t, letters("typed")...)
	run, ok := p.edit()().(page.Run)
	if !ok {
		t.Fatal("no program is run")
	}
	p.Update(run.Done(run.Command.Run()))
	if got := string(p.form.parts[serde.Value].text()); got != "typed, edited" {
		t.Errorf("the value is %q", got)
	}
	change := p.form.parts[serde.Value].change
	t.Setenv("EDITOR", "true")
	run = p.edit()().(page.Run)
	p.Update(run.Done(run.Command.Run()))
	if p.form.parts[serde.Value].change != change {
		t.Error("an editor that changes nothing changes the value")
	}
	t.Setenv("EDITOR", "")
	b, ok := p.edit()().(takenIn)
	if !ok || b.err == nil {
		t.Fatalf("without an editor: %+v", b)
	}
	if notice := p.takeIn(b)().(page.Notify); !strings.Contains(notice.Text, "set EDITOR") {
		t.Errorf("without an editor: %+v", notice)
	}

	masked := Again(newEnv(t, false), &kgo.Record{Topic: "orders", Value: []byte("v")}, serde.Auto).started(t, orders, nil)
	masked.form.parts[serde.Value] = newPart(false, &original{text: []byte(serde.Hidden), locked: "a masking rule hides it"})
	if notice, ok := masked.edit()().(page.Notify); !ok || !strings.Contains(notice.Text, "masking rule") {
		t.Errorf("what is masked goes to an editor: %+v", notice)
	}
}
