package embedbroker

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kdeck/kdeck/embedbroker/repair"
)

// maxSnapshots is how many partitions the engine may write a snapshot of when
// it stops: each is a file that it waits for to reach the disk, about half a
// millisecond. Nothing needs them: a start without a snapshot reads the log,
// as after a crash.
const maxSnapshots = 2000

// keptDir holds the partitions while the engine stops without snapshots.
const keptDir = "partitions.kept"

// stopEngine stops the engine, which then writes its state, without snapshots
// of partitions if there are too many or if nothing is kept.
func (c *Cluster) stopEngine() error {
	if c.dir.ephemeral || c.topics.partitions() > maxSnapshots {
		return c.stopWithoutSnapshots()
	}
	c.kfake.Close()
	return nil
}

func (c *Cluster) stopWithoutSnapshots() error {
	if err := hidePartitions(c.dir.path); err != nil {
		c.kfake.Close()
		return err
	}
	c.kfake.Close()
	return restorePartitions(c.dir.path)
}

// hidePartitions puts a file where the partitions were: to make a folder in it
// fails at once. The engine has its segments open and needs no names.
func hidePartitions(dir string) error {
	partitions := filepath.Join(dir, repair.PartitionsDir)
	err := os.Rename(partitions, filepath.Join(dir, keptDir))
	if errors.Is(err, fs.ErrNotExist) { // no records at all
		err = os.Mkdir(filepath.Join(dir, keptDir), 0o755)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(partitions, nil, 0o644)
}

// restorePartitions undoes hidePartitions, also when that was cut short.
func restorePartitions(dir string) error {
	kept, partitions := filepath.Join(dir, keptDir), filepath.Join(dir, repair.PartitionsDir)
	if _, err := os.Stat(kept); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.Remove(partitions); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(kept, partitions)
}

// transactionsOpen reports whether the engine has stopped with open transactions: a
// request that came in at the last moment may have begun one.
func transactionsOpen(dir string) (bool, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "session_state.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var state struct {
		Open []json.RawMessage `json:"inProgressTxns"`
	}
	err = json.Unmarshal(raw, &state)
	return len(state.Open) > 0, err
}
