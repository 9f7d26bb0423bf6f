package serde

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// coordinatorField is a field of a record of the group coordinator, in the flexible
// encoding (KIP-482).
type coordinatorField struct {
	name string
	read func(*kbin.Reader) any
}

// coordinatorKind is a kind of record that the coordinator of the new protocols keeps.
type coordinatorKind struct {
	name  string
	inKey string             // what the key holds besides the group, or nothing
	value []coordinatorField // of version 0; nil is a value that kdeck does not decode
}

// coordinatorKinds are the kinds of records of KIP-848, KIP-932 and KIP-1071, by the
// version of their key. Kafka defines them in
// group-coordinator/src/main/resources/common/message.
func coordinatorKinds() map[int16]coordinatorKind {
	member := []coordinatorField{{"rack", optional}, {"client", word}, {"host", word}, {"topics", words}}
	current := []coordinatorField{{"epoch", number}, {"previousEpoch", number}, {"state", memberState}, {"assigned", partitions}}
	assignmentEpoch := []coordinatorField{{"assignmentEpoch", number}}
	assigned := []coordinatorField{{"assigned", partitions}}
	return map[int16]coordinatorKind{
		3: {name: "consumer group epoch", value: []coordinatorField{{"epoch", number}}},
		4: {name: "consumer group partitions"},
		5: {"consumer group member", "member", append(append([]coordinatorField{{"instance", optional}}, member...),
			coordinatorField{"regularExpression", optional}, coordinatorField{"rebalanceTimeout", milliseconds}, coordinatorField{"assignor", optional})},
		6: {name: "consumer group target assignment", value: assignmentEpoch},
		7: {"consumer group member's target assignment", "member", assigned},
		8: {"consumer group member's current assignment", "member", append(current[:len(current):len(current)],
			coordinatorField{"toRevoke", partitions})},
		9:  {name: "share group partitions"},
		10: {"share group member", "member", member},
		11: {name: "share group epoch", value: []coordinatorField{{"epoch", number}, {"metadataHash", longNumber}}},
		12: {name: "share group target assignment", value: assignmentEpoch},
		13: {"share group member's target assignment", "member", assigned},
		14: {"share group member's current assignment", "member", current},
		15: {name: "share group state partitions", value: []coordinatorField{
			{"initializing", topicStates}, {"initialized", topicStates}, {"deleting", topicNames}}},
		16: {"consumer group regular expression", "expression", []coordinatorField{{"topics", words}, {"version", longNumber}, {"resolved", moment}}},
		17: {name: "streams group epoch"}, 18: {name: "streams group partitions"}, 19: {name: "streams group member", inKey: "member"},
		20: {name: "streams group target assignment"}, 21: {name: "streams group member's target assignment", inKey: "member"},
		22: {name: "streams group member's current assignment", inKey: "member"}, 23: {name: "streams group topology"},
	}
}

func coordinatorKey(version int16, data []byte) (any, error) {
	kind, ok := coordinatorKinds()[version]
	if !ok {
		return nil, fmt.Errorf("kdeck knows no record whose key has version %d", version)
	}
	r := kbin.Reader{Src: data[2:]}
	v := struct {
		Record     string `json:"record"`
		Group      string `json:"group"`
		Member     string `json:"member,omitempty"`
		Expression string `json:"expression,omitempty"`
	}{Record: kind.name, Group: r.String()}
	switch kind.inKey {
	case "member":
		v.Member = r.String()
	case "expression":
		v.Expression = r.String()
	}
	if err := r.Complete(); err != nil {
		return nil, fmt.Errorf("not the key of a %s: %w", kind.name, err)
	}
	return v, nil
}

// coordinatorValue reads the value of a record by the version of its key. Tagged
// fields, in which Kafka keeps what came later, are left out.
func coordinatorValue(keyVersion int16, data []byte) (any, error) {
	kind, ok := coordinatorKinds()[keyVersion]
	switch {
	case !ok:
		return nil, fmt.Errorf("kdeck knows no record whose key has version %d", keyVersion)
	case kind.value == nil:
		return nil, fmt.Errorf("a %s, of which kdeck decodes the key alone", kind.name)
	case len(data) < 2:
		return nil, fmt.Errorf("not a %s: it has no version", kind.name)
	}
	if version := binary.BigEndian.Uint16(data); version != 0 {
		return nil, fmt.Errorf("a %s of version %d; kdeck knows version 0", kind.name, version)
	}
	r := &kbin.Reader{Src: data[2:]}
	out := []byte{'{'}
	for _, f := range kind.value {
		v, err := json.Marshal(f.read(r))
		if err != nil {
			return nil, err
		}
		if string(v) == "null" {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(jsonvalue.AppendString(out, f.name), ':'), v...)
	}
	kmsg.SkipTags(r)
	if err := errors.Join(r.Complete(), left(r)); err != nil {
		return nil, fmt.Errorf("not a %s: %w", kind.name, err)
	}
	return json.RawMessage(append(out, '}')), nil
}

func left(r *kbin.Reader) error {
	if len(r.Src) > 0 {
		return fmt.Errorf("%d bytes are left over", len(r.Src))
	}
	return nil
}

func number(r *kbin.Reader) any       { return r.Int32() }
func longNumber(r *kbin.Reader) any   { return r.Int64() }
func word(r *kbin.Reader) any         { return r.CompactString() }
func optional(r *kbin.Reader) any     { return r.CompactNullableString() }
func words(r *kbin.Reader) any        { return list(r, func() string { return r.CompactString() }) }
func moment(r *kbin.Reader) any       { return stamp(r.Int64()) }
func milliseconds(r *kbin.Reader) any { return (time.Duration(r.Int32()) * time.Millisecond).String() }

// memberState is what the coordinator waits for before a member has its target.
func memberState(r *kbin.Reader) any {
	switch state := r.Int8(); state {
	case 0:
		return "stable"
	case 1:
		return "to revoke partitions"
	case 2:
		return "waits for partitions that others have"
	default:
		return fmt.Sprintf("state %d", state)
	}
}

// topicPartitions are partitions of a topic, which records name by its id or name.
type topicPartitions struct {
	Topic      string  `json:"topic,omitempty"`
	TopicID    string  `json:"topicId"`
	Partitions []int32 `json:"partitions,omitempty"`
}

func partitions(r *kbin.Reader) any {
	return list(r, func() topicPartitions {
		t := topicPartitions{TopicID: topicID(r), Partitions: list(r, r.Int32)}
		kmsg.SkipTags(r)
		return t
	})
}

func topicStates(r *kbin.Reader) any {
	return list(r, func() topicPartitions {
		t := topicPartitions{TopicID: topicID(r), Topic: r.CompactString(), Partitions: list(r, r.Int32)}
		kmsg.SkipTags(r)
		return t
	})
}

func topicNames(r *kbin.Reader) any {
	return list(r, func() topicPartitions {
		t := topicPartitions{TopicID: topicID(r), Topic: r.CompactString()}
		kmsg.SkipTags(r)
		return t
	})
}

// topicID writes an id as Kafka's tools do.
func topicID(r *kbin.Reader) string {
	id := r.Uuid()
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// list reads an array, whose length kbin has held against the bytes that are left.
func list[T any](r *kbin.Reader, read func() T) []T {
	all := []T{}
	for n := r.CompactArrayLen(); n > 0 && r.Ok(); n-- {
		all = append(all, read())
	}
	return all
}
