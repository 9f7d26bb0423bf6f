// Package exit finds the exit code of a command. The codes of a
// command are in its help.
package exit

import (
	"errors"
	"fmt"
)

// The codes that commands which change a cluster share.
const (
	Done    = 0 // everything was done, or nothing had to be
	Refused = 1 // it failed, and nothing was changed
	InPart  = 2 // some of it was done, or nobody knows whether it was
)

// Codes is what the help of every command that changes a cluster says of them.
const Codes = `Exit codes: 0 done, 1 refused and nothing was changed, 2 done in part.`

// Error ends a command with a code of its own.
type Error struct {
	Code int // 1 to 125
	Err  error
}

// Error is part of error.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap is the reason alone.
func (e *Error) Unwrap() error { return e.Err }

// With gives err a code. It returns nil when err is nil.
func With(code int, err error) error {
	if err == nil {
		return nil
	}
	return &Error{code, err}
}

// Partly is the error of a change that was made in part.
func Partly(format string, args ...any) error { return With(InPart, fmt.Errorf(format, args...)) }

// ErrSilent is an error whose reason stands in the output of the command, so it is
// not printed.
var ErrSilent = errors.New("failed")

// ErrNoReader says that nobody reads the output any more. It is no failure of the
// command: who reads has seen enough.
var ErrNoReader = errors.New("nobody reads the output")

// Silent reports whether err is not printed.
func Silent(err error) bool { return errors.Is(err, ErrSilent) || errors.Is(err, ErrNoReader) }

// Both is the error of a command whose work ended with done and the printing of it
// with printed: that nobody reads the output does not hide a failure.
func Both(done, printed error) error {
	if done != nil && errors.Is(printed, ErrNoReader) {
		return done
	}
	return errors.Join(done, printed)
}

// Code is the code that a command ends with: 0 without an error, that of an *Error
// in the chain of err, 0 when nobody reads the output, or else 1.
func Code(err error) int {
	var coded *Error
	switch {
	case err == nil:
		return Done
	case errors.As(err, &coded):
		return coded.Code
	case errors.Is(err, ErrNoReader):
		return Done
	}
	return Refused
}
