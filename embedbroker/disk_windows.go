package embedbroker

import "golang.org/x/sys/windows"

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
