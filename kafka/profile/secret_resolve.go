package profile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	// commandTimeout leaves a person the time to unlock a password manager.
	commandTimeout = 30 * time.Second
	// maxSecret bounds what is read from a file or command: a private key
	// with a long chain is some 20 KiB.
	maxSecret = 64 << 10
	// maxStderr bounds what an error repeats from a failed command.
	maxStderr = 512
)

// Resolve returns the value of the secret: it reads the variable or file, or
// runs the command (for at most 30 s) each time, so that rotated secrets are
// seen. An empty value is an error. Errors never contain the value.
func (s Secret) Resolve(ctx context.Context) (string, error) {
	src := s.source()
	var value string
	var err error
	switch {
	case s.IsZero():
		return "", nil
	case src.env != "":
		var set bool
		if value, set = os.LookupEnv(src.env); !set {
			return "", fmt.Errorf("read secret: environment variable %s is not set", src.env)
		}
	case src.file != "":
		value, err = readSecretFile(src.file)
	case len(src.command) > 0:
		value, err = runSecretCommand(ctx, src.command)
	default:
		return src.literal, nil
	}
	if err == nil && value == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", fmt.Errorf("read secret from %s: %w", s, err)
	}
	return value, nil
}

// readSecretFile refuses anything but a regular file: a FIFO or a device
// could block forever or never end.
func readSecretFile(path string) (string, error) {
	path = expandHome(path)
	info, err := os.Stat(path)
	if err != nil {
		return "", pathReason(err)
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("it is not a regular file")
	}
	if info.Size() > maxSecret {
		return "", fmt.Errorf("it is %d bytes long, more than the %d a secret may have", info.Size(), maxSecret)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", pathReason(err)
	}
	return trimLineEnd(string(data)), nil
}

func runSecretCommand(ctx context.Context, command []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	stdout, stderr := limitedBuffer{left: maxSecret + 1}, limitedBuffer{left: 8 * maxStderr}
	cmd := exec.CommandContext(ctx, expandHome(command[0]), command[1:]...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second // a grandchild may hold the pipes open
	err := cmd.Run()
	value := trimLineEnd(string(stdout.data))
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("it did not finish: %w", ctx.Err())
	case errors.As(err, &exit):
		return "", fmt.Errorf("%w%s", exit, stderrDetail(string(stderr.data), value))
	case err != nil:
		return "", pathReason(err)
	case len(stdout.data) > maxSecret:
		return "", fmt.Errorf("it printed more than the %d bytes a secret may have", maxSecret)
	}
	return value, nil
}

// stderrDetail is the end of what a command complained, on one line, without
// the value should the command have traced it.
func stderrDetail(stderr, value string) string {
	if value != "" {
		stderr = strings.ReplaceAll(stderr, value, mask)
	}
	text := strings.Join(strings.Fields(clean(stderr)), " ")
	if text == "" {
		return ""
	}
	if len(text) > maxStderr {
		text = "…" + strings.ToValidUTF8(text[len(text)-maxStderr:], "")
	}
	return ": " + text
}

// warning says what is wrong with the place of the secret, or "".
func (s Secret) warning() string {
	path := s.source().file
	if path == "" {
		return ""
	}
	info, err := os.Stat(expandHome(path))
	switch {
	case err != nil:
		return fmt.Sprintf("%s: %s", path, pathReason(err))
	case info.Mode().Perm()&0o077 == 0 || runtime.GOOS == "windows": // which has no such modes
		return ""
	}
	return fmt.Sprintf("%s can be read by other users (mode %04o): chmod 600 %[1]s", path, info.Mode().Perm())
}

// limitedBuffer keeps the first bytes written to it and drops the rest.
type limitedBuffer struct {
	data []byte
	left int
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	keep := min(len(p), b.left)
	b.left -= keep
	b.data = append(b.data, p[:keep]...)
	return len(p), nil
}

func trimLineEnd(s string) string { return strings.TrimRight(s, "\r\n") }

// expandHome replaces a leading ~/ by the user's home folder.
func expandHome(path string) string {
	rest, found := strings.CutPrefix(path, "~/")
	if !found {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}

// pathReason is err without the operation and path, which the caller names.
func pathReason(err error) error {
	var path *os.PathError
	var ex *exec.Error
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &ex):
		return ex.Err
	}
	return err
}
