package embedbroker

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/kdeck/kdeck/embedbroker/gate"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Bounds of topics. Kafka bounds a topic by what its controller can write at
// once (10,000 partitions, QuorumController.MAX_RECORDS_PER_USER_OP).
const (
	maxTopicPartitions = 10_000
	maxPartitions      = 200_000 // of all topics: each costs memory and a folder
)

// Of the files that the process may open, a quarter is for connections and all else,
// but at least leastSpare; a partition with records has a segment and an index open.
const (
	leastSpare        = 256
	filesPerPartition = 2
)

// limits are what the files that the process may open are enough for.
type limits struct {
	files       int
	partitions  int
	connections int
}

func limitsOf(files int) limits {
	spare := max(files/4, leastSpare)
	return limits{
		files:       files,
		partitions:  min(max(files-spare, 0)/filesPerPartition, maxPartitions),
		connections: spare / 10 * 9,
	}
}

// tooMany says why there can be no more partitions.
func (l limits) tooMany() string {
	if l.partitions == maxPartitions {
		return fmt.Sprintf("this cluster holds at most %d partitions", maxPartitions)
	}
	return fmt.Sprintf("this process may open %d files (RLIMIT_NOFILE), enough for %d partitions in all topics; raise it with ulimit -n", l.files, l.partitions)
}

// handlers are the requests that broker answers itself, or changes, because
// the engine would do them wrong or could be harmed by them. Topics may be
// changed at any broker, as since KIP-500 every broker forwards to the
// controller.
func (t *topics) handlers(broker int32) map[int16]gate.Handler {
	handlers := map[int16]gate.Handler{
		int16(kmsg.Metadata):                   t.metadata,
		int16(kmsg.CreateTopics):               t.createTopics,
		int16(kmsg.CreatePartitions):           t.createPartitions,
		int16(kmsg.DeleteTopics):               t.deleteTopics,
		int16(kmsg.ElectLeaders):               t.replicas.ElectLeaders,
		int16(kmsg.AlterPartitionAssignments):  t.replicas.AlterReassignments,
		int16(kmsg.ListPartitionReassignments): t.replicas.ListReassignments,
		int16(kmsg.DescribeQuorum):             t.replicas.DescribeQuorum,
		int16(kmsg.DescribeLogDirs): func(req kmsg.Request) (kmsg.Response, kmsg.Request, error) {
			return t.describeLogDirs(broker, req.(*kmsg.DescribeLogDirsRequest))
		},
		int16(kmsg.DeleteRecords): func(req kmsg.Request) (kmsg.Response, kmsg.Request, error) {
			return t.deleteRecords(broker, req.(*kmsg.DeleteRecordsRequest))
		},
		int16(kmsg.DescribeTopicPartitions): t.describeTopicPartitions,
		int16(kmsg.ListGroups):              listGroups,
		int16(kmsg.JoinGroup):               joinGroup,
		int16(kmsg.DescribeACLs):            noAuthorizer,
		int16(kmsg.CreateACLs):              noAuthorizer,
		int16(kmsg.DeleteACLs):              noAuthorizer,
		int16(kmsg.AlterConfigs):            alterConfigs,
		int16(kmsg.IncrementalAlterConfigs): incrementalAlterConfigs,
	}
	maps.Copy(handlers, t.txns.handlers(broker))
	return handlers
}

func (t *topics) metadata(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	req := r.(*kmsg.MetadataRequest)
	if !req.AllowAutoTopicCreation && req.Version >= 4 { // v0 to v3 always create
		return nil, nil, nil
	}
	var names []string
	for i := range req.Topics {
		if topic := &req.Topics[i]; topic.Topic != nil && topic.TopicID == [16]byte{} {
			names = append(names, *topic.Topic)
		}
	}
	return nil, nil, t.autoCreate(names)
}

func (t *topics) createTopics(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	req := r.(*kmsg.CreateTopicsRequest)
	var resp *kmsg.CreateTopicsResponse
	err := t.change(func() error {
		var refused []kmsg.CreateTopicsResponseTopic
		accepted := req.Topics[:0]
		room := t.limits.partitions - t.partitions()
		for i := range req.Topics {
			topic := &req.Topics[i]
			if e, why := t.checkNew(topic, room); e != nil {
				refused = append(refused, refuseTopic(topic.Topic, e, why))
				continue
			}
			room -= t.placementOf(topic).Partitions
			accepted = append(accepted, *topic)
		}
		req.Topics = accepted
		var err error
		if resp, err = t.create(req); err == nil {
			resp.Topics = append(resp.Topics, refused...)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return resp, nil, nil
}

func refuseTopic(name string, e *kerr.Error, why string) kmsg.CreateTopicsResponseTopic {
	t := kmsg.NewCreateTopicsResponseTopic()
	t.Topic, t.ErrorCode, t.ErrorMessage = name, e.Code, &why
	return t
}

// checkNew checks what the engine does not check of a topic to create.
func (t *topics) checkNew(topic *kmsg.CreateTopicsRequestTopic, room int) (*kerr.Error, string) {
	if !validTopicName(topic.Topic) {
		return kerr.InvalidTopicException, "a topic name is 1 to 249 of letters, digits, '.', '_' and '-', and not '.' or '..'"
	}
	for i := range topic.ReplicaAssignment {
		if e, why := t.checkReplicas(topic.ReplicaAssignment[i].Replicas); e != nil {
			return e, why
		}
	}
	p := t.placementOf(topic)
	if p.Partitions < 1 || topic.NumPartitions < -1 || p.Partitions > maxTopicPartitions {
		return kerr.InvalidPartitions, fmt.Sprintf("a topic has 1 to %d partitions here", maxTopicPartitions)
	}
	if p.Partitions > room {
		return kerr.InvalidPartitions, t.limits.tooMany()
	}
	if p.Replicas < 1 || topic.ReplicationFactor < -1 || p.Replicas > t.brokers {
		return kerr.InvalidReplicationFactor, fmt.Sprintf("replication factor must be 1 to %d, the number of brokers", t.brokers)
	}
	for i := range topic.Configs {
		c := &topic.Configs[i]
		if why := checkTopicConfig(c.Name, c.Value); why != "" {
			return kerr.InvalidConfig, why
		}
	}
	return nil, ""
}

// checkReplicas checks one partition of a manual assignment.
func (t *topics) checkReplicas(replicas []int32) (*kerr.Error, string) {
	seen := make(map[int32]bool, len(replicas))
	for _, id := range replicas {
		if id < 0 || int(id) >= t.brokers || seen[id] {
			return kerr.InvalidReplicaAssignment, fmt.Sprintf("replicas must be different brokers of 0 to %d", t.brokers-1)
		}
		seen[id] = true
	}
	return nil, ""
}

func validTopicName(name string) bool {
	if name == "" || name == "." || name == ".." || len(name) > 249 {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return false
		}
		return true
	}) < 0
}

func (t *topics) createPartitions(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	req := r.(*kmsg.CreatePartitionsRequest)
	var resp *kmsg.CreatePartitionsResponse
	err := t.change(func() error {
		room := t.limits.partitions - t.partitions()
		for i := range req.Topics {
			p, _ := t.replicas.Placement(req.Topics[i].Topic)
			more := int(req.Topics[i].Count) - p.Partitions
			switch {
			case req.Topics[i].Count > maxTopicPartitions:
				resp = refusePartitions(req, fmt.Sprintf("a topic has at most %d partitions here", maxTopicPartitions))
				return nil
			case more > room:
				resp = refusePartitions(req, t.limits.tooMany())
				return nil
			}
			room -= max(more, 0)
		}
		var err error
		resp, err = t.grow(req)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return resp, nil, nil
}

func refusePartitions(req *kmsg.CreatePartitionsRequest, why string) *kmsg.CreatePartitionsResponse {
	resp := req.ResponseKind().(*kmsg.CreatePartitionsResponse)
	for i := range req.Topics {
		t := kmsg.NewCreatePartitionsResponseTopic()
		t.Topic, t.ErrorCode, t.ErrorMessage = req.Topics[i].Topic, kerr.InvalidPartitions.Code, &why
		resp.Topics = append(resp.Topics, t)
	}
	return resp
}

func (t *topics) deleteTopics(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	var resp *kmsg.DeleteTopicsResponse
	err := t.change(func() error {
		var err error
		resp, err = t.remove(r.(*kmsg.DeleteTopicsRequest))
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return resp, nil, nil
}

// describeLogDirs tells the sizes of the partitions that broker has a replica
// of, in the folder that holds them. The engine has one store, names a folder
// that does not exist and would report all of it for every broker.
func (t *topics) describeLogDirs(broker int32, req *kmsg.DescribeLogDirsRequest) (kmsg.Response, kmsg.Request, error) {
	ask := kmsg.NewPtrDescribeLogDirsRequest()
	ask.Version = req.Version
	if req.Topics == nil {
		ask.Topics = t.on(broker)
	} else {
		ask.Topics = t.held(broker, req.Topics)
	}
	answer, err := t.engine.ask(ask)
	if err != nil {
		return nil, nil, err
	}
	resp := answer.(*kmsg.DescribeLogDirsResponse)
	dir := kmsg.NewDescribeLogDirsResponseDir()
	dir.Dir = t.dir
	dir.TotalBytes, dir.UsableBytes = diskSpace(t.dir)
	for i := range resp.Dirs {
		dir.Topics = append(dir.Topics, resp.Dirs[i].Topics...)
	}
	resp.Dirs = []kmsg.DescribeLogDirsResponseDir{dir}
	return resp, nil, nil
}

// describeTopicPartitions tells no eligible leader replicas (KIP-966) where the
// engine leaves them out: Java's admin client takes a missing list for a fault.
func (t *topics) describeTopicPartitions(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	answer, err := t.engine.ask(r)
	if err != nil {
		return nil, nil, err
	}
	resp := answer.(*kmsg.DescribeTopicPartitionsResponse)
	for i := range resp.Topics {
		for j := range resp.Topics[i].Partitions {
			p := &resp.Topics[i].Partitions[j]
			p.EligibleLeaderReplicas = append([]int32{}, p.EligibleLeaderReplicas...)
			p.LastKnownELR = append([]int32{}, p.LastKnownELR...)
		}
	}
	return resp, nil, nil
}

// listGroups writes the types that are asked for as the engine does: Kafka takes
// them in any case, and Java's admin client sends "Classic".
func listGroups(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	req := r.(*kmsg.ListGroupsRequest)
	for i, typ := range req.TypesFilter {
		req.TypesFilter[i] = strings.ToLower(typ)
	}
	return nil, req, nil
}

// joinGroup refuses a member without protocols, or with one twice, as Kafka's
// coordinator does: the engine takes it in and then finds no protocol that all
// members have in common.
func joinGroup(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	req := r.(*kmsg.JoinGroupRequest)
	seen := make(map[string]bool, len(req.Protocols))
	for i := range req.Protocols {
		seen[req.Protocols[i].Name] = true
	}
	if len(req.Protocols) > 0 && len(seen) == len(req.Protocols) {
		return nil, nil, nil
	}
	resp := req.ResponseKind().(*kmsg.JoinGroupResponse)
	resp.ErrorCode = kerr.InconsistentGroupProtocol.Code
	resp.Generation, resp.MemberID = -1, req.MemberID
	return resp, nil, nil
}

// deleteRecords truncates logs and notes where they start from then on.
func (t *topics) deleteRecords(broker int32, req *kmsg.DeleteRecordsRequest) (kmsg.Response, kmsg.Request, error) {
	resp := req.ResponseKind().(*kmsg.DeleteRecordsResponse)
	err := t.change(func() error {
		for i := range req.Topics {
			topic := kmsg.NewDeleteRecordsResponseTopic()
			topic.Topic = req.Topics[i].Topic
			for _, p := range req.Topics[i].Partitions {
				part := kmsg.NewDeleteRecordsResponseTopicPartition()
				part.Partition = p.Partition
				low, err := t.truncate(broker, topic.Topic, p.Partition, p.Offset)
				var e *kerr.Error
				if errors.As(err, &e) {
					part.ErrorCode = e.Code
				} else if err != nil {
					return err
				}
				part.LowWatermark = low
				topic.Partitions = append(topic.Partitions, part)
			}
			resp.Topics = append(resp.Topics, topic)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return resp, nil, nil
}
