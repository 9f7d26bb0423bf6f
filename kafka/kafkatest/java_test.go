package kafkatest

import (
	"strings"
	"testing"
)

// TestJavaClients runs programs of testdata/kafka on Apache Kafka and on the
// embedded cluster: they print the same.
func TestJavaClients(t *testing.T) {
	tools := NewTools(t)
	for _, tc := range []struct {
		name string
		file string
		args []string // behind the bootstrap servers; TEMP is a folder of the run's own
	}{
		{"a KIP-848 group", "Consumers.java", nil},
		{"transactions", "Transactions.java", nil},
		{"Kafka Streams, at least once", "WordCount.java", []string{"TEMP", "at_least_once"}},
		{"Kafka Streams, exactly once", "WordCount.java", []string{"TEMP", "exactly_once_v2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			run := func(c *Cluster) string {
				args := []string{strings.Join(c.Servers, ",")}
				for _, a := range tc.args {
					args = append(args, strings.ReplaceAll(a, "TEMP", t.TempDir()))
				}
				ran := tools.Java(tc.file, args...)
				if ran.Code != 0 || ran.Out == "" {
					t.Errorf("it ended with %d on %v (embedded: %v)\n%s%s", ran.Code, c.Servers, c.Embedded != nil, ran.Out, ran.Err)
				}
				return ran.Out
			}
			want, got := run(Start(t, Config{})), run(startEmbedded(t, Config{}))
			if got != want {
				t.Errorf("on the embedded cluster it says\n%s\non Apache Kafka\n%s", got, want)
			}
		})
	}
}
