package output

import (
	"errors"
	"os"
	"syscall"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
)

// Stdout is a file that ends a command in peace when nobody reads it any more, as in
// "kdeck tail … | head": writing returns exit.ErrNoReader. The process must not end on
// SIGPIPE, see root.Run.
type Stdout struct{ *os.File }

// Write is part of io.Writer.
func (s Stdout) Write(p []byte) (int, error) {
	n, err := s.File.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		err = exit.ErrNoReader
	}
	return n, err
}

// WriteString is part of io.StringWriter.
func (s Stdout) WriteString(text string) (int, error) { return s.Write([]byte(text)) }
