package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// brokerJava is the options that kafka-server-start.sh and kafka-run-class.sh
// give to a broker's JVM.
var brokerJava = strings.Fields("-Xmx1G -Xms1G -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 " +
	"-XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true")

// Rounds of what is measured several times; the table has the medians. Each
// throughput is of runs of perfBytes of records each.
const (
	compareStarts = 5
	compareLoads  = 3
	perfBytes     = 400_000_000
)

// BenchmarkCompare measures kdeck local and Apache Kafka, three brokers each, one
// after the other, and prints a table in Markdown. make compare runs it.
//
// The start of Apache Kafka counts format and start of all brokers until each
// answers a request for metadata and knows the others; it is formatted once for all
// three. That of kdeck local is until a client has the metadata, and, with the
// console, until the first overview has answers of the cluster.
func BenchmarkCompare(b *testing.B) {
	tools := kafkatest.NewTools(b)
	kdeck := buildKdeck(b)
	for range b.N {
		ours, theirs := compareKdeck(b, tools, kdeck), compareKafka(b, tools)
		fmt.Printf("\n| | kdeck local | Apache Kafka |\n|---|---:|---:|\n")
		row := func(what, ours, theirs string) { fmt.Printf("| %s | %s | %s |\n", what, ours, theirs) }
		row("command to a usable cluster of 3 brokers", ours.started(), theirs.started())
		row("command to the cluster and a console on it", fmt.Sprintf("%.2f s", ours.console.Seconds()), "–")
		row("resident memory at rest, all processes", ours.memory(0), theirs.memory(0))
		row("resident memory after the load, all processes", ours.memory(1), theirs.memory(1))
		for i, size := range perfSizes {
			row(fmt.Sprintf("kafka-producer-perf-test, %d bytes, acks=all", size), ours.throughput(i, size), theirs.throughput(i, size))
		}
	}
	b.ReportMetric(0, "ns/op")
}

// perfSizes are the sizes of a record in bytes.
var perfSizes = []int{100, 1000}

// compared is what was measured of one of the two.
type compared struct {
	start, console time.Duration // console of kdeck alone
	resident       [2]float64    // MiB at rest and after the load
	perSecond      []float64     // records a second, by perfSizes
}

func (c compared) started() string { return fmt.Sprintf("%.2f s", c.start.Seconds()) }

func (c compared) memory(when int) string { return fmt.Sprintf("%.0f MiB", c.resident[when]) }

func (c compared) throughput(i, size int) string {
	return fmt.Sprintf("%.0f k/s, %.0f MB/s", c.perSecond[i]/1000, c.perSecond[i]*float64(size)/1e6)
}

func compareKdeck(b *testing.B, tools *kafkatest.Tools, kdeck string) compared {
	b.Helper()
	var bare, console []time.Duration
	for range compareStarts {
		bare = append(bare, startBare(b, kdeck))
		console = append(console, startConsole(b, kdeck))
	}
	c := compared{start: median(bare), console: median(console)}
	cmd := command(b, kdeck, "local", "--ephemeral", "--port", "0")
	screen := tuitest.Exec(b, cmd, 160, 48).WaitFor("3 brokers up")
	var servers []string
	screen.WaitUntil("an address", func(text string) bool {
		servers = regexp.MustCompile(`127\.0\.0\.1:\d+`).FindAllString(text, -1)
		return len(servers) > 0
	})
	c.load(b, tools, servers, []int{cmd.Process.Pid})
	if err := screen.Type("q").WaitEnd(); err != nil {
		b.Fatal(err)
	}
	return c
}

func compareKafka(b *testing.B, tools *kafkatest.Tools) compared {
	b.Helper()
	began := time.Now()
	cluster := kafkatest.Start(b, kafkatest.Config{Own: true, Java: brokerJava})
	c := compared{start: time.Since(began)}
	c.load(b, tools, cluster.Servers, cluster.Nodes.Pids())
	return c
}

// load measures the throughput of a cluster, and its memory before and after.
func (c *compared) load(b *testing.B, tools *kafkatest.Tools, servers []string, pids []int) {
	b.Helper()
	c.resident[0] = residentMiB(b, pids)
	bootstrap := strings.Join(servers, ",")
	for _, size := range perfSizes {
		topic := fmt.Sprint("perf-", size)
		tools.Run(&kafkatest.Cluster{Servers: servers}, "kafka-topics --create --partitions 3 --replication-factor 3 --topic "+topic)
		var rates []float64
		for range compareLoads {
			ran := tools.JavaWith([]string{"-Xmx512M", "-server"}, "org.apache.kafka.tools.ProducerPerformance", "--bootstrap-server", bootstrap, "--topic", topic,
				"--num-records", strconv.Itoa(perfBytes/size), "--record-size", strconv.Itoa(size), "--throughput", "-1", "--command-property", "acks=all")
			rates = append(rates, recordsPerSecond(b, ran.Out+ran.Err))
		}
		slices.Sort(rates)
		c.perSecond = append(c.perSecond, rates[len(rates)/2])
	}
	c.resident[1] = residentMiB(b, pids)
}

func residentMiB(b *testing.B, pids []int) (sum float64) {
	b.Helper()
	for _, pid := range pids {
		sum += statusMiB(b, pid, "VmRSS:")
	}
	return sum
}

// recordsPerSecond reads the last line of kafka-producer-perf-test, which is of the
// whole run.
func recordsPerSecond(b *testing.B, out string) float64 {
	b.Helper()
	all := regexp.MustCompile(`([\d.]+) records/sec`).FindAllStringSubmatch(out, -1)
	if len(all) == 0 {
		b.Fatalf("no result in\n%s", out)
	}
	rate, err := strconv.ParseFloat(all[len(all)-1][1], 64)
	if err != nil {
		b.Fatal(err)
	}
	return rate
}
