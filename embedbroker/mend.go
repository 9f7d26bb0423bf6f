package embedbroker

import (
	"fmt"
	"time"

	"github.com/kdeck/kdeck/embedbroker/repair"
)

// repair makes the files of the data folder what the engine can read, and returns
// where the logs start and end.
func (c *Cluster) repair() (*trimLog, error) {
	dir, now := c.dir.path, time.Now()
	restored, err := repair.CheckState(dir, c.dir.exact && !c.dir.crashed, newClusterID(), c.events.report)
	if err != nil {
		return nil, err
	}
	if err := repair.MendLogs(dir, c.events.report); err != nil {
		return nil, err
	}
	trims, err := openTrimLog(dir)
	if err != nil {
		return nil, err
	}
	if c.dir.crashed || restored {
		c.dir.crashed = true // until it has been put right as a whole
		if err := c.mend(trims, now); err != nil {
			return nil, fmt.Errorf("repair: %w", err)
		}
	}
	topics, err := repair.Topics(dir)
	if err != nil {
		return nil, err
	}
	if err := repair.PutAside(dir, topics, now, c.events.report); err != nil {
		return nil, err
	}
	return trims, trims.fill(dir)
}

func (c *Cluster) mend(trims *trimLog, now time.Time) error {
	if err := restoreCompacted(c.dir.path); err != nil {
		return err
	}
	return repair.Run(c.dir.path, repair.Options{Now: now, Report: c.events.report, End: func(t repair.Topic, p int32) int64 {
		if last, ok := trims.last[trimKey{t.ID, p}]; ok {
			return last.End
		}
		return -1
	}})
}
