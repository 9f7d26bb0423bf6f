// Package disk writes the files that kdeck keeps for itself.
package disk

import (
	"errors"
	"os"
	"path/filepath"
)

// Replace writes a file that is the old one or the new one at any time (temporary
// file, sync, rename). Only the user may read it, and its folder, which is made
// when missing.
func Replace(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		err = errors.Join(os.Rename(temp.Name(), path), syncDir(filepath.Dir(path)))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

// Create writes a new file, which must not exist. When it returns without an error
// the file is on disk and not only in memory. Only the user may read it, and its
// folder, which is made when missing.
func Create(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return syncDir(filepath.Dir(path))
}
