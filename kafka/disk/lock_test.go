package disk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/kdeck/kdeck/kafka/disk"
)

func TestOneHoldsALockAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "lock")
	first, err := disk.Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := disk.Lock(ended, path); !errors.Is(err, context.Canceled) {
		t.Errorf("a second one: %v", err)
	}
	var got sync.WaitGroup
	got.Go(func() {
		second, err := disk.Lock(t.Context(), path)
		if err != nil {
			t.Error(err)
			return
		}
		second.Unlock()
	})
	first.Unlock()
	got.Wait()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}
