package records

import (
	"fmt"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
)

// tally is how many records were written.
type tally struct{ done, refused, unknown int64 }

// err is nil when all records were written, or would be. Else it says how many were,
// with the code exit.InPart when some were, or nobody knows.
func (t tally) err(what string, executed bool) error {
	all := t.done + t.refused + t.unknown
	switch {
	case t.done == all:
		return nil
	case !executed:
		return fmt.Errorf("%s: %d of %d would be refused", what, t.refused, all)
	case t.refused == all:
		return fmt.Errorf("%s: refused; nothing was changed", what)
	}
	return exit.Partly("%s: done for %d of %d", what, t.done, all)
}
