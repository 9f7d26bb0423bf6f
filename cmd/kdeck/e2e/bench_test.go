package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/tui/tuitest"
)

// buildKdeck builds the program as it is released.
func buildKdeck(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "kdeck")
	build := exec.Command("go", "build", "-trimpath", "-o", path, "github.com/kdeck/kdeck/cmd/kdeck")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// command is a run of kdeck with folders of its own.
func command(b *testing.B, kdeck string, args ...string) *exec.Cmd {
	cmd := exec.Command(kdeck, args...)
	cmd.Env = append(os.Environ(),
		"XDG_CONFIG_HOME="+b.TempDir(), "XDG_DATA_HOME="+b.TempDir(), "XDG_STATE_HOME="+b.TempDir())
	return cmd
}

// BenchmarkStart is the time from the start of the process kdeck local to the
// first overview with answers of the cluster on a terminal of 160×48. In turn
// with it runs the floor, which has no console: kdeck local --headless from its
// start until a bare kadm client has the metadata of the cluster that it
// launched.
func BenchmarkStart(b *testing.B) {
	kdeck := buildKdeck(b)
	const rounds = 11
	var console, headless []time.Duration
	for range b.N {
		for range rounds {
			console = append(console, startConsole(b, kdeck))
			headless = append(headless, startBare(b, kdeck))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(millis(median(console)), "ms")
	b.ReportMetric(millis(median(headless)), "floor-ms")
	b.ReportMetric(float64(median(console))/float64(median(headless)), "×floor")
}

func startConsole(b *testing.B, kdeck string) time.Duration {
	b.Helper()
	cmd := command(b, kdeck, "local", "--ephemeral", "--port", "0")
	began := time.Now()
	s := tuitest.Exec(b, cmd, 160, 48)
	s.WaitFor("3 brokers up", "3 of 3 up", "no groups yet")
	took := time.Since(began)
	if err := s.Type("q").WaitEnd(); err != nil {
		b.Fatal(err)
	}
	return took
}

func startBare(b *testing.B, kdeck string) time.Duration {
	b.Helper()
	cmd := command(b, kdeck, "local", "--ephemeral", "--port", "0", "--headless")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	line := make([]byte, 200)
	n, err := stdout.Read(line)
	if err != nil {
		b.Fatal(err)
	}
	_, servers, _ := strings.Cut(strings.TrimSpace(string(line[:n])), ": ")
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(servers, ",")...))
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	if md, err := kadm.NewClient(client).Metadata(b.Context()); err != nil || len(md.Brokers) != 3 {
		b.Fatalf("%d brokers, %v", len(md.Brokers), err)
	}
	took := time.Since(began)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	return took
}

// The large cluster that a console is left alone with.
const (
	idleTopics     = 10_000
	idlePartitions = 10
	idleGroups     = 1000
	// idleWarm is when everything has been asked for twice, and idleFor the time
	// between two questions of those that are asked least often.
	idleWarm = 15 * time.Second
	idleFor  = 100 * time.Second
)

// BenchmarkIdle opens the overview and the list of topics of a large cluster in
// another process, each in a console of its own, and leaves them alone. It
// reports the share of a core that each of them takes, its resident memory at the
// end, and its largest.
func BenchmarkIdle(b *testing.B) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		b.Skip(err)
	}
	kdeck := buildKdeck(b)
	servers := largeCluster(b)
	for range b.N {
		consoles := map[string]*exec.Cmd{}
		for _, screen := range []string{"overview", "topics"} {
			cmd := command(b, kdeck, "attach", servers, "--read-only")
			s := tuitest.Exec(b, cmd, 160, 48)
			s.WaitFor("100,000", "group-0")
			if screen == "topics" {
				s.Type("2").WaitFor("topic-00001")
			}
			consoles[screen] = cmd
		}
		<-time.After(idleWarm)
		before := map[string]time.Duration{}
		for screen, cmd := range consoles {
			before[screen] = processorTime(b, cmd.Process.Pid)
		}
		<-time.After(idleFor)
		for screen, cmd := range consoles {
			used := processorTime(b, cmd.Process.Pid) - before[screen]
			b.ReportMetric(100*used.Seconds()/idleFor.Seconds(), screen+"-%cpu")
			b.ReportMetric(statusMiB(b, cmd.Process.Pid, "VmRSS:"), screen+"-MiB")
			b.ReportMetric(statusMiB(b, cmd.Process.Pid, "VmHWM:"), screen+"-most-MiB")
		}
	}
	b.ReportMetric(0, "ns/op")
}

// largeCluster starts a bare engine in this process and returns its servers.
func largeCluster(b *testing.B) string {
	b.Helper()
	names := make([]string, idleTopics)
	for i := range names {
		names[i] = fmt.Sprintf("topic-%05d", i)
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(idlePartitions, names...))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	const each = idleTopics / idleGroups
	for g := range idleGroups {
		var offsets kadm.Offsets
		for _, name := range names[g*each : (g+1)*each] {
			for p := range int32(idlePartitions) {
				offsets.AddOffset(name, p, 0, -1)
			}
		}
		if err := admin.CommitAllOffsets(context.Background(), fmt.Sprintf("group-%04d", g), offsets); err != nil {
			b.Fatal(err)
		}
	}
	return strings.Join(cluster.ListenAddrs(), ",")
}

// processorTime is what a process has used so far: utime and stime of
// /proc/PID/stat, in hundredths of a second.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // behind the name of the program
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// statusMiB is an entry of /proc/PID/status, which are in KiB.
func statusMiB(b *testing.B, pid int, entry string) float64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == entry {
			kib, _ := strconv.Atoi(f[1])
			return float64(kib) / 1024
		}
	}
	b.Fatal("no " + entry)
	return 0
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
