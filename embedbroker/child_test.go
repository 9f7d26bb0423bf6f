package embedbroker_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/kdeck/kdeck/embedbroker/repair"
)

// childEnv holds the data folder when this test binary runs a cluster instead
// of tests: what a client sends may end that process, and not the test.
const (
	childEnv        = "KDECK_TEST_CLUSTER"
	childBrokersEnv = "KDECK_TEST_BROKERS"
	childPortEnv    = "KDECK_TEST_PORT"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(smallDiskEnv); dir != "" {
		if err := holdSmallDisk(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if dir := os.Getenv(childEnv); dir != "" {
		if err := runCluster(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// runCluster prints the addresses of a cluster and runs it until stdin ends.
func runCluster(dir string) error {
	brokers, _ := strconv.Atoi(os.Getenv(childBrokersEnv))
	port, _ := strconv.Atoi(os.Getenv(childPortEnv)) // free ones without
	c, err := embedbroker.Start(embedbroker.Config{Name: "child", Brokers: brokers, Port: port, DataDir: dir, Report: func(e repair.Event) { fmt.Fprintln(os.Stderr, e) }})
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(c.Addrs(), ","))
	_, _ = io.Copy(io.Discard, os.Stdin)
	return c.Close()
}

// child is a cluster in a process of its own.
type child struct {
	addrs  []string
	cmd    *exec.Cmd
	stdin  io.Closer
	stderr *tail
	done   chan struct{} // closed when the process has ended
	err    error         // how it ended; read after done
}

// startChild starts a cluster on dir in a process of its own.
func startChild(t testing.TB, dir string, brokers int) *child {
	t.Helper()
	c, err := launchChild(dir, brokers, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	return c
}

// launchChild is startChild on consecutive ports; 0 takes free ones.
func launchChild(dir string, brokers, port int) (*child, error) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir, childBrokersEnv+"="+strconv.Itoa(brokers), childPortEnv+"="+strconv.Itoa(port))
	c := &child{cmd: cmd, stderr: new(tail), done: make(chan struct{})}
	cmd.Stderr = c.stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c.stdin = stdin
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		return nil, fmt.Errorf("cluster did not start: %w\n%s", err, c.stderr)
	}
	c.addrs = strings.Split(strings.TrimSpace(line), ",")
	go func() {
		c.err = cmd.Wait()
		close(c.done)
	}()
	return c, nil
}

// kill ends the process at once, as kill -9 does.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may have ended
	<-c.done
}

// stop ends the cluster in order.
func (c *child) stop() error {
	c.stdin.Close()
	<-c.done
	return c.err
}

func (c *child) running() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// tail keeps the start of what is written to it: the first panic counts.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *tail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if room := 16<<10 - w.buf.Len(); room > 0 {
		w.buf.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}
