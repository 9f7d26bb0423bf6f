package repair

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// CopiesDir holds a checked copy of each state file: a line with its checksum and
// size, then its content.
const CopiesDir = "copies"

// stateFiles are the files of which there are copies. What the engine writes as JSON
// has no checksum of its own.
func stateFiles() []string {
	return append(jsonFiles(), "groups.log", "pids.log", "seq_windows.json", "placement.jsonl", "trims.jsonl")
}

func jsonFiles() []string {
	return []string{"meta.json", "topics.json", "broker_configs.json", "acls.json", "sasl.json", "quotas.json"}
}

// Copies keeps the checked copies of a data folder.
type Copies struct {
	dir string

	mu   sync.Mutex
	last map[string]uint32 // checksums of what was copied
}

// NewCopies returns the copies of a data folder.
func NewCopies(dir string) *Copies { return &Copies{dir: dir, last: make(map[string]uint32)} }

// SaveSettings copies the files that requests about topics, configurations, quotas
// and users change, those that have changed.
func (c *Copies) SaveSettings() error { return c.save(jsonFiles()) }

// SaveAll copies all state files that have changed.
func (c *Copies) SaveAll() error { return c.save(stateFiles()) }

func (c *Copies) save(names []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := os.MkdirAll(filepath.Join(c.dir, CopiesDir), 0o755); err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(c.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = c.saveOne(name, raw)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("copy %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func (c *Copies) saveOne(name string, raw []byte) error {
	sum := crc32.Checksum(raw, castagnoli())
	path := filepath.Join(c.dir, CopiesDir, name)
	if last, ok := c.last[name]; ok && last == sum {
		return nil
	} else if !ok {
		if old, ok := readCopy(c.dir, name); ok && bytes.Equal(old, raw) {
			c.last[name] = sum
			return nil
		}
	}
	if err := replaceFile(path, append(copyLine(raw), raw...)); err != nil {
		return err
	}
	c.last[name] = sum
	return nil
}

func copyLine(raw []byte) []byte {
	return fmt.Appendf(nil, "crc32c %08x size %d\n", crc32.Checksum(raw, castagnoli()), len(raw))
}

// readCopy returns the copy of a state file, if there is one and it is whole.
func readCopy(dir, name string) ([]byte, bool) {
	raw, err := os.ReadFile(filepath.Join(dir, CopiesDir, name))
	if err != nil {
		return nil, false
	}
	line, content, ok := bytes.Cut(raw, []byte("\n"))
	if !ok || !bytes.Equal(append(line, '\n'), copyLine(content)) {
		return nil, false
	}
	return content, true
}
