package kafkatest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryRowIsChecked holds that a test names each row of the table.
func TestEveryRowIsChecked(t *testing.T) {
	var tests strings.Builder
	err := filepath.WalkDir(root(), func(path string, _ fs.DirEntry, err error) error {
		talk := strings.HasSuffix(path, ".txt") && filepath.Base(filepath.Dir(path)) == "talks"
		if err != nil || !strings.HasSuffix(path, "_test.go") && !talk {
			return err
		}
		text, err := os.ReadFile(path)
		tests.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ids := rows(t)
	if len(ids) == 0 {
		t.Errorf("%s has no rows", Table)
	}
	for _, id := range ids {
		if !strings.Contains(tests.String(), `Differs("`+id+`"`) && !strings.Contains(tests.String(), " # "+id+"\n") {
			t.Errorf("no test names the row %s", id)
		}
	}
}
