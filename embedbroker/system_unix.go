//go:build unix

package embedbroker

import (
	"errors"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the exclusive flock of f without waiting. The kernel drops the
// lock when the process ends, however it ends.
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// diskSpace returns the size of the file system that holds a folder and what is
// free on it for this process, in bytes; -1 when the system does not say.
func diskSpace(dir string) (total, usable int64) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return -1, -1
	}
	block := int64(fs.Bsize) //nolint:unconvert // its type differs between systems
	return int64(fs.Blocks) * block, int64(fs.Bavail) * block
}

// openFiles returns how many files this process may have open (RLIMIT_NOFILE). The
// runtime has raised the soft limit to the hard one.
func openFiles() int {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil || r.Cur > math.MaxInt32 {
		return math.MaxInt32
	}
	return int(r.Cur)
}
