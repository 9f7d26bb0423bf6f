package kafkatest

import "os"

// Stall makes all brokers stop answering, their connections open, until it is
// called with false. It ends with the test.
func (c *Cluster) Stall(on bool) {
	c.tb.Helper()
	if on {
		c.tb.Cleanup(func() { c.stall(false) })
	}
	c.stall(on)
}

func (c *Cluster) stall(on bool) {
	c.tb.Helper()
	if c.Embedded != nil {
		for i := range c.Servers {
			c.Embedded.Stall(int32(i), on)
		}
		return
	}
	with := continueSignal
	if on {
		with = stopSignal
	}
	pids := c.running.Pids
	if c.Nodes != nil {
		pids = c.Nodes.Pids()
	}
	for _, pid := range pids {
		process, err := os.FindProcess(pid)
		if err == nil {
			err = process.Signal(with)
		}
		if err != nil {
			c.tb.Errorf("stall broker process %d: %v", pid, err)
		}
	}
}
