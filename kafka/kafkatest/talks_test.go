package kafkatest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTalks holds each conversation of testdata/talks with the embedded cluster
// and with Apache Kafka, and compares what the tools say.
//
// A line is a tool with its arguments, FILES the folder of files that it names,
// "<" and a file its standard input; or, behind "+", something that a test does
// itself (see partner). What differs on purpose has the id of a row of
// docs/compatibility.md behind "#".
func TestTalks(t *testing.T) {
	tools := NewTools(t)
	talks, err := filepath.Glob("testdata/talks/*.txt")
	if err != nil || len(talks) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, path := range talks {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			cfg := Config{}
			switch filepath.Base(path) {
			case "acls.txt":
				cfg.Brokers = 1 // that cluster has no authorizer, as the embedded one has none
			case "brokers.txt":
				cfg.Own = true // its brokers are stopped
			}
			apache := newPartner(t, tools, Start(t, cfg))
			embedded := newPartner(t, tools, startEmbedded(t, cfg))
			for line := range strings.Lines(string(text)) {
				talk(t, strings.TrimSpace(line), apache, embedded)
			}
		})
	}
}

// startEmbedded starts an embedded cluster, whatever Start would.
func startEmbedded(t *testing.T, cfg Config) *Cluster {
	t.Helper()
	c := &Cluster{tb: t}
	c.startEmbedded(cfg)
	return c
}

func talk(t *testing.T, line string, apache, embedded *partner) {
	t.Helper()
	if act, ok := strings.CutPrefix(line, "+ "); ok {
		apache.act(strings.Fields(act))
		embedded.act(strings.Fields(act))
		return
	}
	command, id, differs := strings.Cut(line, " # ")
	want, got := apache.says(command), embedded.says(command)
	said := fmt.Sprintf("%s\nembedded cluster: %s\nApache Kafka: %s", command, got, want)
	switch {
	case differs:
		_ = apache.Differs(id, "", "") // the row is there
		t.Logf("%s: %s", id, said)
		if want == got {
			t.Errorf("%s: no difference, but the row %s says that there is one", command, id)
		}
	case want != got:
		t.Error(said)
	}
}
