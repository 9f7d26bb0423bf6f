package embedbroker

import "math"

// openFiles returns how many files this process may have open: Windows sets no limit
// that would be met here.
func openFiles() int { return math.MaxInt32 }
