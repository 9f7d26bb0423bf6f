package embedbroker

import (
	"os"
	"path/filepath"
)

// ephemeralPattern is how temporary data folders are named.
const ephemeralPattern = "kdeck-ephemeral-*"

// ephemeralFile marks a folder that goes with its cluster. It is made after the lock
// is taken.
const ephemeralFile = "kdeck.ephemeral"

// sweepEphemeral removes the temporary folders of clusters that were killed: those
// that nobody holds the lock of.
func sweepEphemeral(tmp string) {
	marks, err := filepath.Glob(filepath.Join(tmp, ephemeralPattern, ephemeralFile))
	if err != nil {
		return
	}
	for _, mark := range marks {
		sweepFolder(filepath.Dir(mark))
	}
}

func sweepFolder(dir string) {
	path := filepath.Join(dir, lockFile)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return // another user's
	}
	defer f.Close()
	if free, err := tryLock(f); err == nil && free {
		_ = os.RemoveAll(dir) // what stays is tried again at the next start
	}
}
