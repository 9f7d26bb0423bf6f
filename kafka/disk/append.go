package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// OpenAppend opens a file of lines for adding one, under a lock that ends with the
// file. It is made when missing, with its folder. Only the user may read it: a mode
// that lets others is mended. When the last line has no end, as after a full disk or a
// crash, it gets one, so that what is added stands in a line of its own. Anything but
// a regular file is an error at once.
func OpenAppend(ctx context.Context, path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|nonblock, 0o600)
	if err != nil {
		return nil, err
	}
	if err := ready(ctx, file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func ready(ctx context.Context, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file; move it away", file.Name())
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 { // which has no such modes
		if err := file.Chmod(info.Mode().Perm() &^ 0o077); err != nil {
			return fmt.Errorf("others can read it, and that cannot be mended: %w", err)
		}
	}
	if err := LockFile(ctx, file); err != nil {
		return err
	}
	if info, err = file.Stat(); err != nil || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, info.Size()-1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if last[0] == '\n' {
		return nil
	}
	_, err = file.Write([]byte{'\n'})
	return err
}
