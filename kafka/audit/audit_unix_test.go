//go:build unix

package audit_test

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/kdeck/kdeck/kafka/audit"
)

// A FIFO would keep the change waiting until somebody reads it.
func TestAFIFOIsRefused(t *testing.T) {
	log := audit.Log{Path: filepath.Join(t.TempDir(), "audit.jsonl")}
	if err := unix.Mkfifo(log.Path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := log.Begin(audit.Change{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("begun with %v", err)
	}
}
