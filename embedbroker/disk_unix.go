//go:build unix

package embedbroker

import "golang.org/x/sys/unix"

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
