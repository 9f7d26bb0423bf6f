package embedbroker

import (
	"runtime"
	"runtime/debug"
)

// giveBackFrom is how much memory without use is worth giving back at once.
const giveBackFrom = 32 << 20

// giveBack returns to the system what the engine has read its segments with. The
// collector would keep it for the next minutes.
func giveBack() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.Sys-m.HeapReleased > giveBackFrom {
		debug.FreeOSMemory()
	}
}
