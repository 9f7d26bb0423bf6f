//go:build unix

package embedbroker

import (
	"math"

	"golang.org/x/sys/unix"
)

// openFiles returns how many files this process may have open (RLIMIT_NOFILE). The
// runtime has raised the soft limit to the hard one.
func openFiles() int {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil || r.Cur > math.MaxInt32 {
		return math.MaxInt32
	}
	return int(r.Cur)
}
