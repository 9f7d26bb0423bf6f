package replicas

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/kdeck/kdeck/embedbroker/gate"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// noteFetch notes until when a fetch may wait for records.
func noteFetch(_ *gate.Client, r kmsg.Request) (gate.Verdict, error) {
	wait := time.Duration(r.(*kmsg.FetchRequest).MaxWaitMillis) * time.Millisecond
	return gate.Verdict{Note: time.Now().Add(min(wait, maxFetchWait))}, nil
}

// maxFetchWait bounds how long a fetch is held: as the gate does.
const maxFetchWait = time.Minute

// afterFetch shows consumers the records before the high watermark. A fetch that
// has none of these waits for them as long as it may, as on a broker.
func (s *Set) afterFetch(c *gate.Client, n any, r kmsg.Response) error {
	resp := r.(*kmsg.FetchResponse)
	until, _ := n.(time.Time)
	whole := slices.Clone(resp.Topics)
	for i := range whole {
		whole[i].Partitions = slices.Clone(whole[i].Partitions)
	}
	timeout := time.NewTimer(time.Until(until))
	defer timeout.Stop()
	for {
		withheld, any, changed := s.limitFetch(resp, whole)
		if !withheld || any {
			return nil
		}
		select {
		case <-changed:
		case <-timeout.C:
			return nil
		case <-c.Gone:
			return nil
		}
	}
}

// limitFetch cuts the records of whole at the high watermarks. It reports
// whether records were withheld, and whether there is anything to tell all the
// same: records, or an error.
func (s *Set) limitFetch(resp *kmsg.FetchResponse, whole []kmsg.FetchResponseTopic) (withheld, tells bool, changed <-chan struct{}) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range whole {
		name := s.topicName(whole[i].Topic, whole[i].TopicID)
		for j := range whole[i].Partitions {
			from, p := &whole[i].Partitions[j], &resp.Topics[i].Partitions[j]
			s.paintFetchLeader(name, p)
			hw, limited := s.highWatermark(name, p.Partition)
			if p.ErrorCode == 0 && limited {
				p.HighWatermark, p.LastStableOffset = min(from.HighWatermark, hw), min(from.LastStableOffset, hw)
				p.RecordBatches = batchesBefore(from.RecordBatches, hw)
				withheld = withheld || len(p.RecordBatches) < len(from.RecordBatches)
			} else {
				p.HighWatermark, p.LastStableOffset, p.RecordBatches = from.HighWatermark, from.LastStableOffset, from.RecordBatches
			}
			tells = tells || p.ErrorCode != 0 || len(p.RecordBatches) > 0
		}
	}
	resp.Brokers = slices.DeleteFunc(resp.Brokers, func(b kmsg.FetchResponseBroker) bool { return !s.model.Live(b.NodeID) })
	return withheld, tells || resp.ErrorCode != 0, s.changed
}

func (s *Set) paintFetchLeader(topic string, p *kmsg.FetchResponseTopicPartition) {
	if p.ErrorCode != kerr.NotLeaderForPartition.Code {
		return
	}
	if _, state, ok := s.replicasOf(topic, p.Partition); ok && state != nil {
		p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch = state.Leader, state.Epoch
	}
}

// batchesBefore are the whole batches that end before offset limit.
func batchesBefore(raw []byte, limit int64) []byte {
	const header, lastDelta = 61, 23 // of a batch of format 2
	end := 0
	for end+header <= len(raw) {
		b := raw[end:]
		size := 12 + int(int32(binary.BigEndian.Uint32(b[8:])))
		last := int64(binary.BigEndian.Uint64(b)) + int64(int32(binary.BigEndian.Uint32(b[lastDelta:])))
		if size < header || size > len(b) || last >= limit {
			break
		}
		end += size
	}
	return raw[:end:end]
}
