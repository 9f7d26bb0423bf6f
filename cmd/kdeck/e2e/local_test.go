package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// headless is a running "kdeck local --headless".
type headless struct {
	cmd     *exec.Cmd
	servers []string
	rest    chan string // what stdout said after the first line
	stderr  strings.Builder
}

// startHeadless runs kdeck and waits for its one line. The process ends with
// the test.
func startHeadless(t *testing.T, args ...string) *headless {
	t.Helper()
	h := &headless{cmd: exec.Command("kdeck", append([]string{"local", "--headless", "--port", "0"}, args...)...), rest: make(chan string, 1)}
	h.cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
	h.cmd.Stderr = &h.stderr
	stdout, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.cmd.Process.Kill() }) // it may have ended
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadString('\n')
	if err != nil {
		_ = h.cmd.Wait()
		t.Fatalf("kdeck said %q and no more (%v); stderr: %s", line, err, h.stderr.String())
	}
	go func() {
		var rest strings.Builder
		_, _ = lines.WriteTo(&rest) // until the pipe closes
		h.rest <- rest.String()
	}()
	if !regexp.MustCompile(`^bootstrap servers: 127\.0\.0\.1:\d+(,127\.0\.0\.1:\d+)*\n$`).MatchString(line) {
		t.Fatalf("kdeck printed %q", line)
	}
	h.servers = strings.Split(strings.TrimSpace(strings.TrimPrefix(line, "bootstrap servers: ")), ",")
	return h
}

// stop ends kdeck as an init system does, and wants a clean end.
func (h *headless) stop(t *testing.T, with os.Signal) {
	t.Helper()
	if err := h.cmd.Process.Signal(with); err != nil {
		t.Fatal(err)
	}
	rest := <-h.rest
	if err := h.cmd.Wait(); err != nil {
		t.Errorf("after %v kdeck ended with %v; stderr: %s", with, err, h.stderr.String())
	}
	if rest != "" || h.stderr.Len() > 0 {
		t.Errorf("kdeck also said %q and, on stderr, %q", rest, h.stderr.String())
	}
}

func (h *headless) admin(t *testing.T) *kadm.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(h.servers...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return kadm.NewClient(client)
}

func TestHeadlessKeepsEverythingForTheNextStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	first := startHeadless(t, "--data-dir", dir)
	if len(first.servers) != 3 {
		t.Fatalf("%d brokers by default, want 3", len(first.servers))
	}
	admin := first.admin(t)
	retention := "123456"
	if _, err := admin.CreateTopic(ctx, 2, 3, map[string]*string{"retention.ms": &retention}, "kept"); err != nil {
		t.Fatal(err)
	}
	producer, err := kgo.NewClient(kgo.SeedBrokers(first.servers...), kgo.DefaultProduceTopic("kept"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if err := producer.ProduceSync(ctx, kgo.StringRecord(strconv.Itoa(i))).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	producer.Close()
	var committed kadm.Offsets
	committed.Add(kadm.Offset{Topic: "kept", Partition: 1, At: 7, LeaderEpoch: -1, Metadata: "note"})
	if err := admin.CommitAllOffsets(ctx, "readers", committed); err != nil {
		t.Fatal(err)
	}
	first.stop(t, syscall.SIGTERM)

	second := startHeadless(t, "--data-dir", dir)
	admin = second.admin(t)
	ends, err := admin.ListEndOffsets(ctx, "kept")
	if err != nil {
		t.Fatal(err)
	}
	if n := ends["kept"][0].Offset + ends["kept"][1].Offset; n != 20 {
		t.Errorf("%d records at the second start, want 20", n)
	}
	offsets, err := admin.FetchOffsets(ctx, "readers")
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := offsets.Lookup("kept", 1); !ok || o.At != 7 || o.Metadata != "note" {
		t.Errorf("the commit is %+v at the second start", o.Offset)
	}
	configs, err := admin.DescribeTopicConfigs(ctx, "kept")
	if err != nil {
		t.Fatal(err)
	}
	if got := configValue(configs, "retention.ms"); got != retention {
		t.Errorf("retention.ms is %q at the second start, want %s", got, retention)
	}
	second.stop(t, os.Interrupt)
}

func configValue(configs kadm.ResourceConfigs, name string) string {
	for _, resource := range configs {
		for _, c := range resource.Configs {
			if c.Key == name {
				return c.MaybeValue()
			}
		}
	}
	return ""
}

func TestEphemeralLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	h := startHeadless(t, "--ephemeral", "--brokers", "1")
	if len(h.servers) != 1 {
		t.Errorf("--brokers 1 gave %v", h.servers)
	}
	h.stop(t, syscall.SIGTERM)
	left, err := os.ReadDir(tmp)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("%d entries are left in the temporary folder, the first is %s", len(left), left[0].Name())
	}
}

// A temporary folder whose cluster was killed goes at the next start, and one whose
// cluster runs stays.
func TestEphemeralSweepsWhatWasKilled(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	killed := startHeadless(t, "--ephemeral", "--brokers", "1")
	if err := killed.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.cmd.Wait() // killed
	first := startHeadless(t, "--ephemeral", "--brokers", "1")
	second := startHeadless(t, "--ephemeral", "--brokers", "1")
	left, err := os.ReadDir(tmp)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 {
		t.Errorf("%d folders with two clusters that run", len(left))
	}
	first.stop(t, syscall.SIGTERM)
	second.stop(t, syscall.SIGTERM)
}

// TestLocalRefusals runs into what goes wrong at a start: one line that names
// it, exit code 1.
func TestLocalRefusals(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	busy := strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
	dir := filepath.Join(t.TempDir(), "data")
	running := startHeadless(t, "--data-dir", dir)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		args []string
		want []string
	}{
		{"busy port", []string{"--ephemeral", "--brokers", "1", "--port", busy}, []string{"127.0.0.1:" + busy, "--port"}},
		{"folder in use", []string{"--data-dir", dir}, []string{dir, fmt.Sprint(running.cmd.Process.Pid), "--data-dir"}},
		{"no folder", []string{"--data-dir", file}, []string{file}},
		{"too many brokers", []string{"--ephemeral", "--brokers", "99"}, []string{"99", "15"}},
		{"bad name", []string{"--name", "../up"}, []string{"--name"}},
		{"two places", []string{"--ephemeral", "--data-dir", dir}, []string{"data-dir", "ephemeral"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			args := append([]string{"local", "--headless"}, tc.args...)
			if tc.name != "busy port" {
				args = append(args, "--port", "0")
			}
			cmd := exec.Command("kdeck", args...)
			var stdout, stderr strings.Builder
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != 1 {
				t.Errorf("exit code %d (%v), want 1", code, err)
			}
			if stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("stdout %q, stderr %q: want one line on stderr", stdout.String(), stderr.String())
			}
			for _, w := range tc.want {
				if !strings.Contains(stderr.String(), w) {
					t.Errorf("%q does not name %s", stderr.String(), w)
				}
			}
		})
	}
	running.stop(t, syscall.SIGTERM)
}
