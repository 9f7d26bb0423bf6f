package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kdeck/kdeck/kafka/raw"
)

// LogDir is one log directory of one broker.
type LogDir struct {
	Broker   int32
	Path     string // an absolute path on the broker's machine
	Err      error  // why it cannot be used, as KAFKA_STORAGE_ERROR; nil when it can
	Replicas int    // logs in it
	Size     int64  // bytes of all logs in it
	// Total and Usable are the bytes of the volume that holds the directory, or
	// -1 before Kafka 3.3 (KIP-827).
	Total, Usable int64
}

// DirContents is a LogDir with the logs in it.
type DirContents struct {
	LogDir
	topics kadm.DescribedLogDirTopics
}

// Each visits the logs in the directory. A partition's future log, which a move
// between directories of the same broker is filling (KIP-113), is one of them:
// it takes space too.
func (d *DirContents) Each(visit func(topic string, partition int32, size int64)) {
	for topic, partitions := range d.topics {
		for partition, log := range partitions {
			visit(topic, partition, log.Size)
		}
	}
}

// LogDirs asks every broker for its log directories and the size of the logs in them:
// one request per broker (DescribeLogDirs, KIP-113). When some brokers fail, the
// directories of the others are returned with an error that says how many are missing.
// The result is ordered by broker and path.
func (c *Conn) LogDirs(ctx context.Context) ([]DirContents, error) {
	return c.askLogDirs(ctx, nil, nil)
}

// TopicLogDirs is LogDirs for the logs of one topic. A broker that should have a replica
// and is down is missing too.
func (c *Conn) TopicLogDirs(ctx context.Context, topic string, partitions []raw.Partition) ([]DirContents, error) {
	logs := make(kadm.TopicsSet)
	var holders []int32
	for i := range partitions {
		logs.Add(topic, partitions[i].Partition)
		holders = append(holders, partitions[i].Replicas...)
	}
	slices.Sort(holders)
	return c.askLogDirs(ctx, logs, slices.Compact(holders))
}

// askLogDirs asks all brokers about some logs, or about all when there are none.
// holders are the brokers whose answer matters, all of them when there is none.
func (c *Conn) askLogDirs(ctx context.Context, logs kadm.TopicsSet, holders []int32) ([]DirContents, error) {
	var described kadm.DescribedAllLogDirs
	err := c.Ask(ctx, func(adm *kadm.Client) (err error) {
		described, err = adm.DescribeAllLogDirs(ctx, logs)
		return err
	})
	failed, err := FailedBrokers(err)
	if err != nil {
		return nil, Explain("describe log dirs", "Describe on Cluster", err)
	}
	if holders == nil {
		holders = slices.AppendSeq(slices.Collect(maps.Keys(described)), maps.Keys(failed))
	}
	var dirs []DirContents
	var first error
	missing := 0
	for _, broker := range holders {
		of, ok := described[broker]
		if !ok {
			missing++
			first = FirstError(first, cmp.Or(failed[broker], errDown))
		}
		for _, d := range of {
			dirs = append(dirs, readLogDir(d))
		}
	}
	slices.SortFunc(dirs, func(a, b DirContents) int {
		return cmp.Or(cmp.Compare(a.Broker, b.Broker), cmp.Compare(a.Path, b.Path))
	})
	if missing > 0 {
		return dirs, Explain(fmt.Sprintf("describe log dirs: %d of %d brokers", missing, len(holders)), "Describe on Cluster", first)
	}
	return dirs, nil
}

// errDown stands for a broker that is not in the metadata.
var errDown = errors.New("the broker is down")

// BrokerLogDirs asks one broker for its log directories and the size of the logs in
// them: one request. They are in order of their paths.
func (c *Conn) BrokerLogDirs(ctx context.Context, broker int32) ([]DirContents, error) {
	described, err := c.adm.DescribeBrokerLogDirs(ctx, broker, nil)
	dirs := make([]DirContents, 0, len(described))
	for _, d := range described {
		dirs = append(dirs, readLogDir(d))
	}
	slices.SortFunc(dirs, func(a, b DirContents) int { return cmp.Compare(a.Path, b.Path) })
	return dirs, err
}

func readLogDir(described kadm.DescribedLogDir) DirContents {
	d := DirContents{topics: described.Topics, LogDir: LogDir{
		Broker: described.Broker, Path: described.Dir, Err: described.Err,
		Total: described.TotalBytes, Usable: described.UsableBytes,
	}}
	d.Each(func(_ string, _ int32, size int64) {
		d.Replicas++
		d.Size += size
	})
	return d
}
