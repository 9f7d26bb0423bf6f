package disk

import (
	"errors"
	"math"
	"os"

	"golang.org/x/sys/windows"
)

const nonblock = 0 // Windows has no FIFOs among its files

func tryLock(file *os.File) error {
	const exclusive = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	// A byte far behind the end, so that others may read the file meanwhile.
	place := &windows.Overlapped{OffsetHigh: math.MaxInt32}
	err := windows.LockFileEx(windows.Handle(file.Fd()), exclusive, 0, 1, 0, place)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errLocked
	}
	return err
}
