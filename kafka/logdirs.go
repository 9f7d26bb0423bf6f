package kafka

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
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

// DirContents is a LogDir with the logs in it, as DescribeLogDirs told them.
type DirContents struct {
	LogDir
	topics []kmsg.DescribeLogDirsResponseDirTopic
}

// Each visits the logs in the directory. A partition's future log, which a move
// between directories of the same broker is filling (KIP-113), is one of them:
// it takes space too.
func (d *DirContents) Each(visit func(topic string, partition int32, size int64)) {
	for i := range d.topics {
		t := &d.topics[i]
		for j := range t.Partitions {
			visit(t.Topic, t.Partitions[j].Partition, t.Partitions[j].Size)
		}
	}
}

// DescribeLogDirs asks every broker for its log directories and the size of the
// logs in them: one request per broker (DescribeLogDirs, KIP-113). When some
// brokers fail, the directories of the others are returned with an error that
// says how many are missing. The result is ordered by broker and path.
func (c *Conn) DescribeLogDirs(ctx context.Context) ([]DirContents, error) {
	shards, err := c.AskAll(ctx, func() kmsg.Request { return kmsg.NewPtrDescribeLogDirsRequest() })
	if err != nil {
		return nil, err
	}
	return readLogDirs(shards)
}

// DescribeTopicLogDirs is describeLogDirs for the logs of one topic: one request
// per broker that should have a replica.
func (c *Conn) DescribeTopicLogDirs(ctx context.Context, topic string, partitions []kmsg.MetadataResponseTopicPartition) ([]DirContents, error) {
	byBroker := make(map[int32]kmsg.Request)
	for i := range partitions {
		for _, broker := range partitions[i].Replicas {
			req, _ := byBroker[broker].(*kmsg.DescribeLogDirsRequest)
			if req == nil {
				rt := kmsg.NewDescribeLogDirsRequestTopic()
				rt.Topic = topic
				req = kmsg.NewPtrDescribeLogDirsRequest()
				req.Topics = append(req.Topics, rt)
				byBroker[broker] = req
			}
			req.Topics[0].Partitions = append(req.Topics[0].Partitions, partitions[i].Partition)
		}
	}
	return readLogDirs(c.askEach(ctx, byBroker))
}

// readLogDirs takes in the answers of brokers.
func readLogDirs(shards []kgo.ResponseShard) ([]DirContents, error) {
	var dirs []DirContents
	var first error
	failed := 0
	for _, shard := range shards {
		err := shard.Err
		if err == nil {
			// Versions before 3 answer a lack of rights with no directories at all.
			err = kerr.ErrorForCode(shard.Resp.(*kmsg.DescribeLogDirsResponse).ErrorCode)
		}
		if err != nil {
			first = FirstError(first, err)
			failed++
			continue
		}
		for _, d := range shard.Resp.(*kmsg.DescribeLogDirsResponse).Dirs {
			dirs = append(dirs, ReadLogDir(shard.Meta.NodeID, d))
		}
	}
	slices.SortFunc(dirs, func(a, b DirContents) int {
		return cmp.Or(cmp.Compare(a.Broker, b.Broker), cmp.Compare(a.Path, b.Path))
	})
	if failed > 0 {
		return dirs, Explain(fmt.Sprintf("describe log dirs: %d of %d brokers", failed, len(shards)), "Describe on Cluster", first)
	}
	return dirs, nil
}

// ReadLogDir takes in one directory of a broker's answer.
func ReadLogDir(broker int32, r kmsg.DescribeLogDirsResponseDir) DirContents {
	d := DirContents{topics: r.Topics, LogDir: LogDir{
		Broker: broker, Path: r.Dir, Err: kerr.ErrorForCode(r.ErrorCode),
		Total: r.TotalBytes, Usable: r.UsableBytes,
	}}
	d.Each(func(_ string, _ int32, size int64) {
		d.Replicas++
		d.Size += size
	})
	return d
}
