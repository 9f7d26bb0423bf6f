package embedbroker

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The engine answers 0 to most of what it could not write. So nothing is let through
// to it that might not find room: a reserve of disk is held back as a file, and of
// what is free beside it a floor is left to others that write at the same moment.
const (
	reserveFile  = "kdeck.reserve"
	reserveBytes = 32 << 20 // for the state that an orderly stop writes, and a repair
	floorBytes   = 32 << 20 // for what is under way, and for deletions
	deleteFloor  = floorBytes / 4
	enough       = 8 << 20 // above the floor, before writes go on after they were refused

	// leastWrite is what a request that changes state may cost whatever its size is:
	// the engine writes files anew.
	leastWrite = 64 << 10
	// diskAge is how long what the system told of the free space counts.
	diskAge = 10 * time.Millisecond
)

// disk decides whether there is room for a write.
type disk struct {
	dir    string
	free   func() int64 // bytes that this process may use, -1 when the system does not say
	report func(repair.Event)

	room    atomic.Int64 // above the floor, less what was let through since
	checked atomic.Int64 // when room was found, nanoseconds
	held    atomic.Int64 // size of the reserve
	full    atomic.Bool  // writes are refused
}

func newDisk(dir string, report func(repair.Event)) *disk {
	return &disk{dir: dir, report: report, free: func() int64 {
		_, free := diskSpace(dir)
		return free
	}}
}

// look asks the system how much room there is, and tells when there is none, and when
// there is some again.
func (d *disk) look() int64 {
	room := int64(1) << 60
	if free := d.free(); free >= 0 {
		// What is missing of the reserve is held back as if it were there.
		room = free - floorBytes - (reserveBytes - d.held.Load())
	}
	d.room.Store(room)
	d.checked.Store(time.Now().UnixNano())
	switch {
	case room <= 0:
		d.fill()
	case room >= enough && d.full.CompareAndSwap(true, false):
		d.report(repair.Event{What: fmt.Sprintf("the disk of %s has room again: writes go on", d.dir), Offset: -1})
	}
	return room
}

// fill refuses writes until there is enough room again.
func (d *disk) fill() {
	if d.full.CompareAndSwap(false, true) {
		d.report(repair.Event{What: fmt.Sprintf("the disk of %s is full: writes are refused with KAFKA_STORAGE_ERROR until %d more bytes are free, reads go on", d.dir, d.missing()), Offset: -1})
	}
}

// admit reports whether a write of n bytes finds room, and takes it; one that makes
// room finds it below the floor too.
func (d *disk) admit(n int64, frees bool) bool {
	if time.Now().UnixNano()-d.checked.Load() > int64(diskAge) {
		d.look()
	}
	if frees {
		return d.room.Load() > deleteFloor-floorBytes
	}
	if d.full.Load() {
		return false
	}
	if d.room.Load() < n && d.look() < n {
		d.fill()
		return false
	}
	d.room.Add(-n)
	return true
}

// missing is how many bytes have to become free before writes go on, 0 if they do.
func (d *disk) missing() int64 {
	if !d.full.Load() {
		return 0
	}
	return max(enough-d.room.Load(), 1)
}

// hold makes the reserve, if there is room for it above the floor.
func (d *disk) hold() error {
	if d.held.Load() > 0 || d.free() < reserveBytes+floorBytes {
		return nil
	}
	path := filepath.Join(d.dir, reserveFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := allocate(f, reserveBytes); err != nil {
		_ = os.Remove(path) // it would hold back less than it says
		return err
	}
	d.held.Store(reserveBytes)
	return nil
}

// letGo gives the reserve back, to those who write the state of the cluster.
func (d *disk) letGo() error {
	d.held.Store(0)
	if err := os.Remove(filepath.Join(d.dir, reserveFile)); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// watch holds the reserve and looks after the disk until stop is closed, so that it
// is told when nobody writes too.
func (d *disk) watch(keeps bool, stop <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if keeps {
			_ = d.hold() // the next round tries again; until then the floor is higher
		}
		d.look()
		select {
		case <-stop:
			return
		case <-tick.C:
		}
	}
}

// zeros is how a reserve is made where the system cannot allocate a file by itself.
func zeros(f *os.File, n int64) error {
	block := make([]byte, 1<<20)
	for ; n > 0; n -= int64(len(block)) {
		if _, err := f.Write(block[:min(n, int64(len(block)))]); err != nil {
			return err
		}
	}
	return nil
}

// writes tells whether requests of a key write to the disk, and whether they make room
// on it. Members may join and heartbeat, so that reading goes on: what the engine
// writes of that is small, and made anew.
func writes(key int16) (write, frees bool) {
	switch kmsg.Key(key) {
	case kmsg.DeleteTopics, kmsg.DeleteRecords:
		return true, true
	case kmsg.Produce, kmsg.OffsetCommit, kmsg.CreateTopics, kmsg.InitProducerID, kmsg.AddPartitionsToTxn,
		kmsg.AddOffsetsToTxn, kmsg.EndTxn, kmsg.WriteTxnMarkers, kmsg.TxnOffsetCommit, kmsg.CreateACLs, kmsg.DeleteACLs,
		kmsg.AlterConfigs, kmsg.AlterReplicaLogDirs, kmsg.CreatePartitions, kmsg.DeleteGroups,
		kmsg.IncrementalAlterConfigs, kmsg.AlterPartitionAssignments, kmsg.OffsetDelete, kmsg.AlterClientQuotas,
		kmsg.AlterUserSCRAMCredentials, kmsg.UpdateFeatures, kmsg.AlterShareGroupOffsets, kmsg.DeleteShareGroupOffsets:
		return true, false
	}
	return false, false
}

// guard refuses writes that might not find room, as Kafka does when its log dir is
// offline.
func (c *Cluster) guard(key int16, size int) (int16, string) {
	write, frees := writes(key)
	if !write {
		return 0, ""
	}
	if c.log.failed.Load() {
		return kerr.KafkaStorageError.Code, "a write to the disk has failed; start kdeck again, which repairs the files"
	}
	if c.disk.admit(max(int64(size), leastWrite), frees) {
		return 0, ""
	}
	return kerr.KafkaStorageError.Code, fmt.Sprintf("the disk of %s is full: %d more bytes have to be free", c.dir.path, c.disk.missing())
}

// DiskShortage returns how many bytes have to become free on the disk before writes go
// on, 0 while they do.
func (c *Cluster) DiskShortage() int64 { return c.disk.missing() }

// trusted tells whether the engine's answer to a request of the key is true: it is
// not if it is about a write and one has failed.
func (c *Cluster) trusted(key int16) bool {
	write, _ := writes(key)
	return !write || !c.log.failed.Load()
}
