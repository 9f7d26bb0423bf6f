package avro

import (
	"bytes"
	"testing"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

func FuzzAvro(f *testing.F) {
	for schema, payload := range map[string]string{
		`{"type":"array","items":"null"}`:                                          "\xff\xff\xff\xff\x0f\x00",
		`{"type":"record","name":"R","fields":[{"name":"n","type":["null","R"]}]}`: "\x02\x02\x00",
		`{"type":"record","name":"R","fields":[{"name":"n","type":"R"}]}`:          "\x00",
		`["null",{"type":"fixed","name":"F","size":4,"logicalType":"decimal","precision":9,"scale":2},{"type":"bytes","logicalType":"big-decimal"}]`: "\x04\x06\x02\x01\x0f",
		`{"type":"map","values":["int","long",{"type":"int","logicalType":"date"}]}`:                                                                 "\x02\x02a\x02\x02\x00",
		`{"type":"fixed","name":"F","size":2147483647}`:                                                                                              "\x00",
		`{"type":"bytes","logicalType":"decimal","precision":2000000000,"scale":1000000000}`:                                                         "\x02\x01",
		`["R"]`: "\x00",
	} {
		f.Add(schema, []byte(payload))
	}
	f.Fuzz(func(t *testing.T, schema string, payload []byte) {
		s, err := Parse(schema, nil)
		if err != nil {
			return
		}
		shown, remarks, err := s.Decode(payload)
		if err != nil {
			return
		}
		if err := jsonvalue.Valid(shown); err != nil {
			t.Fatalf("%s: %x is shown as %s: %v", schema, payload, shown, err)
		}
		again, err := s.Encode(shown)
		if err != nil || remarks.Loss != "" {
			return
		}
		if back, _, err := s.Decode(again); err != nil || !bytes.Equal(back, shown) {
			t.Fatalf("%s: %x is shown as %s, which becomes %x, %s (%v)", schema, payload, shown, again, back, err)
		}
	})
}
