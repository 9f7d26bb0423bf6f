package embedbroker

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kdeck/kdeck/embedbroker/repair"
)

// Files of the data folder that are ours. The rest is the engine's.
const (
	lockFile      = "kdeck.lock"      // locked while the cluster runs; holds pid and name
	runningFile   = "kdeck.running"   // exists from start to orderly end
	placementFile = "placement.jsonl" // see placementLog
	trimFile      = "trims.jsonl"     // see trimLog
)

// dataDir is a data folder that this process holds.
type dataDir struct {
	path      string
	lock      *os.File
	crashed   bool // the process that ran here before did not end in order
	unclean   bool // the next start is to repair, as after a crash
	exact     bool // the copies were made when the last run ended, and none has run since
	ephemeral bool
}

// openDataDir creates the folder when it is missing, takes its lock and finds
// out how the last run ended.
func openDataDir(cfg Config) (*dataDir, error) {
	d := &dataDir{path: cfg.DataDir, ephemeral: cfg.Ephemeral}
	if cfg.Ephemeral {
		sweepEphemeral(os.TempDir())
		tmp, err := os.MkdirTemp("", ephemeralPattern)
		if err != nil {
			return nil, &DataDirError{Dir: os.TempDir(), Op: "create a temporary folder in", Err: err}
		}
		d.path = tmp
	} else if err := os.MkdirAll(d.path, 0o755); err != nil {
		return nil, &DataDirError{Dir: d.path, Op: "create", Err: err}
	}
	if err := d.acquire(cfg.Name); err != nil {
		if d.lock != nil {
			d.lock.Close()
		}
		return nil, err
	}
	return d, nil
}

func (d *dataDir) acquire(name string) error {
	unusable := func(err error) error { return &DataDirError{Dir: d.path, Op: "write to", Err: err} }
	f, err := os.OpenFile(filepath.Join(d.path, lockFile), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return unusable(err)
	}
	d.lock = f
	ok, err := tryLock(f)
	if err != nil {
		return unusable(fmt.Errorf("lock: %w", err))
	}
	if !ok {
		inUse := &InUseError{Dir: d.path}
		text, _ := io.ReadAll(io.LimitReader(f, 512)) // who holds it is a courtesy
		_, _ = fmt.Sscanf(string(text), "%d %q", &inUse.PID, &inUse.Name)
		return inUse
	}
	if d.exact, err = d.stamped(); err != nil {
		return unusable(err)
	}
	if err := f.Truncate(0); err != nil {
		return unusable(err)
	}
	if _, err := fmt.Fprintf(f, "%d %q\n", os.Getpid(), name); err != nil {
		return unusable(err)
	}
	if d.ephemeral {
		if err := os.WriteFile(filepath.Join(d.path, ephemeralFile), nil, 0o644); err != nil {
			return unusable(err)
		}
	}
	running := filepath.Join(d.path, runningFile)
	if _, err := os.Stat(running); err == nil {
		d.crashed = true
	}
	if err := os.WriteFile(running, nil, 0o644); err != nil {
		return unusable(err)
	}
	return nil
}

// release gives the folder back after an orderly end.
func (d *dataDir) release() error {
	var err error
	if d.ephemeral {
		err = os.RemoveAll(d.path)
	} else if !d.unclean {
		err = errors.Join(d.stamp(), os.Remove(filepath.Join(d.path, runningFile)))
	}
	if cerr := d.lock.Close(); err == nil {
		err = cerr
	}
	return err
}

// stampFile tells, beside the copies of the state files, for which run they were
// made. Another version of kdeck that ran since would have touched the lock.
func (d *dataDir) stampFile() string { return filepath.Join(d.path, repair.CopiesDir, "stamp") }

func (d *dataDir) stampText() (string, error) {
	info, err := d.lock.Stat()
	if err != nil {
		return "", err
	}
	return fmt.Sprintln(info.ModTime().UnixNano()), nil
}

func (d *dataDir) stamp() error {
	text, err := d.stampText()
	if err != nil {
		return err
	}
	return os.WriteFile(d.stampFile(), []byte(text), 0o644)
}

// stamped reports whether the copies are of the last run.
func (d *dataDir) stamped() (bool, error) {
	text, err := d.stampText()
	if err != nil {
		return false, err
	}
	raw, err := os.ReadFile(d.stampFile())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return string(raw) == text, err
}

// newClusterID returns 16 random bytes in the 22 characters that Kafka uses
// for a cluster id: URL-safe base64 without padding, and no leading '-', which
// command lines would take for a flag.
func newClusterID() string {
	for {
		var id [16]byte
		_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the process instead
		if s := base64.RawURLEncoding.EncodeToString(id[:]); s[0] != '-' {
			return s
		}
	}
}
