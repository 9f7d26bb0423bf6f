package embedbroker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// janitor applies retention every log.retention.check.interval.ms and compacts
// every log.cleaner.backoff.ms, until stop is closed.
func (c *Cluster) janitor(stop <-chan struct{}) {
	retention := time.NewTicker(c.milliseconds("log.retention.check.interval.ms"))
	defer retention.Stop()
	compaction := time.NewTicker(c.milliseconds("log.cleaner.backoff.ms"))
	defer compaction.Stop()
	for {
		compact := false
		select {
		case <-stop:
			return
		case <-retention.C:
		case <-compaction.C:
			compact = true
		}
		// An error leaves the logs longer than they need be; the next
		// round tries again.
		_ = c.topics.change(func() error { return c.clean(compact) })
	}
}

// Clean applies retention and compacts at once.
func (c *Cluster) Clean() error {
	return c.topics.change(func() error { return c.clean(true) })
}

// clean removes what retention no longer keeps, and compacts. Where the logs
// start and end is noted before, as cleaning may empty them, and after.
func (c *Cluster) clean(compact bool) error {
	if err := errors.Join(c.topics.noteAll(), c.exemptCompacted()); err != nil {
		return err
	}
	if compact && !c.disk.full.Load() { // it writes what it keeps a second time
		if err := c.compact(); err != nil {
			return err
		}
	} else {
		c.kfake.ApplyRetention()
	}
	return c.topics.noteAll()
}

// exemptCompacted ends the retention of topics that are only compacted. Kafka
// deletes none of their records by age or size; the engine would.
func (c *Cluster) exemptCompacted() error {
	topics, err := repair.Topics(c.dir.path)
	if err != nil {
		return err
	}
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	unlimited := "-1"
	for _, t := range topics {
		if t.Configs["cleanup.policy"] != "compact" {
			continue
		}
		res := kmsg.NewIncrementalAlterConfigsRequestResource()
		res.ResourceType, res.ResourceName = kmsg.ConfigResourceTypeTopic, t.Name
		for _, name := range []string{"retention.ms", "retention.bytes"} {
			if t.Configs[name] != unlimited {
				c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
				c.Name, c.Value = name, &unlimited
				res.Configs = append(res.Configs, c)
			}
		}
		if len(res.Configs) > 0 {
			req.Resources = append(req.Resources, res)
		}
	}
	if len(req.Resources) == 0 {
		return nil
	}
	_, err = c.engine.ask(req)
	return err
}

// compactionDir holds, during a compaction, what the partitions held before.
const compactionDir = "compaction"

// compact compacts the topics that want it and applies retention. The engine
// removes the segments of a partition before it writes the compacted ones: the
// old ones are kept under a second name until it is done, so that a crash in
// between loses nothing (restoreCompacted).
func (c *Cluster) compact() error {
	backup := filepath.Join(c.dir.path, compactionDir)
	if err := c.linkCompacted(backup); err != nil {
		return errors.Join(err, os.RemoveAll(backup))
	}
	c.kfake.Compact()
	if c.log.failed.Load() {
		return errWriteFailed // the next start needs the backup
	}
	return os.RemoveAll(backup)
}

func (c *Cluster) linkCompacted(backup string) error {
	dirs, err := compactedPartitions(c.dir.path)
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		to := filepath.Join(backup, filepath.Base(dir))
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := os.Link(filepath.Join(dir, e.Name()), filepath.Join(to, e.Name())); err != nil {
				return fmt.Errorf("keep %s for the compaction: %w", e.Name(), err)
			}
		}
	}
	return nil
}

// compactedPartitions lists the folders of the partitions whose topic has
// cleanup.policy compact.
func compactedPartitions(dir string) ([]string, error) {
	topics, err := repair.Topics(dir)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, t := range topics {
		if !t.Compacted() {
			continue
		}
		for p := range t.Partitions {
			d := repair.PartitionDir(dir, t.Name, int32(p))
			if _, err := os.Stat(d); err == nil { // made with the first record
				dirs = append(dirs, d)
			}
		}
	}
	return dirs, nil
}

// restoreCompacted undoes a compaction that a crash interrupted, partition by
// partition. The last batch of a partition is always kept and written last, so
// one that ends where it did, or later, is compacted; one that ends before is
// put back.
func restoreCompacted(dir string) error {
	backup := filepath.Join(dir, compactionDir)
	kept, err := os.ReadDir(backup)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, k := range kept {
		old, now := filepath.Join(backup, k.Name()), filepath.Join(dir, repair.PartitionsDir, k.Name())
		oldEnd, err := repair.End(old)
		if err != nil {
			return err
		}
		end, err := repair.End(now)
		if err != nil {
			return err
		}
		if end >= oldEnd {
			continue
		}
		if err := os.RemoveAll(now); err != nil {
			return err
		}
		if err := os.Rename(old, now); err != nil {
			return err
		}
	}
	return os.RemoveAll(backup)
}
