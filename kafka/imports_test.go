package kafka_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/kdeck/kdeck/kafka"

// listed is what go list says of a package.
type listed struct {
	ImportPath        string
	GoFiles, CgoFiles []string
	Imports           []string
}

// packages lists package kafka and everything below it.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,GoFiles,CgoFiles,Imports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestRoomsImportAsTheyMay: what is pure or shared does not know the rooms, and the
// rooms know the connection. An empty list forbids everything of kdeck's.
func TestRoomsImportAsTheyMay(t *testing.T) {
	may := map[string][]string{
		"/model":    {},
		"/lag":      {"/model"},
		"/reset":    {"/model", "/disk"},
		"/audit":    {"/model", "/disk"},
		"":          {"/model", "/audit", "/serde", "/unpack"},
		"/configs":  {"", "/model"},
		"/change":   {"/model", "/audit"},
		"/words":    {},
		"/unpack":   {},
		"/topics":   {"", "/model", "/configs", "/change", "/disk", "/words"},
		"/brokers":  {"", "/model", "/configs"},
		"/groups":   {"", "/model", "/lag", "/reset", "/change", "/audit", "/words", "/unpack"},
		"/overview": {"", "/model", "/topics"},
	}
	for _, p := range packages(t) {
		allowed, ruled := may[strings.TrimPrefix(p.ImportPath, module)]
		for _, imp := range p.Imports {
			room, ours := strings.CutPrefix(imp, module)
			if ours && ruled && !slices.Contains(allowed, room) {
				t.Errorf("%s must not import %s", p.ImportPath, imp)
			}
		}
		delete(may, strings.TrimPrefix(p.ImportPath, module))
	}
	for room := range may {
		t.Errorf("there is no package kafka%s", room)
	}
}

// TestNoRoomIsCrowded holds the number of source files of a package.
func TestNoRoomIsCrowded(t *testing.T) {
	const most = 32
	for _, p := range packages(t) {
		if n := len(p.GoFiles) + len(p.CgoFiles); n > most {
			t.Errorf("%s has %d source files, more than %d: it wants walls", p.ImportPath, n, most)
		}
	}
}
