package serde

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The topics in which Kafka keeps its own state.
const (
	offsetsTopic      = "__consumer_offsets"
	transactionsTopic = "__transaction_state"
)

func internal(topic string) bool { return topic == offsetsTopic || topic == transactionsTopic }

// kafkaState decodes a key or value of Kafka's own topics. The version in the
// key says what a record is about.
func kafkaState(rec *kgo.Record, side Side) ([]byte, error) {
	if !internal(rec.Topic) {
		return nil, fmt.Errorf("%s is no topic in which Kafka keeps its own state", rec.Topic)
	}
	if len(rec.Key) < 2 {
		return nil, errors.New("the key has no version, so nothing says what the record is")
	}
	version := int16(binary.BigEndian.Uint16(rec.Key))
	read := offsetsValue
	if rec.Topic == transactionsTopic {
		read = transactionValue
	}
	if side == Key {
		read = keyOf(rec.Topic)
	}
	v, err := read(version, side.of(rec))
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func keyOf(topic string) func(int16, []byte) (any, error) {
	if topic == transactionsTopic {
		return transactionKey
	}
	return offsetsKey
}

func offsetsKey(version int16, data []byte) (any, error) {
	switch version {
	case 0, 1:
		var k kmsg.OffsetCommitKey
		if err := k.ReadFrom(data); err != nil {
			return nil, fmt.Errorf("not the key of a committed offset: %w", err)
		}
		return struct {
			Record    string `json:"record"`
			Group     string `json:"group"`
			Topic     string `json:"topic"`
			Partition int32  `json:"partition"`
		}{"committed offset", k.Group, k.Topic, k.Partition}, nil
	case 2:
		var k kmsg.GroupMetadataKey
		if err := k.ReadFrom(data); err != nil {
			return nil, fmt.Errorf("not the key of a group: %w", err)
		}
		return struct {
			Record string `json:"record"`
			Group  string `json:"group"`
		}{"group", k.Group}, nil
	}
	return coordinatorKey(version, data)
}

func offsetsValue(keyVersion int16, data []byte) (any, error) {
	switch keyVersion {
	case 0, 1:
		var v kmsg.OffsetCommitValue
		if err := v.ReadFrom(data); err != nil {
			return nil, fmt.Errorf("not a committed offset: %w", err)
		}
		commit := struct {
			Offset      int64  `json:"offset"`
			LeaderEpoch *int32 `json:"leaderEpoch,omitempty"`
			Metadata    string `json:"metadata"`
			Committed   string `json:"committed"`
			Expires     string `json:"expires,omitempty"`
		}{Offset: v.Offset, Metadata: v.Metadata, Committed: stamp(v.CommitTimestamp)}
		if v.Version >= 3 && v.LeaderEpoch >= 0 {
			commit.LeaderEpoch = &v.LeaderEpoch
		}
		if v.Version == 1 && v.ExpireTimestamp >= 0 {
			commit.Expires = stamp(v.ExpireTimestamp)
		}
		return commit, nil
	case 2:
		return groupValue(data)
	}
	return coordinatorValue(keyVersion, data)
}

func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) }

// groupMember is a member of a classic group as its coordinator keeps it.
type groupMember struct {
	Member         string             `json:"member"`
	Instance       *string            `json:"instance,omitempty"`
	Client         string             `json:"client"`
	Host           string             `json:"host"`
	SessionTimeout string             `json:"sessionTimeout"`
	Topics         []string           `json:"topics,omitempty"`
	Assigned       map[string][]int32 `json:"assigned,omitempty"`
}

func groupValue(data []byte) (any, error) {
	var v kmsg.GroupMetadataValue
	if err := v.ReadFrom(data); err != nil {
		return nil, fmt.Errorf("not the state of a group: %w", err)
	}
	group := struct {
		ProtocolType string        `json:"protocolType"`
		Generation   int32         `json:"generation"`
		Protocol     *string       `json:"protocol"`
		Leader       *string       `json:"leader"`
		Members      []groupMember `json:"members"`
	}{v.ProtocolType, v.Generation, v.Protocol, v.Leader, []groupMember{}}
	for _, m := range v.Members {
		member := groupMember{
			Member: m.MemberID, Instance: m.InstanceID, Client: m.ClientID, Host: m.ClientHost,
			SessionTimeout: (time.Duration(m.SessionTimeoutMillis) * time.Millisecond).String(),
		}
		if v.ProtocolType == "consumer" {
			member.consumer(m.Subscription, m.Assignment)
		}
		group.Members = append(group.Members, member)
	}
	return group, nil
}

// consumer reads what a consumer has told its group; other clients may tell
// anything.
func (m *groupMember) consumer(subscription, assignment []byte) {
	var s kmsg.ConsumerMemberMetadata
	if s.ReadFrom(subscription) == nil {
		m.Topics = s.Topics
	}
	var a kmsg.ConsumerMemberAssignment
	if a.ReadFrom(assignment) == nil {
		m.Assigned = make(map[string][]int32, len(a.Topics))
		for _, t := range a.Topics {
			m.Assigned[t.Topic] = t.Partitions
		}
	}
}

func transactionKey(_ int16, data []byte) (any, error) {
	var k kmsg.TxnMetadataKey
	if err := k.ReadFrom(data); err != nil {
		return nil, fmt.Errorf("not the key of a transactional id: %w", err)
	}
	return struct {
		TransactionalID string `json:"transactionalId"`
	}{k.TransactionalID}, nil
}

func transactionValue(_ int16, data []byte) (any, error) {
	var v kmsg.TxnMetadataValue
	if err := v.ReadFrom(data); err != nil {
		return nil, fmt.Errorf("not the state of a transactional id: %w", err)
	}
	state := struct {
		State         string             `json:"state"`
		ProducerID    int64              `json:"producerId"`
		ProducerEpoch int16              `json:"producerEpoch"`
		Timeout       string             `json:"timeout"`
		Started       string             `json:"started,omitempty"`
		Updated       string             `json:"updated"`
		Partitions    map[string][]int32 `json:"partitions"`
	}{
		State: strings.ToLower(v.State.String()), ProducerID: v.ProducerID, ProducerEpoch: v.ProducerEpoch,
		Timeout: (time.Duration(v.TimeoutMillis) * time.Millisecond).String(),
		Updated: stamp(v.LastUpdateTimestamp), Partitions: map[string][]int32{},
	}
	if v.StartTimestamp >= 0 {
		state.Started = stamp(v.StartTimestamp)
	}
	for _, t := range v.Topics {
		state.Partitions[t.Topic] = t.Partitions
	}
	return state, nil
}
