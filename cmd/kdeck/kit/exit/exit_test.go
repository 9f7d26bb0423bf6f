package exit_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
)

func TestCode(t *testing.T) {
	refused := errors.New("refused")
	for _, c := range []struct {
		name   string
		err    error
		code   int
		silent bool
	}{
		{"done", nil, exit.Done, false},
		{"any error", refused, exit.Refused, false},
		{"in part", exit.Partly("done for %d of %d", 1, 2), exit.InPart, false},
		{"in part, within another", fmt.Errorf("delete: %w", exit.Partly("some")), exit.InPart, false},
		{"told already", exit.With(3, exit.ErrSilent), 3, true},
		{"no reader", fmt.Errorf("print: %w", exit.ErrNoReader), exit.Done, true},
		{"no reader of what was done", exit.Both(nil, exit.ErrNoReader), exit.Done, true},
		{"no reader of a failure", exit.Both(refused, exit.ErrNoReader), exit.Refused, false},
		{"a failure, printed", exit.Both(refused, nil), exit.Refused, false},
	} {
		if code, silent := exit.Code(c.err), exit.Silent(c.err); code != c.code || silent != c.silent {
			t.Errorf("%s: code %d, silent %v; want %d, %v", c.name, code, silent, c.code, c.silent)
		}
	}
}
