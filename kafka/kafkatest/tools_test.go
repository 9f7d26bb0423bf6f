package kafkatest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// script is a conversation with a cluster, a tool a line. TMP is a folder with
// the files of setFiles. What differs on purpose has the id of a row of
// docs/compatibility.md behind a #.
const script = `
kafka-topics --create --topic orders --partitions 3 --replication-factor 3 --config retention.ms=86400000
kafka-topics --create --topic orders --partitions 1
kafka-topics --create --topic plain --partitions 2
kafka-topics --create --topic lots --partitions 1 --replication-factor 9
kafka-topics --create --topic b@d --partitions 1
kafka-topics --list --exclude-internal
kafka-topics --describe --topic orders # describe-min-isr
kafka-topics --describe --topic nowhere
kafka-topics --alter --topic orders --partitions 4
kafka-topics --alter --topic orders --partitions 2
kafka-topics --describe --under-replicated-partitions
kafka-topics --describe --unavailable-partitions
kafka-console-producer --topic orders --reader-property parse.key=true --reader-property key.separator=: <FILE records
kafka-get-offsets --topic orders
kafka-get-offsets --topic orders --time earliest
kafka-get-offsets --topic orders --time 1
kafka-get-offsets --topic orders --time 99999999999999
kafka-console-consumer --topic orders --from-beginning --max-messages 8 --timeout-ms 20000 --group readers --formatter-property print.key=true
kafka-consumer-groups --list
kafka-consumer-groups --describe --group readers
kafka-consumer-groups --describe --state --group readers
kafka-consumer-groups --describe --members --group readers
kafka-consumer-groups --describe --group nobody
kafka-consumer-groups --reset-offsets --group readers --all-topics --to-earliest --dry-run
kafka-consumer-groups --reset-offsets --group readers --all-topics --to-earliest --execute
kafka-consumer-groups --reset-offsets --group readers --all-topics --shift-by 1 --export --dry-run
kafka-consumer-groups --reset-offsets --group readers --topic orders:0 --to-offset 1 --execute
kafka-consumer-groups --reset-offsets --group readers --all-topics --to-datetime 2020-01-01T00:00:00.000 --dry-run
kafka-consumer-groups --reset-offsets --group readers --all-topics --by-duration PT1H --dry-run
kafka-consumer-groups --reset-offsets --group readers --all-topics --to-current --dry-run
kafka-consumer-groups --reset-offsets --group readers --from-file TMP/plan.csv --execute
kafka-consumer-groups --describe --group readers
kafka-consumer-groups --delete-offsets --group readers --topic orders:1
kafka-delete-records --offset-json-file TMP/delete.json
kafka-get-offsets --topic orders --time earliest
kafka-configs --alter --topic orders --add-config retention.ms=1000,cleanup.policy=compact
kafka-configs --describe --topic orders # config-synonyms
kafka-configs --alter --topic orders --delete-config retention.ms
kafka-configs --alter --topic orders --add-config no.such=1
kafka-configs --alter --topic orders --add-config retention.ms=soon
kafka-configs --describe --topic nowhere
kafka-configs --alter --topic orders --delete-config cleanup.policy
kafka-topics --create --topic compacted --partitions 1 --replication-factor 1 --config cleanup.policy=compact
kafka-console-producer --topic compacted <FILE records
kafka-get-offsets --topic compacted
kafka-configs --alter --topic compacted --delete-config cleanup.policy
kafka-configs --alter --topic compacted --add-config cleanup.policy=compact
kafka-console-producer --topic compacted <FILE records
kafka-get-offsets --topic compacted
kafka-topics --delete --topic compacted
kafka-producer-perf-test --topic orders --num-records 1000 --record-size 100 --throughput -1 --command-property acks=all
kafka-consumer-perf-test --topic orders --num-records 1000 --timeout 20000
kafka-broker-api-versions # api-versions
kafka-log-dirs --describe --topic-list orders
kafka-leader-election --election-type preferred --topic orders --partition 0
kafka-transactions describe --transactional-id nobody
kafka-transactions find-hanging --broker-id 0 # producers-of-followers
kafka-groups --list
kafka-consumer-groups --delete --group readers
kafka-consumer-groups --delete --group nobody
kafka-topics --delete --topic orders
kafka-topics --delete --topic orders
kafka-topics --delete --topic plain
kafka-topics --list --exclude-internal
`

// setFiles writes the files that the script names.
func setFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var records strings.Builder
	for i := range 8 {
		fmt.Fprintf(&records, "key-%d:value %d\n", i, i)
	}
	for name, text := range map[string]string{
		"plan.csv":    "orders,0,1\norders,1,0\norders,2,2\n",
		"delete.json": `{"partitions":[{"topic":"orders","partition":0,"offset":1}],"version":1}`,
		"records":     records.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestToolsSeeARealCluster holds the same conversation with the embedded cluster
// and with Apache Kafka, and compares what the tools say.
func TestToolsSeeARealCluster(t *testing.T) {
	tools := NewTools(t)
	apache := Start(t, Config{})
	embedded := &Cluster{tb: t}
	embedded.startEmbedded(Config{})
	dir := setFiles(t)
	for line := range strings.Lines(strings.TrimSpace(script)) {
		command, id, differs := strings.Cut(strings.TrimSpace(line), " # ")
		want, got := converse(t, tools, apache, command, dir), converse(t, tools, embedded, command, dir)
		switch {
		case differs:
			_ = apache.Differs(id, "", "") // the row is there
			t.Logf("%s (%s)\nembedded cluster: %s\nApache Kafka: %s", command, id, got, want)
			if want == got {
				t.Errorf("%s: no difference, but the row %s says that there is one", command, id)
			}
		case want != got:
			t.Errorf("%s\nembedded cluster: %s\nApache Kafka: %s", command, got, want)
		}
	}
}

// oldScript is what an old Kafka does as well as a new one.
const oldScript = `
kafka-topics --create --topic orders --partitions 3 --replication-factor 3
kafka-topics --list
kafka-console-producer --topic orders --reader-property parse.key=true --reader-property key.separator=: <FILE records
kafka-get-offsets --topic orders
kafka-get-offsets --topic orders --time 1
kafka-console-consumer --topic orders --from-beginning --max-messages 8 --timeout-ms 20000 --group readers --formatter-property print.key=true
kafka-consumer-groups --list
kafka-consumer-groups --describe --group readers
kafka-consumer-groups --describe --state --group readers
kafka-consumer-groups --describe --members --group readers
kafka-consumer-groups --reset-offsets --group readers --all-topics --to-datetime 2020-01-01T00:00:00.000 --execute
kafka-consumer-groups --describe --group readers
kafka-configs --alter --topic orders --add-config retention.ms=1000
kafka-configs --describe --topic orders
kafka-log-dirs --describe --topic-list orders
kafka-delete-records --offset-json-file TMP/delete.json
kafka-consumer-groups --delete --group readers
kafka-topics --delete --topic orders
`

// TestToolsOnOldKafka lets the tools of a new Kafka talk to a cluster that
// pretends to be an old one: they fall back to its versions, and say the same.
func TestToolsOnOldKafka(t *testing.T) {
	tools := NewTools(t)
	dir := setFiles(t)
	newest := &Cluster{tb: t}
	newest.startEmbedded(Config{})
	for _, version := range []string{"2.8", "3.9"} {
		t.Run(version, func(t *testing.T) {
			old := &Cluster{tb: t}
			old.startEmbedded(Config{KafkaVersion: version})
			for line := range strings.Lines(strings.TrimSpace(oldScript)) {
				command := strings.TrimSpace(line)
				want, got := converse(t, tools, newest, command, dir), converse(t, tools, old, command, dir)
				if want != got || !strings.HasPrefix(got, "code 0") {
					t.Errorf("%s\nKafka %s: %s\nthe newest: %s", command, version, got, want)
				}
			}
		})
	}
}

func converse(t *testing.T, tools *Tools, c *Cluster, command, dir string) string {
	t.Helper()
	command, file, hasFile := strings.Cut(strings.ReplaceAll(command, "TMP", dir), " <FILE ")
	var stdin []string
	if hasFile {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		stdin = append(stdin, string(text))
	}
	ran := tools.Try(c, command, stdin...)
	return fmt.Sprintf("code %d\n%s", ran.Code, strings.Join(comparable(ran.Out+ran.Err), "\n"))
}

// unlike is what cannot be the same in two clusters: ids, ports, times, speeds,
// which broker leads what.
var unlike = regexp.MustCompile(`"size":\d+|"logDir":"[^"]*"|perf-consumer-\d+|\d+, \d+, \d+\.\d+, \d+\.\d+|TopicId: \S+|(Leader|Replicas|Isr): [\d,]+|127\.0\.0\.1:\d+\s+\(\d+\)|127\.0\.0\.1:\d+ \(id: \d+[^)]*\)|console-consumer-\S+|consumer-readers-\S+|\d+\.\d+|\d{4}-\d\d-\d\d \S+|\d+ ms\b|\[[\d-]+ [\d:,]+\]|at org\S+|at java\S+|\(\S+\.java:\d+\)`)

// exceptions are the names of errors; the words behind them are each cluster's own.
var exceptions = regexp.MustCompile(`errors\.\w+Exception|NullPointerException|IllegalArgumentException`)

// comparable is the lines of a tool's output in order, without what is unlike. Of
// an output with an error it is the error's name.
func comparable(out string) []string {
	if names := exceptions.FindAllString(out, -1); len(names) > 0 {
		slices.Sort(names)
		return slices.Compact(names)
	}
	var lines []string
	for line := range strings.Lines(out) {
		line = strings.Join(strings.Fields(unlike.ReplaceAllString(line, "~")), " ")
		if strings.HasPrefix(line, "~ ~ ~,") { // consumer-perf-test's counts go past what was asked for
			line = "~"
		}
		if line != "" && line != "~" && !strings.Contains(line, "Tools$Ended") && !strings.HasPrefix(line, "exit ") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}
