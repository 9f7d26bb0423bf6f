package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// producedLines is what BenchmarkProduce writes, 100 bytes each.
const producedLines = 2_000_000

// BenchmarkProduce is kdeck produce from a pipe, in ratio to a bare client that
// writes the same values from memory, and beside kcat where there is kcat: from the
// start of the process to its end.
func BenchmarkProduce(b *testing.B) {
	kdeck := buildKdeck(b)
	cluster := kafkatest.Start(b, kafkatest.Config{})
	cluster.Create(3, 1, nil, "bench")
	input := make([]byte, 0, 101*producedLines)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range producedLines {
		at := len(input)
		input = fmt.Appendf(input, `{"id":%d,"customer":"customer-%d","note":"`, i, random.Uint32())
		for len(input) < at+98 {
			input = append(input, "abcdefghijklmnopqrstuvwxyz .,"[random.IntN(29)])
		}
		input = append(input, "\"}\n"...)
	}
	servers := strings.Join(cluster.Servers, ",")
	pipe := func(cmd *exec.Cmd) time.Duration {
		cmd.Stdin = bytes.NewReader(input) // through a pipe
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		return time.Since(began)
	}
	bare, ours, kcat := time.Hour, time.Hour, time.Hour // the shortest of all rounds: others use the machine too
	for b.Loop() {
		bare = min(bare, produceBare(b, cluster.Servers, input))
		ours = min(ours, pipe(command(b, kdeck, "produce", "bench", "--bootstrap-server", servers)))
		if path, err := exec.LookPath("kcat"); err == nil {
			kcat = min(kcat, pipe(exec.Command(path, "-P", "-b", servers, "-t", "bench", "-X", "acks=all", "-X", "enable.idempotence=true")))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours.Seconds()/bare.Seconds(), "×floor")
	b.ReportMetric(producedLines/ours.Seconds(), "records/s")
	b.ReportMetric(producedLines/bare.Seconds(), "floor-records/s")
	b.ReportMetric(producedLines/kcat.Seconds(), "kcat-records/s")
}

// produceBare writes lines with a bare client that lingers as kdeck produce does.
func produceBare(b *testing.B, servers []string, input []byte) time.Duration {
	b.Helper()
	began := time.Now()
	client, err := kgo.NewClient(kgo.SeedBrokers(servers...), kgo.ProducerLinger(5*time.Millisecond), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	for line := range bytes.Lines(input) {
		client.Produce(b.Context(), &kgo.Record{Topic: "bench", Value: line[:len(line)-1]}, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	if err := client.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
