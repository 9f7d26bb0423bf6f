package embedbroker

import (
	"fmt"
	"time"

	"github.com/kdeck/kdeck/embedbroker/repair"
)

// repair makes the files of the data folder what the engine can read, and returns
// where the logs start and end.
func (c *Cluster) repair() (*trimLog, error) {
	dir := c.dir.path
	trims, err := openTrimLog(dir)
	if err != nil {
		return nil, err
	}
	if c.dir.crashed {
		if err := c.mend(trims); err != nil {
			return nil, fmt.Errorf("repair after a crash: %w", err)
		}
	}
	return trims, trims.fill(dir)
}

func (c *Cluster) mend(trims *trimLog) error {
	if err := repair.MendLogs(c.dir.path, c.report); err != nil {
		return err
	}
	if err := restoreCompacted(c.dir.path); err != nil {
		return err
	}
	return repair.Run(c.dir.path, repair.Options{Now: time.Now(), Report: c.report, End: func(t repair.Topic, p int32) int64 {
		if last, ok := trims.last[trimKey{t.ID, p}]; ok {
			return last.End
		}
		return -1
	}})
}

// report tells what was found and put right.
func (c *Cluster) report(e repair.Event) {
	if c.cfg.Report != nil {
		c.cfg.Report(e)
	}
}
