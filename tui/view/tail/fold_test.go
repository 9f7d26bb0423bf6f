package tail

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestFolding(t *testing.T) {
	var indented bytes.Buffer
	value := `{"id":7,"empty":{},"items":[{"sku":"a]"},{"sku":"b{","tags":["x","y"]}],"note":"ends with {","by":{"who":"me"}}`
	if err := json.Indent(&indented, []byte(value), "", "  "); err != nil {
		t.Fatal(err)
	}
	tr := newTree(indented.String())
	for _, test := range []struct {
		name   string
		folded map[int]bool
		want   string
	}{
		{"nothing", nil, indented.String()},
		{"all", map[int]bool{0: true}, "{ … 5 members }"},
		{"the inner ones", tr.inner(), "{\n  \"id\": 7,\n  \"empty\": {},\n  \"items\": [ … 2 elements ],\n  \"note\": \"ends with {\",\n  \"by\": { … 1 member }\n}"},
		{"one within", map[int]bool{tr.around(10): true}, strings.Replace(indented.String(), "[\n        \"x\",\n        \"y\"\n      ]", "[ … 2 elements ]", 1)},
	} {
		rows, of := tr.rows(test.folded, 200)
		if got := strings.Join(rows, "\n"); got != test.want || len(of) != len(rows) {
			t.Errorf("%s folded:\n%s\nwant:\n%s", test.name, got, test.want)
		}
	}
	for i, line := range tr.lines {
		opens := tr.around(i)
		if opens < 0 || opens > i || tr.closes[opens] < i {
			t.Errorf("line %d, %q, is in what line %d opens and %d closes", i, line, opens, tr.closes[max(0, opens)])
		}
	}
	if scalar := newTree("7"); scalar.around(0) != -1 || len(scalar.inner()) != 0 {
		t.Error("a number can be folded")
	}
}
