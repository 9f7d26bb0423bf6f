package gate

import (
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Every request that can be refused names its items in the answer, each with the
// error, in all versions, and the answer can be read.
func TestRefusal(t *testing.T) {
	name, code := "t", kerr.KafkaStorageError.Code
	for key := int16(0); key <= maxKey; key++ {
		req := kmsg.RequestForKey(key)
		if req == nil || !refusable(key) {
			continue
		}
		for v := int16(0); v <= req.MaxVersion(); v++ {
			req := kmsg.RequestForKey(key)
			req.SetVersion(v)
			populate(reflect.ValueOf(req).Elem(), 2)
			// What another version has is lost on the way, as with a client.
			asked := kmsg.RequestForKey(key)
			asked.SetVersion(v)
			if err := asked.ReadFrom(req.AppendTo(nil)); err != nil {
				t.Fatalf("%s v%d: %v", kmsg.NameForKey(key), v, err)
			}
			resp := asked.ResponseKind()
			if err := resp.ReadFrom(Refusal(asked, code, name).AppendTo(nil)); err != nil {
				t.Fatalf("%s v%d: the answer cannot be read: %v", kmsg.NameForKey(key), v, err)
			}
			if n := errorsIn(reflect.ValueOf(resp).Elem(), code); n == 0 {
				t.Errorf("%s v%d: no error in %+v", kmsg.NameForKey(key), v, resp)
			}
		}
	}
	req := kmsg.NewPtrAddPartitionsToTxnRequest()
	req.Version = 3
	req.Topics = []kmsg.AddPartitionsToTxnRequestTopic{{Topic: "a", Partitions: []int32{3, 5}}}
	resp := Refusal(req, code, name).(*kmsg.AddPartitionsToTxnResponse)
	if p := resp.Topics[0].Partitions; resp.Topics[0].Topic != "a" || len(p) != 2 || p[1].Partition != 5 || p[1].ErrorCode != code {
		t.Errorf("AddPartitionsToTxn: %+v", resp)
	}
	del := kmsg.NewPtrDeleteTopicsRequest()
	del.Version, del.TopicNames = 4, []string{"a"}
	if r := Refusal(del, code, name).(*kmsg.DeleteTopicsResponse); len(r.Topics) != 1 || *r.Topics[0].Topic != "a" || r.Topics[0].ErrorCode != code {
		t.Errorf("DeleteTopics: %+v", r)
	}
	groups := kmsg.NewPtrDeleteGroupsRequest()
	groups.Groups = []string{"g"}
	if r := Refusal(groups, code, name).(*kmsg.DeleteGroupsResponse); len(r.Groups) != 1 || r.Groups[0].Group != "g" || r.Groups[0].ErrorCode != code {
		t.Errorf("DeleteGroups: %+v", r)
	}
}

// refusable tells the requests whose answers have errors of their own.
func refusable(key int16) bool {
	switch kmsg.Key(key) {
	case kmsg.Produce, kmsg.OffsetCommit, kmsg.CreateTopics, kmsg.DeleteTopics, kmsg.DeleteRecords, kmsg.InitProducerID,
		kmsg.AddPartitionsToTxn, kmsg.AddOffsetsToTxn, kmsg.EndTxn, kmsg.WriteTxnMarkers, kmsg.TxnOffsetCommit,
		kmsg.CreateACLs, kmsg.DeleteACLs, kmsg.AlterConfigs, kmsg.AlterReplicaLogDirs, kmsg.CreatePartitions,
		kmsg.DeleteGroups, kmsg.IncrementalAlterConfigs, kmsg.AlterPartitionAssignments, kmsg.OffsetDelete,
		kmsg.AlterClientQuotas, kmsg.AlterUserSCRAMCredentials, kmsg.UpdateFeatures, kmsg.AlterShareGroupOffsets, kmsg.DeleteShareGroupOffsets:
		return true
	}
	return false
}

// populate gives every list in a request one item, down to a depth.
func populate(v reflect.Value, depth int) {
	for i := range v.NumField() {
		field := v.Field(i)
		if !field.CanSet() || field.Kind() != reflect.Slice || field.Type().Elem().Kind() == reflect.Uint8 {
			continue
		}
		item := reflect.New(field.Type().Elem()).Elem()
		if item.Kind() == reflect.Struct && depth > 0 {
			populate(item, depth-1)
		}
		field.Set(reflect.Append(field, item))
	}
}

// errorsIn counts the fields with the error.
func errorsIn(v reflect.Value, code int16) int {
	n := 0
	for i := range v.NumField() {
		field := v.Field(i)
		switch {
		case v.Type().Field(i).Name == "ErrorCode" && field.Int() == int64(code):
			n++
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Struct:
			for j := range field.Len() {
				n += errorsIn(field.Index(j), code)
			}
		}
	}
	return n
}
