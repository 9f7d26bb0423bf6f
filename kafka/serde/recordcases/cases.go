// Package recordcases reads the records of other implementations in testdata/records,
// and answers as the registry that has their schemas. Only tests import it.
package recordcases

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Case is a line of testdata/records/cases.jsonl, which its README explains.
type Case struct {
	ID, Kind, Why, Schema, Framing, Must, Again, Side, Form, Input, Subject, Debatable string

	Chosen, Undecodable, Unregistered bool

	References    []Reference
	PayloadHex    *string     `json:"payload_hex"`
	MessageIndex  []int       `json:"message_index"`
	IndexHex      string      `json:"index_hex"`
	NewerSchema   string      `json:"newer_schema"`
	NeedsID       int         `json:"needs_id"`
	NoteHas       string      `json:"note_has"`
	AnyOrder      bool        `json:"any_order"`
	UnknownFields bool        `json:"unknown_fields"`
	NotContains   []string    `json:"not_contains"`
	Headers       [][]*string // name and value in hex
	Inputs        []string
	Expected      json.RawMessage
	Accept        []json.RawMessage
	Loose         []string

	// SchemaID and GUID are those of its schema, which no other case has.
	SchemaID int    `json:"-"`
	GUID     string `json:"-"`
}

// Reference is a schema that the one of a case refers to.
type Reference struct {
	Name, Subject, Schema string
	Version               int
	References            []Reference
}

// firstID is above the ids that cases need themselves.
const firstID = 1000

// Read reads the cases of a file.
func Read(tb testing.TB, path string) []*Case {
	tb.Helper()
	file, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = file.Close() }() // only read
	var all []*Case
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		c := &Case{SchemaID: firstID + 2*len(all)}
		c.GUID = fmt.Sprintf("6fa459ea-ee8a-4ca4-894e-db77%08x", c.SchemaID)
		if err := json.Unmarshal(lines.Bytes(), c); err != nil {
			tb.Fatalf("line %d: %v", len(all)+1, err)
		}
		all = append(all, c)
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	if len(all) < 300 {
		tb.Fatalf("there are %d cases", len(all))
	}
	return all
}

func unhex(tb testing.TB, digits string) []byte {
	tb.Helper()
	data, err := hex.DecodeString(digits)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// Record is the record of a case: what says its schema and the payload, on its side.
func (c *Case) Record(tb testing.TB, topic string) *kgo.Record {
	tb.Helper()
	rec := &kgo.Record{Topic: topic}
	for _, h := range c.Headers {
		header := kgo.RecordHeader{Key: *h[0]}
		if h[1] != nil {
			header.Value = append([]byte{}, unhex(tb, *h[1])...)
		}
		rec.Headers = append(rec.Headers, header)
	}
	if c.PayloadHex == nil {
		return rec
	}
	data := c.frame(tb, rec, unhex(tb, *c.PayloadHex))
	if c.Side == "key" {
		rec.Key = data
	} else {
		rec.Value = data
	}
	return rec
}

// Framed is the payload of a case with what stands before it.
func (c *Case) Framed(tb testing.TB) []byte {
	tb.Helper()
	rec := c.Record(tb, "")
	return append(rec.Key, rec.Value...)
}

func (c *Case) frame(tb testing.TB, rec *kgo.Record, payload []byte) (data []byte) {
	tb.Helper()
	guid := unhex(tb, strings.ReplaceAll(c.GUID, "-", ""))
	data = []byte{}
	switch c.Framing {
	case "confluent":
		data = binary.BigEndian.AppendUint32([]byte{0}, uint32(c.SchemaID))
	case "apicurio8":
		data = binary.BigEndian.AppendUint64([]byte{0}, uint64(c.SchemaID))
	case "glue":
		data = append([]byte{3, 0}, guid...)
	case "glue zlib":
		var packed bytes.Buffer
		w := zlib.NewWriter(&packed)
		if _, err := w.Write(payload); err != nil || w.Close() != nil {
			tb.Fatal(err)
		}
		return append(append([]byte{3, 5}, guid...), packed.Bytes()...)
	case "header-guid":
		rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: "__value_schema_id", Value: append([]byte{1}, guid...)})
	case "none":
	default:
		tb.Fatalf("%s: there is no framing %q", c.ID, c.Framing)
	}
	if c.Kind == "protobuf" {
		switch {
		case c.MessageIndex == nil:
			data = append(data, unhex(tb, c.IndexHex)...)
		case slices.Equal(c.MessageIndex, []int{0}):
			data = append(data, 0)
		default:
			data = binary.AppendVarint(data, int64(len(c.MessageIndex)))
			for _, n := range c.MessageIndex {
				data = binary.AppendVarint(data, int64(n))
			}
		}
	}
	return append(data, payload...)
}
