package faults_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker/faults"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestCheck(t *testing.T) {
	one := int32(1)
	for _, tc := range []struct {
		rule faults.Rule
		want string // in the error, "" for none
	}{
		{faults.Rule{API: "produce", Error: "not_leader_or_follower"}, ""},
		{faults.Rule{API: "InitProducerId", Error: "COORDINATOR_NOT_AVAILABLE"}, ""},
		{faults.Rule{API: "AlterPartitionReassignments", Error: "REQUEST_TIMED_OUT"}, ""},
		{faults.Rule{Broker: &one, Delay: time.Second}, ""},
		{faults.Rule{Client: "app", Close: true, Rate: 1}, ""},
		{faults.Rule{API: "Poduce", Close: true}, "no such API"},
		{faults.Rule{API: "Produce", Error: "NO_SUCH"}, "no such error"},
		{faults.Rule{API: "Produce"}, "nothing to do"},
		{faults.Rule{API: "Produce", Close: true, Error: "UNKNOWN_SERVER_ERROR"}, "say one of them"},
		{faults.Rule{Error: "UNKNOWN_SERVER_ERROR"}, "needs --api"},
		{faults.Rule{Close: true, Rate: 1.5}, "at most 100%"},
		{faults.Rule{Delay: -1, Close: true}, "negative"},
	} {
		err := tc.rule.Check()
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: %v, want %q", tc.rule, err, tc.want)
		}
	}
}

// every selector is a request about topics a and b, or groups g and h.
func produceOf(topics ...string) *kmsg.ProduceRequest {
	req := kmsg.NewPtrProduceRequest()
	req.Version = 9
	for _, name := range topics {
		topic := kmsg.NewProduceRequestTopic()
		topic.Topic, topic.Partitions = name, []kmsg.ProduceRequestTopicPartition{{Partition: 3}}
		req.Topics = append(req.Topics, topic)
	}
	return req
}

func newSet(t *testing.T, rules ...faults.Rule) *faults.Set {
	s := faults.NewSet(func(id [16]byte) string { return map[byte]string{1: "a", 2: "b"}[id[0]] })
	for _, r := range rules {
		if _, err := s.Add(r, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func judge(s *faults.Set, req kmsg.Request) faults.Action {
	return s.Judge(faults.Call{Broker: 1, Client: "app-1", Req: req}, time.Unix(1, 0))
}

func TestSelectors(t *testing.T) {
	zero, one := int32(0), int32(1)
	heartbeat := kmsg.NewPtrHeartbeatRequest()
	heartbeat.Group = "g"
	describe := kmsg.NewPtrDescribeGroupsRequest()
	describe.Groups = []string{"g", "h"}
	fetch := kmsg.NewPtrFetchRequest()
	fetch.Version = 13
	fetch.Topics = []kmsg.FetchRequestTopic{{TopicID: [16]byte{1}}}
	tx := "tx"
	begin := kmsg.NewPtrInitProducerIDRequest()
	begin.TransactionalID = &tx
	for name, tc := range map[string]struct {
		rule faults.Rule
		req  kmsg.Request
		hit  bool
	}{
		"every API":              {faults.Rule{}, heartbeat, true},
		"the API":                {faults.Rule{API: "Heartbeat"}, heartbeat, true},
		"another API":            {faults.Rule{API: "Produce"}, heartbeat, false},
		"the topic":              {faults.Rule{Topic: "b"}, produceOf("a", "b"), true},
		"topics that begin so":   {faults.Rule{Topic: "ord*"}, produceOf("orders"), true},
		"another topic":          {faults.Rule{Topic: "c"}, produceOf("a", "b"), false},
		"a topic by its id":      {faults.Rule{Topic: "a"}, fetch, true},
		"another by its id":      {faults.Rule{Topic: "b"}, fetch, false},
		"no topic at all":        {faults.Rule{Topic: "a"}, heartbeat, false},
		"the group":              {faults.Rule{Group: "g"}, heartbeat, true},
		"another group":          {faults.Rule{Group: "h"}, heartbeat, false},
		"one of many groups":     {faults.Rule{Group: "h"}, describe, true},
		"a transactional id":     {faults.Rule{Group: "tx"}, begin, true},
		"the client":             {faults.Rule{Client: "app-*"}, heartbeat, true},
		"another client":         {faults.Rule{Client: "app"}, heartbeat, false},
		"the broker":             {faults.Rule{Broker: &one}, heartbeat, true},
		"another broker":         {faults.Rule{Broker: &zero}, heartbeat, false},
		"until its time is over": {faults.Rule{For: time.Second}, heartbeat, false},
		"while its time lasts":   {faults.Rule{For: 2 * time.Second}, heartbeat, true},
	} {
		t.Run(name, func(t *testing.T) {
			tc.rule.Close = true
			if got := judge(newSet(t, tc.rule), tc.req).Close; got != tc.hit {
				t.Errorf("hit %v, want %v", got, tc.hit)
			}
		})
	}
}

// A part of a request gets the error, the rest goes on.
func TestPartOfARequest(t *testing.T) {
	s := newSet(t, faults.Rule{API: "Produce", Topic: "b", Error: "NOT_LEADER_OR_FOLLOWER"})
	act := judge(s, produceOf("a", "b"))
	rest, ok := act.Forward.(*kmsg.ProduceRequest)
	if !ok || act.Answer != nil || len(rest.Topics) != 1 || rest.Topics[0].Topic != "a" {
		t.Fatalf("got %+v", act)
	}
	got := rest.ResponseKind().(*kmsg.ProduceResponse)
	got.Topics = []kmsg.ProduceResponseTopic{{Topic: "a", Partitions: []kmsg.ProduceResponseTopicPartition{{Partition: 3, BaseOffset: 7}}}}
	act.Merge(got)
	if len(got.Topics) != 2 || got.Topics[1].Topic != "b" {
		t.Fatalf("got %+v", got.Topics)
	}
	if p := got.Topics[1].Partitions; len(p) != 1 || p[0].Partition != 3 || p[0].ErrorCode != kerr.NotLeaderForPartition.Code || got.Topics[0].Partitions[0].ErrorCode != 0 {
		t.Errorf("got %+v", got.Topics)
	}
	if act := judge(s, produceOf("b")); act.Answer == nil || act.Forward != nil {
		t.Errorf("all of a request: %+v", act)
	}
}

// Metadata and fetches are answered by the engine, then spoilt.
func TestSpoiltAnswers(t *testing.T) {
	a, b := "a", "b"
	s := newSet(t, faults.Rule{API: "Metadata", Topic: "b", Error: "LEADER_NOT_AVAILABLE"}, faults.Rule{API: "Fetch", Topic: "b", Error: "OFFSET_OUT_OF_RANGE"})
	metadata := kmsg.NewPtrMetadataRequest()
	metadata.Topics = []kmsg.MetadataRequestTopic{{Topic: &a}, {Topic: &b}}
	answer := kmsg.NewPtrMetadataResponse()
	answer.Brokers = make([]kmsg.MetadataResponseBroker, 1)
	answer.Topics = []kmsg.MetadataResponseTopic{{Topic: &a}, {Topic: &b}}
	judge(s, metadata).Merge(answer)
	if answer.Topics[0].ErrorCode != 0 || answer.Topics[1].ErrorCode != kerr.LeaderNotAvailable.Code || len(answer.Brokers) != 1 {
		t.Errorf("Metadata: %+v", answer)
	}
	fetch := kmsg.NewPtrFetchRequest()
	fetch.Version, fetch.Topics = 13, []kmsg.FetchRequestTopic{{TopicID: [16]byte{2}}}
	fetched := kmsg.NewPtrFetchResponse()
	fetched.Topics = []kmsg.FetchResponseTopic{
		{TopicID: [16]byte{1}, Partitions: []kmsg.FetchResponseTopicPartition{{RecordBatches: []byte("x")}}},
		{TopicID: [16]byte{2}, Partitions: []kmsg.FetchResponseTopicPartition{{RecordBatches: []byte("x")}}},
	}
	judge(s, fetch).Merge(fetched)
	if p := fetched.Topics[1].Partitions[0]; p.ErrorCode != kerr.OffsetOutOfRange.Code || len(p.RecordBatches) > 0 {
		t.Errorf("Fetch: %+v", p)
	}
	if p := fetched.Topics[0].Partitions[0]; p.ErrorCode != 0 || len(p.RecordBatches) == 0 {
		t.Errorf("Fetch of another topic: %+v", p)
	}
}

// TestEveryAPI: whatever is asked, the answer can be written, and has the error
// somewhere if the API has errors at all.
func TestEveryAPI(t *testing.T) {
	without := map[kmsg.Key]bool{kmsg.Metadata: true, kmsg.Fetch: true} // spoilt, see above
	for key := range kmsg.MaxKey + 1 {
		req := kmsg.RequestForKey(int16(key))
		if req == nil || without[kmsg.Key(key)] {
			continue
		}
		s := newSet(t, faults.Rule{API: kmsg.NameForKey(int16(key)), Error: "UNKNOWN_SERVER_ERROR"})
		for version := int16(0); version <= req.MaxVersion(); version++ {
			req := kmsg.RequestForKey(int16(key))
			req.SetVersion(version)
			fill(reflect.ValueOf(req).Elem(), 3)
			act := judge(s, req)
			if act.Answer == nil {
				t.Errorf("%s v%d: no answer", kmsg.NameForKey(int16(key)), version)
				continue
			}
			act.Answer.AppendTo(nil)
			if shown := fmt.Sprintf("%+v", reflect.ValueOf(act.Answer).Elem().Interface()); strings.Contains(shown, "ErrorCode") && !strings.Contains(shown, "ErrorCode:-1") {
				t.Errorf("%s v%d: no error in %s", kmsg.NameForKey(int16(key)), version, shown)
			}
		}
	}
}

// fill gives every array of a request one element.
func fill(v reflect.Value, depth int) {
	if v.Kind() != reflect.Struct || depth == 0 {
		return
	}
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && v.Type().Field(i).Name != "UnknownTags" {
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
			fill(f.Index(0), depth-1)
		}
	}
}

func TestRateAndHits(t *testing.T) {
	s := newSet(t, faults.Rule{API: "Heartbeat", Close: true, Rate: 0.25}, faults.Rule{API: "Heartbeat", Delay: time.Second}, faults.Rule{API: "Heartbeat", Delay: time.Minute})
	closed := 0
	for range 4000 {
		act := judge(s, kmsg.NewPtrHeartbeatRequest())
		if act.Close {
			closed++
		}
		if act.Delay != time.Minute+time.Second {
			t.Fatalf("delay %v", act.Delay)
		}
	}
	rules := s.List(time.Unix(1, 0))
	if closed < 700 || closed > 1300 || rules[0].Hits != int64(closed) || rules[1].Hits != 4000 {
		t.Errorf("%d of 4000 closed, hits %d and %d", closed, rules[0].Hits, rules[1].Hits)
	}
	if err := s.Remove(9); err == nil {
		t.Error("a fault that does not exist was removed")
	}
	if err := s.Remove(0); err != nil || s.Active() {
		t.Errorf("after all were removed: %v, active %v", err, s.Active())
	}
}

func TestDescribe(t *testing.T) {
	one := int32(1)
	for want, r := range map[string]faults.Rule{
		"answer NOT_LEADER_OR_FOLLOWER for Produce, topic orders, 10% of the requests": {API: "Produce", Topic: "orders", Error: "not_leader_or_follower", Rate: 0.1},
		"delay by 2s for every API, client app, broker 1":                              {Client: "app", Broker: &one, Delay: 2 * time.Second},
		"close the connection after 1s for Heartbeat, group g":                         {API: "Heartbeat", Group: "g", Close: true, Delay: time.Second},
	} {
		if got := r.Describe(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
