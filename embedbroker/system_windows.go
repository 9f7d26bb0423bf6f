package embedbroker

import (
	"errors"
	"math"
	"os"

	"golang.org/x/sys/windows"
)

// lockOffset lies behind the text of the lock file: Windows locks are
// mandatory, and who holds the folder must stay readable.
const lockOffset = 1 << 20

// tryLock takes the exclusive lock of f without waiting. The system drops the
// lock when the process ends, however it ends.
func tryLock(f *os.File) (bool, error) {
	err := windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{Offset: lockOffset})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// diskSpace returns the size of the volume that holds a folder and what is free
// on it for this process, in bytes; -1 when the system does not say.
func diskSpace(dir string) (total, usable int64) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return -1, -1
	}
	var free, size, all uint64
	if err := windows.GetDiskFreeSpaceEx(path, &free, &size, &all); err != nil {
		return -1, -1
	}
	return int64(size), int64(free)
}

// openFiles returns how many files this process may have open: Windows sets no limit
// that would be met here.
func openFiles() int { return math.MaxInt32 }
