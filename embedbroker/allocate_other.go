//go:build !linux

package embedbroker

import "os"

// allocate makes a file take n bytes of the disk.
func allocate(f *os.File, n int64) error { return zeros(f, n) }
