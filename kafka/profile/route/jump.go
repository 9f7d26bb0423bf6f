package route

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Jump connects from an SSH jump host by the user's own ssh, so that its
// configuration, agent, known hosts and keys count. All connections share one login
// (ControlMaster), which ends half a minute after the last of them.
type Jump struct {
	// Destination is what ssh takes: a host, user@host, an ssh:// URL or a name of
	// its configuration.
	Destination string
	// Args are more arguments of ssh, as in -i or -p.
	Args []string
	// Dir is a folder for the socket of the shared login; it is made when missing.
	// Without one, or with a long one, every connection logs in by itself.
	Dir string

	mu     sync.Mutex // held while logging in, so that many connections cause one
	shared []string   // the arguments that share the login; nil until they are known
}

// JumpError says that ssh did not log in, or did not connect.
type JumpError struct {
	Destination string
	Target      string // empty when it did not log in
	Err         error
	Says        string // what ssh wrote, on one line
}

func (e *JumpError) Error() string {
	what := fmt.Sprintf("ssh %s does not log in", e.Destination)
	if e.Target != "" {
		what = fmt.Sprintf("ssh %s does not connect to %s", e.Destination, e.Target)
	}
	if e.Says != "" {
		return what + ": " + e.Says
	}
	return fmt.Sprintf("%s: %v", what, e.Err)
}

func (e *JumpError) Unwrap() error { return e.Err }

// Validate reports what ssh would take for something else.
func (j *Jump) Validate() error {
	switch {
	case j.Destination == "":
		return errors.New("ssh: the destination is missing")
	case strings.HasPrefix(j.Destination, "-") || strings.ContainsAny(j.Destination, " \t\r\n\x00"):
		return fmt.Errorf("ssh: %q is not a destination", j.Destination)
	}
	return nil
}

const (
	// maxDir bounds Dir: the path of a socket has at most 104 bytes (macOS), of which
	// the name takes 17, and ssh 17 more for a name in between.
	maxDir = 104 - 2*17 - 1
	// persist is how long a login outlives its last connection.
	persist = 30 * time.Second
	// hangUp is how long ssh may take to end after its connection did.
	hangUp = time.Second
)

// command is ssh with what all calls have in common. BatchMode keeps it from asking
// on the terminal that a screen is drawn on.
func (j *Jump) command(ctx context.Context, args ...string) *exec.Cmd {
	all := append([]string{"-o", "BatchMode=yes"}, args...)
	all = append(append(all, j.Args...), "--", j.Destination)
	return exec.CommandContext(ctx, "ssh", all...)
}

// Shares reports whether all connections share one login; the ssh of Windows cannot.
func (j *Jump) Shares() bool {
	return j.Dir != "" && len(j.Dir) <= maxDir && runtime.GOOS != "windows"
}

// Login logs in, if that has not been done. It is part of Dial, and does nothing
// where logins are not shared.
func (j *Jump) Login(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.Shares() {
		return nil
	}
	if j.shared == nil {
		shared, err := j.sharing(ctx)
		if err != nil {
			return err
		}
		j.shared = shared
	}
	if j.command(ctx, append(j.shared, "-O", "check")...).Run() == nil {
		return nil
	}
	// With ControlPersist ssh goes into the background once it has logged in, with
	// its standard error: a pipe would not end.
	says, err := os.CreateTemp("", "kdeck-ssh-")
	if err != nil {
		return err
	}
	defer func() {
		_ = says.Close()
		_ = os.Remove(says.Name())
	}()
	login := j.command(ctx, append(j.shared, "-N", "-o", "ControlMaster=auto", "-o", fmt.Sprintf("ControlPersist=%.0f", persist.Seconds()))...)
	login.Stderr = says
	if err := login.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		text, _ := os.ReadFile(says.Name()) // the error is told in any case
		return &JumpError{Destination: j.Destination, Err: err, Says: lastLine(text)}
	}
	return nil
}

// sharing returns the arguments by which connections find the shared login: none
// when the user's configuration has a ControlPath.
func (j *Jump) sharing(ctx context.Context) ([]string, error) {
	var says bytes.Buffer
	cmd := j.command(ctx, "-G")
	cmd.Stderr = &says
	settings, err := cmd.Output()
	if err != nil {
		return nil, &JumpError{Destination: j.Destination, Err: err, Says: lastLine(says.Bytes())}
	}
	for line := range strings.Lines(string(settings)) {
		if path, found := strings.CutPrefix(strings.TrimSpace(line), "controlpath "); found && path != "none" {
			return []string{}, nil
		}
	}
	if err := os.MkdirAll(j.Dir, 0o700); err != nil {
		return nil, err
	}
	key := sha256.Sum256([]byte(strings.Join(append([]string{j.Destination}, j.Args...), "\x00")))
	return []string{"-o", "ControlPath=" + filepath.Join(j.Dir, fmt.Sprintf("%x", key[:8]))}, nil
}

// Dial connects to addr, host:port, from the jump host. That the jump host does not
// get there is an error of the first Read: ssh does not tell earlier.
func (j *Jump) Dial(ctx context.Context, addr string) (net.Conn, error) {
	if err := j.Login(ctx); err != nil {
		return nil, err
	}
	ours, theirs := net.Pipe()
	c := &jumpConn{Conn: ours, jump: j, target: addr, ended: make(chan struct{})}
	// The connection outlives the dialling; Close ends it.
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	cmd := j.command(running, append(j.shared, "-o", "ControlMaster=no", "-W", addr)...)
	cmd.WaitDelay = hangUp
	cmd.Stderr = &c.says
	stdin, err := cmd.StdinPipe()
	if err == nil {
		cmd.Stdout = theirs
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, &JumpError{Destination: j.Destination, Target: addr, Err: err}
	}
	go func() {
		_, _ = io.Copy(stdin, theirs) // Read tells how it ended
		_ = stdin.Close()
	}()
	go func() {
		c.err = cmd.Wait()
		close(c.ended)
		_ = theirs.Close() // always nil
	}()
	return c, nil
}

// jumpConn is a connection through the input and output of ssh.
type jumpConn struct {
	net.Conn
	jump   *Jump
	target string
	cancel context.CancelFunc
	ended  chan struct{} // closed when ssh has ended; says and err are set then
	says   capped
	err    error
}

func (c *jumpConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, c.explain(err)
}

func (c *jumpConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	return n, c.explain(err)
}

// explain tells the end of a connection that ssh ended with an error.
func (c *jumpConn) explain(err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	select {
	case <-c.ended:
	default:
		return err
	}
	var exit *exec.ExitError
	if errors.As(c.err, &exit) && exit.ExitCode() > 0 {
		says := lastLine(c.says.data)
		// All that a shared login tells of what the jump host answered.
		if strings.Contains(says, "Session open refused by peer") {
			says = "the jump host cannot connect there, or may not (AllowTcpForwarding, PermitOpen)"
		}
		return &JumpError{Destination: c.jump.Destination, Target: c.target, Err: c.err, Says: says}
	}
	return err
}

// Close ends ssh as well.
func (c *jumpConn) Close() error {
	err := c.Conn.Close()
	c.cancel()
	<-c.ended
	return err
}

// RemoteAddr names the broker: an address on the far side of the jump host.
func (c *jumpConn) RemoteAddr() net.Addr { return farAddr(c.target) }

type farAddr string

func (farAddr) Network() string  { return "tcp" }
func (a farAddr) String() string { return string(a) }

// capped keeps the first bytes that are written to it.
type capped struct{ data []byte }

func (b *capped) Write(p []byte) (int, error) {
	const limit = 4 << 10
	b.data = append(b.data, p[:min(len(p), limit-len(b.data))]...)
	return len(p), nil
}

// lastLine is the last line of what ssh wrote, where it says why, before the one that
// stdio forwarding failed.
func lastLine(text []byte) string {
	var last string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.Contains(line, "stdio forwarding failed") && !strings.HasPrefix(line, "Warning: Permanently added") {
			last = strings.Map(printable, line)
		}
	}
	return last
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}
