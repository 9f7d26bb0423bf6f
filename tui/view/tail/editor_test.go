package tail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/tui/page"
)

// TestAnEditorGetsACopy runs what the shell would run on the terminal.
func TestAnEditorGetsACopy(t *testing.T) {
	dir := t.TempDir()
	editor := filepath.Join(dir, "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\ncp \"$2\" \"$1\"; echo changed >\"$2\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	seen := filepath.Join(dir, "seen")
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", editor+" "+seen)
	rec := &kgo.Record{Value: []byte(`{"a":1}`)}
	plain, err := serde.New(serde.Config{})
	if err != nil {
		t.Fatal(err)
	}
	run, ok := editRecord(plain, rec)().(page.Run)
	if !ok {
		t.Fatal("no program is run")
	}
	file := run.Command.Args[len(run.Command.Args)-1]
	if filepath.Ext(file) != ".json" {
		t.Errorf("the copy is called %s", file)
	}
	if notice, ok := run.Done(run.Command.Run()).(page.Notify); !ok || notice.Level != page.Info {
		t.Errorf("said %+v", notice)
	}
	if data, err := os.ReadFile(seen); err != nil || string(data) != `{"a":1}` {
		t.Errorf("the editor saw %q (%v)", data, err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the copy is still there: %v", err)
	}
	if string(rec.Value) != `{"a":1}` {
		t.Errorf("the record became %s", rec.Value)
	}
	t.Setenv("EDITOR", "")
	if notice, ok := editRecord(plain, rec)().(page.Notify); !ok || !strings.Contains(notice.Text, "set EDITOR") {
		t.Errorf("without an editor: %+v", notice)
	}
}

func TestAnEditorGetsNothingMasked(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", "true")
	t.Setenv("TMPDIR", dir)
	masked, err := serde.New(serde.Config{Masks: []serde.MaskRule{{Fields: []string{"card"}}}})
	if err != nil {
		t.Fatal(err)
	}
	run, ok := editRecord(masked, &kgo.Record{Value: []byte(`{"id":1,"card":"4111"}`)})().(page.Run)
	if !ok {
		t.Fatal("no program is run")
	}
	data, err := os.ReadFile(run.Command.Args[len(run.Command.Args)-1])
	if err != nil || string(data) != `{"id":1,"card":"********"}` {
		t.Errorf("the editor gets %s (%v)", data, err)
	}
}

func TestCellsOfATable(t *testing.T) {
	for data, want := range map[string]string{"plain": "plain", "": "", "=cmd()": "'=cmd()", "-1": "'-1", "\xff": "base64:/w=="} {
		if got := cellOf([]byte(data)); got != want {
			t.Errorf("%q is %q, want %q", data, got, want)
		}
	}
	rec := &kgo.Record{Headers: []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "b", Value: []byte{0xff}}}}
	if got := headersCell(rec); got != "a=1\nb=base64:/w==" {
		t.Errorf("headers are %q", got)
	}
}
