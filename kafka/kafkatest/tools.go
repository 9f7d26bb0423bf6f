package kafkatest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Tools runs Apache Kafka's own command-line tools, all in one JVM.
type Tools struct {
	tb      testing.TB
	shared  *Shared
	kill    func() error // ends the JVM
	in      *json.Encoder
	answers *bufio.Scanner
}

// Ran is what a tool has printed and how it ended.
type Ran struct {
	Out, Err string
	Code     int
}

// NewTools starts the JVM, which ends with the test. Without Apache Kafka the
// test is skipped.
func NewTools(tb testing.TB) *Tools {
	tb.Helper()
	s := shared(tb)
	if s == nil {
		tb.Skip("needs Apache Kafka's tools: make test-kafka")
	}
	cmd := exec.Command("java", javaArgs(s, lightJava, s.Tools)...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close() // which ends it
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t := &Tools{tb: tb, shared: s, kill: cmd.Process.Kill, in: json.NewEncoder(in), answers: bufio.NewScanner(out)}
	t.answers.Buffer(nil, 64<<20)
	return t
}

// tools is the main classes of the scripts in Apache Kafka's bin folder.
var tools = map[string]string{
	"kafka-broker-api-versions":    "org.apache.kafka.tools.BrokerApiVersionsCommand",
	"kafka-configs":                "kafka.admin.ConfigCommand",
	"kafka-console-consumer":       "org.apache.kafka.tools.consumer.ConsoleConsumer",
	"kafka-consumer-groups":        "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
	"kafka-consumer-perf-test":     "org.apache.kafka.tools.ConsumerPerformance",
	"kafka-delete-records":         "org.apache.kafka.tools.DeleteRecordsCommand",
	"kafka-get-offsets":            "org.apache.kafka.tools.GetOffsetShell",
	"kafka-leader-election":        "org.apache.kafka.tools.LeaderElectionCommand",
	"kafka-log-dirs":               "org.apache.kafka.tools.LogDirsCommand",
	"kafka-producer-perf-test":     "org.apache.kafka.tools.ProducerPerformance",
	"kafka-reassign-partitions":    "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
	"kafka-share-groups":           "org.apache.kafka.tools.consumer.group.ShareGroupCommand",
	"kafka-topics":                 "org.apache.kafka.tools.TopicCommand",
	"kafka-transactions":           "org.apache.kafka.tools.TransactionsCommand",
	"kafka-acls":                   "org.apache.kafka.tools.AclCommand",
	"kafka-metadata-quorum":        "org.apache.kafka.tools.MetadataQuorumCommand",
	"kafka-groups":                 "org.apache.kafka.tools.GroupsCommand",
	"kafka-e2e-latency":            "org.apache.kafka.tools.EndToEndLatency",
	"kafka-cluster":                "org.apache.kafka.tools.ClusterTool",
	"kafka-features":               "org.apache.kafka.tools.FeatureCommand",
	"kafka-client-metrics":         "org.apache.kafka.tools.ClientMetricsCommand",
	"kafka-console-share-consumer": "org.apache.kafka.tools.consumer.ConsoleShareConsumer",
}

// alone is the same for tools that do a part of their work when their JVM ends, as
// producers that have records to send, and so have one of their own.
var alone = map[string]string{
	"kafka-console-producer":    "org.apache.kafka.tools.ConsoleProducer",
	"kafka-verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
	"kafka-verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
}

// javaArgs start a class, or a source file, with Apache Kafka's jars and options of
// the JVM.
func javaArgs(s *Shared, java []string, program string, args ...string) []string {
	return slices.Concat(java, []string{
		"-Duser.timezone=UTC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", filepath.Join(s.Libs, "*"), program,
	}, args)
}

// Java runs a class or the source file of a Java program in a JVM of its own. A
// source file is found in testdata/kafka.
func (t *Tools) Java(program string, args ...string) Ran {
	t.tb.Helper()
	return t.java("", lightJava, program, args...)
}

// JavaWith is Java with options of the JVM.
func (t *Tools) JavaWith(java []string, program string, args ...string) Ran {
	t.tb.Helper()
	return t.java("", java, program, args...)
}

func (t *Tools) java(stdin string, java []string, program string, args ...string) Ran {
	t.tb.Helper()
	if strings.HasSuffix(program, ".java") {
		program = filepath.Join(filepath.Dir(t.shared.Tools), program)
	}
	ctx, cancel := context.WithTimeout(context.Background(), toolPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "java", javaArgs(t.shared, java, program, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	if ctx.Err() != nil || cmd.ProcessState == nil {
		t.tb.Fatalf("%s %v: %v, %v\n%s%s", program, args, err, ctx.Err(), &out, &errs)
	}
	return Ran{Out: out.String(), Err: errs.String(), Code: cmd.ProcessState.ExitCode()}
}

// toolPatience bounds one tool or program.
const toolPatience = 2 * time.Minute

// Try runs a tool, as "kafka-topics --list"; what follows the command line is its
// standard input. Arguments are separated by spaces.
func (t *Tools) Try(cluster *Cluster, command string, stdin ...string) Ran {
	t.tb.Helper()
	words := strings.Fields(command)
	args := append([]string{"--bootstrap-server", strings.Join(cluster.Servers, ",")}, words[1:]...)
	if class, ok := alone[words[0]]; ok {
		return t.java(strings.Join(stdin, "\n"), lightJava, class, args...)
	}
	class, ok := tools[words[0]]
	if !ok {
		t.tb.Fatalf("there is no tool %s", words[0])
	}
	request := map[string]any{"class": class, "args": args, "stdin": strings.Join(stdin, "\n")}
	if err := t.in.Encode(request); err != nil {
		t.tb.Fatal(err)
	}
	overdue := time.AfterFunc(toolPatience, func() { _ = t.kill() }) // the test says which tool it was
	defer overdue.Stop()
	if !t.answers.Scan() {
		t.tb.Fatalf("%s ended the tools' JVM: %v", command, t.answers.Err())
	}
	var ran Ran
	if err := json.Unmarshal(t.answers.Bytes(), &ran); err != nil {
		t.tb.Fatalf("%s: %v: %s", command, err, t.answers.Text())
	}
	return ran
}

// Run is Try that ends the test when the tool fails.
func (t *Tools) Run(cluster *Cluster, command string, stdin ...string) string {
	t.tb.Helper()
	ran := t.Try(cluster, command, stdin...)
	if ran.Code != 0 {
		t.tb.Fatalf("%s ended with %d\n%s%s", command, ran.Code, ran.Out, ran.Err)
	}
	return ran.Out
}

// Columns reads a table that a tool has printed: rows of its words by the words
// of its first line. Lines of other widths are left out.
func Columns(table string) []map[string]string {
	var head []string
	var rows []map[string]string
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "GROUP":
			head = words
		case len(words) == len(head):
			row := make(map[string]string, len(head))
			for i, word := range words {
				row[head[i]] = word
			}
			rows = append(rows, row)
		}
	}
	return rows
}
