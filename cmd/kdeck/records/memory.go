package records

import (
	"os"
	"runtime/debug"
)

// boundMemory collects garbage early enough to stay near a bound while records of any
// size are read: without it as much garbage grows as there is in use. largest is what
// one batch may take, in bytes. The environment (GOMEMLIMIT) goes before it.
func boundMemory(largest int) {
	const ordinary = 320 << 20
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(max(ordinary, 3*int64(largest)))
	}
}
