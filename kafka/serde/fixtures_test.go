package serde

import (
	"encoding/hex"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/vmihailenco/msgpack/v5"
	"google.golang.org/protobuf/encoding/protowire"
)

// fixture is a record that the libraries of other programs have written. The
// bytes stand in testdata/NAME.hex and TestFixtures reads them from there;
// UPDATE_GOLDEN=1 writes them anew from encode.
type fixture struct {
	name   string
	topic  string // "orders" unless set
	key    []byte
	encode func(t *testing.T) []byte
	form   Form
	want   string
	reason string // a part of it
}

const orderAvro = `{"type":"record","name":"Order","namespace":"shop","fields":[
	{"name":"id","type":"long"},
	{"name":"customer","type":{"type":"record","name":"Customer","fields":[{"name":"name","type":"string"},{"name":"card","type":["null","string"]}]}},
	{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
	{"name":"day","type":{"type":"int","logicalType":"date"}},
	{"name":"state","type":{"type":"enum","name":"State","symbols":["OPEN","PAID"]}},
	{"name":"tags","type":{"type":"map","values":"int"}},
	{"name":"lines","type":{"type":"array","items":"string"}},
	{"name":"raw","type":"bytes"}]}`

const orderAvroJSON = `{"id":9007199254740993,"customer":{"name":"Ann","card":"4111111111111111"},"price":12.30,` +
	`"at":"2026-03-01T12:00:00.123Z","day":"2026-03-01","state":"PAID","tags":{"a":1,"b":2},"lines":["x","y"],"raw":{"base64":"/wE="}}`

func orderInAvro(t *testing.T) []byte {
	t.Helper()
	at := time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)
	data, err := avro.MustParse(orderAvro).Encode(map[string]any{
		"id": int64(9007199254740993), "customer": map[string]any{"name": "Ann", "card": "4111111111111111"},
		"price": big.NewRat(1230, 100), "at": at, "day": at.Truncate(24 * time.Hour), "state": "PAID",
		"tags": map[string]int{"b": 2, "a": 1}, "lines": []string{"x", "y"}, "raw": []byte{0xff, 0x01},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const orderProto = `syntax = "proto3";
package shop;
import "money.proto";
import "google/protobuf/timestamp.proto";
message Ignored { string x = 1; }
message Order {
  int64 id = 1;
  string customer_name = 2;
  Money price = 3;
  google.protobuf.Timestamp at = 4;
  bytes raw = 5;
  enum State { OPEN = 0; PAID = 1; }
  State state = 6;
  message Line { string sku = 1; int32 count = 2; }
  repeated Line lines = 7;
}`

const moneyProto = `syntax = "proto3";
package shop;
message Money { string currency = 1; int64 cents = 2; }`

const orderProtoJSON = `{"id":"9007199254740993","customer_name":"Ann","price":{"currency":"EUR","cents":"1230"},` +
	`"at":"2026-03-01T12:00:00.123Z","raw":"/wE=","state":"PAID","lines":[{"sku":"a","count":2}]}`

func orderInProtobuf(*testing.T) []byte {
	message := func(b []byte, field protowire.Number, inner []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), inner)
	}
	number := func(b []byte, field protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)
	b := number(nil, 1, 9007199254740993)
	b = message(b, 2, []byte("Ann"))
	b = message(b, 3, number(message(nil, 1, []byte("EUR")), 2, 1230))
	b = message(b, 4, number(number(nil, 1, uint64(at.Unix())), 2, uint64(at.Nanosecond())))
	b = message(b, 5, []byte{0xff, 0x01})
	b = number(b, 6, 1)
	return message(b, 7, number(message(nil, 1, []byte("a")), 2, 2))
}

func framedWith(id byte, more []byte, payload []byte) []byte {
	return append(append([]byte{0, 0, 0, 0, id}, more...), payload...)
}

func fixtures() []fixture {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)
	commit := kmsg.OffsetCommitKey{Version: 1, Group: "billing", Topic: "orders", Partition: 3}
	group := kmsg.GroupMetadataKey{Version: 2, Group: "billing"}
	plain := func(s string) func(*testing.T) []byte { return func(*testing.T) []byte { return []byte(s) } }
	return []fixture{
		{name: "text", form: Text, encode: plain("hello, wörld\n"), want: "hello, wörld\n", reason: "UTF-8"},
		{name: "json", form: JSON, encode: plain(` {"id":12345678901234567890,"b":[1.10]}`), want: ` {"id":12345678901234567890,"b":[1.10]}`, reason: "JSON"},
		{name: "uuid", form: UUID, encode: func(*testing.T) []byte { return unhex("0195c6f3a4d17b2e8f3c0123456789ab") }, want: `"0195c6f3-a4d1-7b2e-8f3c-0123456789ab"`, reason: "UUID"},
		{name: "int64", form: Int64, encode: func(*testing.T) []byte { return unhex("00000198f0a1b2c3") }, want: "1756383785667", reason: "8 bytes"},
		{name: "int32", form: Int32, encode: func(*testing.T) []byte { return unhex("fffffffe") }, want: "-2", reason: "4 bytes"},
		{name: "random", form: Hex, encode: func(*testing.T) []byte { return unhex("deadbeefcafe1bff") }, want: "", reason: "no text"},
		{name: "msgpack", form: MsgPack, encode: func(t *testing.T) []byte {
			data, err := msgpack.Marshal(struct {
				ID   int64             `msgpack:"id"`
				Name string            `msgpack:"name"`
				Raw  []byte            `msgpack:"raw"`
				At   time.Time         `msgpack:"at"`
				F    float64           `msgpack:"f"`
				List []any             `msgpack:"list"`
				M    map[string]string `msgpack:"m"`
			}{-5, "Ann", []byte{0xff}, at, 1.5, []any{true, nil, uint64(1 << 63)}, map[string]string{"k": "v"}})
			if err != nil {
				t.Fatal(err)
			}
			return data
		}, want: `{"id":-5,"name":"Ann","raw":{"base64":"/w=="},"at":"2026-03-01T12:00:00.123Z","f":1.5,"list":[true,null,9223372036854775808],"m":{"k":"v"}}`, reason: "MessagePack"},
		{name: "cbor", form: CBOR, encode: func(t *testing.T) []byte {
			data, err := cbor.Marshal(map[string]any{
				"id": -5, "name": "Ann", "raw": []byte{0xff}, "f": 1.5, "big": new(big.Int).Lsh(big.NewInt(1), 70),
				"tag": cbor.Tag{Number: 99, Content: "x"}, "list": []any{true, nil},
			})
			if err != nil {
				t.Fatal(err)
			}
			return data
		}, want: `{"id":-5,"name":"Ann","raw":{"base64":"/w=="},"f":1.5,"big":1180591620717411303424,"tag":{"tag":99,"content":"x"},"list":[true,null]}`, reason: "CBOR"},
		{name: "avro-file", topic: "avro", form: Avro, encode: orderInAvro, want: orderAvroJSON, reason: "the context"},
		{name: "avro-single", topic: "avro", form: Avro, encode: func(t *testing.T) []byte {
			data, err := avro.MustParse(orderAvro).AppendSingleObject(nil, mustDecode(t, orderInAvro(t)))
			if err != nil {
				t.Fatal(err)
			}
			return data
		}, want: orderAvroJSON, reason: "the context"},
		{name: "avro-framed-file", topic: "avro", form: Avro, encode: func(t *testing.T) []byte { return framedWith(77, nil, orderInAvro(t)) }, want: orderAvroJSON, reason: "the context"},
		{name: "protobuf-file", topic: "protobuf", form: Protobuf, encode: orderInProtobuf, want: orderProtoJSON, reason: "the context"},
		{name: "protobuf-framed-file", topic: "protobuf", form: Protobuf, encode: func(t *testing.T) []byte { return framedWith(77, []byte{2, 2}, orderInProtobuf(t)) }, want: orderProtoJSON, reason: "the context"},
		{name: "avro-registry", form: Framed, encode: func(t *testing.T) []byte { return framedWith(1, nil, orderInAvro(t)) }, want: orderAvroJSON, reason: "starts with a zero byte and schema id 1: Confluent wire format"},
		{name: "protobuf-registry", form: Framed, encode: func(t *testing.T) []byte { return framedWith(2, []byte{2, 2}, orderInProtobuf(t)) }, want: orderProtoJSON, reason: "schema id 2"},
		{name: "protobuf-nested", form: Framed, encode: func(*testing.T) []byte { return framedWith(2, []byte{4, 2, 0}, unhex("0a0161")) }, want: `{"sku":"a","count":0}`, reason: "schema id 2"},
		{name: "json-registry", form: Framed, encode: func(*testing.T) []byte {
			return framedWith(3, nil, []byte(`{ "id": 7, "customer": {"name": "Ann"} }`))
		}, want: `{"id":7,"customer":{"name":"Ann"}}`, reason: "schema id 3"},
		{name: "offset-commit", topic: offsetsTopic, key: commit.AppendTo(nil), form: Kafka, encode: func(*testing.T) []byte {
			v := kmsg.OffsetCommitValue{Version: 3, Offset: 42, LeaderEpoch: 5, Metadata: "m", CommitTimestamp: at.UnixMilli()}
			return v.AppendTo(nil)
		}, want: `{"offset":42,"leaderEpoch":5,"metadata":"m","committed":"2026-03-01T12:00:00.123Z"}`, reason: "its own state"},
		{name: "group-metadata", topic: offsetsTopic, key: group.AppendTo(nil), form: Kafka, encode: func(*testing.T) []byte {
			protocol, leader := "range", "c-1"
			subscription := kmsg.ConsumerMemberMetadata{Version: 1, Topics: []string{"orders"}}
			assignment := kmsg.ConsumerMemberAssignment{Version: 1, Topics: []kmsg.ConsumerMemberAssignmentTopic{{Topic: "orders", Partitions: []int32{0, 3}}}}
			v := kmsg.GroupMetadataValue{Version: 3, ProtocolType: "consumer", Generation: 9, Protocol: &protocol, Leader: &leader, CurrentStateTimestamp: at.UnixMilli(),
				Members: []kmsg.GroupMetadataValueMember{{MemberID: "c-1", ClientID: "c", ClientHost: "/10.0.0.1", RebalanceTimeoutMillis: 300000, SessionTimeoutMillis: 45000,
					Subscription: subscription.AppendTo(nil), Assignment: assignment.AppendTo(nil)}}}
			return v.AppendTo(nil)
		}, want: `{"protocolType":"consumer","generation":9,"protocol":"range","leader":"c-1","members":[{"member":"c-1","client":"c","host":"/10.0.0.1","sessionTimeout":"45s","topics":["orders"],"assigned":{"orders":[0,3]}}]}`, reason: "its own state"},
		{name: "transaction", topic: transactionsTopic, key: (&kmsg.TxnMetadataKey{TransactionalID: "pay-1"}).AppendTo(nil), form: Kafka, encode: func(*testing.T) []byte {
			v := kmsg.TxnMetadataValue{ProducerID: 4000, ProducerEpoch: 2, TimeoutMillis: 60000, State: kmsg.TransactionStateOngoing,
				Topics: []kmsg.TxnMetadataValueTopic{{Topic: "orders", Partitions: []int32{1}}}, LastUpdateTimestamp: at.UnixMilli(), StartTimestamp: -1}
			return v.AppendTo(nil)
		}, want: `{"state":"ongoing","producerId":4000,"producerEpoch":2,"timeout":"1m0s","updated":"2026-03-01T12:00:00.123Z","partitions":{"orders":[1]}}`, reason: "its own state"},
	}
}

func mustDecode(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if _, err := avro.MustParse(orderAvro).Decode(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(s string) []byte {
	data, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		panic(err)
	}
	return data
}

func (f fixture) read(t testing.TB) *kgo.Record {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", f.name+".hex"))
	if err != nil {
		t.Fatal(err)
	}
	topic := "orders"
	if f.topic != "" {
		topic = f.topic
	}
	return &kgo.Record{Topic: topic, Key: f.key, Value: unhex(string(data))}
}

// newShop returns a Serde that knows the schemas of the fixtures, from files and
// from a registry.
func newShop(t testing.TB, masks ...MaskRule) *Serde {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"order.avsc": orderAvro, "order.proto": orderProto, "money.proto": moneyProto} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := New(Config{
		Cluster: "shop", Registry: startRegistry(t).registry(t), Masks: masks, StateDir: filepath.Join(dir, "state"),
		Rules: []Rule{
			{Topic: "av?o", Value: &Decoding{Form: Avro, Schema: filepath.Join(dir, "order.avsc")}},
			{Topic: "protobuf", Value: &Decoding{Form: Protobuf, Schema: filepath.Join(dir, "order.proto"), Message: "Order"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFixtures(t *testing.T) {
	s := newShop(t)
	for _, f := range fixtures() {
		t.Run(f.name, func(t *testing.T) {
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(filepath.Join("testdata", f.name+".hex"), []byte(hex.EncodeToString(f.encode(t))+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			rec := f.read(t)
			d := s.Await(t.Context(), rec, Value, Auto)
			if d.Form != f.form || string(d.Text) != f.want || d.Err != nil || !strings.Contains(d.Reason, f.reason) {
				t.Errorf("got %s %q (%s, %v, note %q)\nwant %s %q (%s)", d.Form, d.Text, d.Reason, d.Err, d.Note, f.form, f.want, f.reason)
			}
			if d.Form == Hex {
				return
			}
			if as := s.DecodeAs(rec, Value, d.Form); string(as.Text) != f.want {
				t.Errorf("chosen, %s gives %q", d.Form, as.Text)
			}
		})
	}
}

func TestKafkaKeys(t *testing.T) {
	s := newShop(t)
	member := unhex("0005" + "0003" + hex.EncodeToString([]byte("g-1")) + "0003" + hex.EncodeToString([]byte("m-1")))
	for _, tc := range []struct {
		topic string
		key   []byte
		want  string
	}{
		{offsetsTopic, (&kmsg.OffsetCommitKey{Version: 1, Group: "g", Topic: "orders", Partition: 3}).AppendTo(nil), `{"record":"committed offset","group":"g","topic":"orders","partition":3}`},
		{offsetsTopic, (&kmsg.GroupMetadataKey{Version: 2, Group: "g"}).AppendTo(nil), `{"record":"group","group":"g"}`},
		{offsetsTopic, member, `{"record":"consumer group member","group":"g-1","member":"m-1"}`},
		{transactionsTopic, (&kmsg.TxnMetadataKey{TransactionalID: "pay-1"}).AppendTo(nil), `{"transactionalId":"pay-1"}`},
	} {
		if d := s.Decode(&kgo.Record{Topic: tc.topic, Key: tc.key}, Key); string(d.Text) != tc.want || d.Err != nil {
			t.Errorf("got %s (%v), want %s", d.Text, d.Err, tc.want)
		}
	}
	d := s.Decode(&kgo.Record{Topic: offsetsTopic, Key: member, Value: []byte{0, 1}}, Value)
	if d.Form != Hex || d.Err == nil || !strings.Contains(d.Err.Error(), "consumer group member") {
		t.Errorf("the value of a new kind is %s, %v", d.Form, d.Err)
	}
}

// TestCoordinatorValues reads what Apache Kafka 4.3 has written, and cut at every
// place.
func TestCoordinatorValues(t *testing.T) {
	const id = "6aad94a14a0a4c37aef9b69fc779a835"
	s := newShop(t)
	for _, tc := range []struct{ key, value, want string }{
		{"0003" + "000167", "0000" + "00000007" + "01" + "00" + "08" + "0000000000000005", `{"epoch":7}`},
		{"0005" + "000167" + "00016d", "0000" + "00" + "00" + "0263" + "0468ff68" + "0202" + "6f" + "00" + "0000afc8" + "00" + "00",
			`{"client":"c","host":"h\ufffdh","topics":["o"],"rebalanceTimeout":"45s"}`},
		{"0008" + "000167" + "00016d", "0000" + "00000002" + "00000001" + "00" + "02" + id + "03" + "00000000" + "00000001" + "00" + "01" + "00",
			`{"epoch":2,"previousEpoch":1,"state":"stable","assigned":[{"topicId":"aq2UoUoKTDeu-bafx3moNQ","partitions":[0,1]}],"toRevoke":[]}`},
		{"000f" + "000167", "0000" + "02" + id + "076f7264657273" + "03" + "00000000" + "00000001" + "00" + "01" + "01" + "00",
			`{"initializing":[{"topic":"orders","topicId":"aq2UoUoKTDeu-bafx3moNQ","partitions":[0,1]}],"initialized":[],"deleting":[]}`},
	} {
		rec := &kgo.Record{Topic: offsetsTopic, Key: unhex(tc.key), Value: unhex(tc.value)}
		if d := s.Decode(rec, Value); string(d.Text) != tc.want || d.Err != nil {
			t.Errorf("got %s (%v), want %s", d.Text, d.Err, tc.want)
		}
		for n := range rec.Value {
			cut := &kgo.Record{Topic: offsetsTopic, Key: rec.Key, Value: rec.Value[:n]}
			if d := s.Decode(cut, Value); d.Err == nil || d.Form != Hex {
				t.Errorf("%x cut to %d bytes reads as %s", rec.Value, n, d.Text)
			}
		}
	}
	later := s.Decode(&kgo.Record{Topic: offsetsTopic, Key: unhex("0003000167"), Value: unhex("000100000007")}, Value)
	if later.Err == nil || !strings.Contains(later.Err.Error(), "of version 1; kdeck knows version 0") {
		t.Errorf("a later version reads as %s (%v)", later.Text, later.Err)
	}
}

// TestTruncated cuts every fixture at every place: what is left is shown as
// bytes with a reason, or as something shorter, and nothing breaks.
func TestTruncated(t *testing.T) {
	s := newShop(t)
	for _, f := range fixtures() {
		rec := f.read(t)
		whole := rec.Value
		s.Await(t.Context(), rec, Value, Auto)
		for n := range whole {
			rec.Value = whole[:n]
			if d := s.Await(t.Context(), rec, Value, Auto); d.Err != nil && (d.Form != Hex || string(d.Bytes()) != string(rec.Value)) {
				t.Errorf("%s cut to %d bytes: %s with the error %v", f.name, n, d.Form, d.Err)
			}
		}
	}
}
