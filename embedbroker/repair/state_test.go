package repair

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goodTopics = `{"version":1,"topics":[{"name":"a","id":"AAAAAAAAAAAAAAAAAAAAAQ==","partitions":3},{"name":"b","id":"AAAAAAAAAAAAAAAAAAAAAg==","partitions":1}]}`

func TestCheckState(t *testing.T) {
	edit := func(old, now string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, now, 1) }
	}
	gone := func(string) string { return "" }
	for _, tt := range []struct {
		name  string
		file  string
		harm  func(string) string // "" removes the file
		exact bool
		put   bool // put back from the copy
	}{
		{"untouched", "topics.json", edit("", ""), true, false},
		{"untouched after a crash", "topics.json", edit("", ""), false, false},
		{"no meta", "meta.json", gone, true, true},
		{"no meta after a crash", "meta.json", gone, false, true},
		{"no topics", "topics.json", gone, true, true},
		{"no topics after a crash", "topics.json", gone, false, true},
		{"a letter of a name", "topics.json", edit(`"a"`, `"c"`), true, true},
		{"a letter of a name after a crash", "topics.json", edit(`"a"`, `"c"`), false, true},
		{"fewer partitions after a crash", "topics.json", edit(`:3`, `:2`), false, true},
		{"more partitions after a crash", "topics.json", edit(`:3`, `:4`), false, false},
		{"more partitions", "topics.json", edit(`:3`, `:4`), true, true},
		{"another topic after a crash", "topics.json", edit(`[`, `[{"name":"n","id":"AAAAAAAAAAAAAAAAAAAAAw==","partitions":1},`), false, false},
		{"no JSON after a crash", "topics.json", edit(`{`, `[`), false, true},
		{"an id of other length after a crash", "topics.json", edit(`AQ==`, `AQAA`), false, true},
		{"a version after a crash", "topics.json", edit(`:1`, `:3`), false, true},
		{"quotas after a crash", "quotas.json", edit(`}`, ``), false, true},
		{"quotas changed after a crash", "quotas.json", edit(`1`, `2`), false, false},
		{"offsets", "groups.log", edit(`x`, `y`), true, true},
		{"offsets after a crash", "groups.log", edit(`x`, `xx`), false, false},
		{"no offsets", "groups.log", gone, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			files := map[string]string{"meta.json": `{"version":1,"cluster_id":"mine"}`, "topics.json": goodTopics, "quotas.json": `{"version":1}`, "groups.log": "xyz"}
			for name, text := range files {
				write(t, filepath.Join(dir, name), []byte(text))
			}
			if err := NewCopies(dir).SaveAll(); err != nil {
				t.Fatal(err)
			}
			harmed := tt.harm(files[tt.file])
			path := filepath.Join(dir, tt.file)
			if harmed == "" {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			} else {
				write(t, path, []byte(harmed))
			}
			var said []string
			restored, err := CheckState(dir, tt.exact, "another", func(e Event) { said = append(said, e.String()) })
			if err != nil {
				t.Fatal(err)
			}
			want := harmed
			if tt.put {
				want = files[tt.file]
			}
			if raw, err := os.ReadFile(path); err != nil || string(raw) != want {
				t.Errorf("%s is %q (%v), want %q", tt.file, raw, err, want)
			}
			if restored != tt.put || (len(said) == 1) != tt.put {
				t.Errorf("put back: %v, said %q; want %v", restored, said, tt.put)
			}
			if tt.put && !strings.Contains(said[0], tt.file) {
				t.Errorf("%q does not name %s", said[0], tt.file)
			}
		})
	}
}

// Without a copy a folder is not begun anew over what it holds.
func TestCheckStateWithoutCopies(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "topics.json"), []byte(goodTopics))
	said := 0
	if _, err := CheckState(dir, false, "another", func(Event) { said++ }); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "meta.json")); err != nil || !strings.Contains(string(raw), "another") || said != 1 {
		t.Errorf("meta.json is %q (%v), said %d times", raw, err, said)
	}
	write(t, filepath.Join(dir, "topics.json"), []byte("{"))
	if _, err := CheckState(dir, false, "another", func(Event) {}); err == nil || !strings.Contains(err.Error(), "topics.json") {
		t.Errorf("damaged topics without a copy: %v", err)
	}
}

// A damaged copy is none.
func TestDamagedCopy(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "topics.json"), []byte(goodTopics))
	if err := NewCopies(dir).SaveAll(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, CopiesDir, "topics.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		write(t, path, flip(raw, i, 1))
		if _, ok := readCopy(dir, "topics.json"); ok {
			t.Errorf("a copy with byte %d flipped is taken", i)
		}
		flip(raw, i, 1)
	}
}
