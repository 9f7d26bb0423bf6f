package kafkatest

import (
	"os"
	"strings"
	"testing"
)

// TestToolsOnOldKafka lets the tools of a new Kafka talk to a cluster that
// pretends to be an old one, with what an old Kafka does as well as a new one:
// they fall back to its versions, and say the same.
func TestToolsOnOldKafka(t *testing.T) {
	tools := NewTools(t)
	text, err := os.ReadFile("testdata/old.txt")
	if err != nil {
		t.Fatal(err)
	}
	newest := newPartner(t, tools, startEmbedded(t, Config{}))
	for _, version := range []string{"2.8", "3.9"} {
		t.Run(version, func(t *testing.T) {
			old := newPartner(t, tools, startEmbedded(t, Config{KafkaVersion: version}))
			for line := range strings.Lines(string(text)) {
				command := strings.TrimSpace(line)
				want, got := newest.says(command), old.says(command)
				if want != got || !strings.HasPrefix(got, "code 0") {
					t.Errorf("%s\nKafka %s: %s\nthe newest: %s", command, version, got, want)
				}
			}
		})
	}
}
