//go:build unix

package disk

import (
	"errors"
	"os"
)

// syncDir makes a new file's entry in its folder durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
