package kafka_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
		"/raw":      {"/unpack"},
		"/model":    {},
		"/lag":      {"/model"},
		"/reset":    {"/model", "/disk"},
		"/audit":    {"/model", "/disk"},
		"":          {"/model", "/raw", "/audit", "/serde", "/change", "/unpack"},
		"/configs":  {"", "/raw", "/model"},
		"/change":   {"/model", "/audit"},
		"/words":    {},
		"/unpack":   {},
		"/topics":   {"", "/raw", "/model", "/configs", "/change", "/disk", "/words"},
		"/brokers":  {"", "/raw", "/model", "/configs"},
		"/groups":   {"", "/raw", "/model", "/lag", "/reset", "/change", "/words"},
		"/access":   {"", "/raw"},
		"/overview": {"", "/model", "/topics"},
		"/health":   {"/model", "/lag", "/words"},
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

// TestRequestsAreMadeByHandInOnePlace: kadm asks and changes. What it cannot say is in
// raw; records, unpack and produce are about records, serde about what Kafka writes into its own
// topics, and profile checks a connection before there is a client.
func TestRequestsAreMadeByHandInOnePlace(t *testing.T) {
	by := []string{"/raw", "/records", "/unpack", "/produce", "/serde", "/profile", "/kafkatest"}
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, module)
		if slices.Contains(p.Imports, "github.com/twmb/franz-go/pkg/kmsg") && !slices.Contains(by, room) {
			t.Errorf("kafka%s imports kmsg: ask through kadm, or put the request into kafka/raw with its reason", room)
		}
	}
}

// TestRequestsByHandAreListed: each has its row in the table of ARCHITECTURE.md.
func TestRequestsByHandAreListed(t *testing.T) {
	table, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("raw/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatal(sources, err)
	}
	// What sends a request takes a context and is exported; methods are named by their type.
	sends := regexp.MustCompile(`(?m)^func (?:\(\w+ \*(\w+)\) )?([A-Z]\w*)\(ctx context.Context`)
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		for _, m := range sends.FindAllStringSubmatch(string(text), -1) {
			if name := cmp.Or(m[1], m[2]); !strings.Contains(string(table), "`raw."+name+"`") {
				t.Errorf("raw.%s is missing from the table of ARCHITECTURE.md", name)
			}
		}
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
