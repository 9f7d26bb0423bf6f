package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// FileLock is held by one process at a time. It ends with the process at the latest.
type FileLock struct{ file *os.File }

// errLocked says that somebody else holds a lock.
var errLocked = errors.New("another process holds it")

// Lock waits until nobody else holds the lock on the file at path, at most until ctx
// ends. The file is made when missing, with its folder, and stays.
func Lock(ctx context.Context, path string) (*FileLock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|nonblock, 0o600)
	if err != nil {
		return nil, err
	}
	if err := LockFile(ctx, file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &FileLock{file}, nil
}

// Unlock lets others have the lock.
func (l *FileLock) Unlock() { _ = l.file.Close() } // which is all that can be done

// LockFile is Lock for an open file; closing the file ends it.
func LockFile(ctx context.Context, file *os.File) error {
	const again = 5 * time.Millisecond // others hold it for about as long
	retry := time.NewTicker(again)
	defer retry.Stop()
	for {
		err := tryLock(file)
		if !errors.Is(err, errLocked) {
			return err
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			return fmt.Errorf("lock %s: %w (%w)", file.Name(), err, context.Cause(ctx))
		}
	}
}
