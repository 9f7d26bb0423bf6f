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
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}
