package serde

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Framing is how a record says which schema it has.
type Framing string

// The framings that are written too. The zero value is the Confluent wire format: a
// zero byte and the id in 4 bytes before the payload.
const (
	// InHeader is Confluent's newer one: the GUID of the schema stands in a header of
	// the record, and its value is the payload alone.
	InHeader Framing = "header"
	// Apicurio is a zero byte and the id in 8 bytes, as Apicurio's serializers wrote it
	// before version 3.
	Apicurio Framing = "apicurio"
)

// schemaKey names a schema in a registry: by its id, or by its GUID.
type schemaKey struct {
	id   int
	guid string
}

func (k schemaKey) String() string {
	if k.guid != "" {
		return "schema GUID " + k.guid
	}
	return fmt.Sprintf("schema id %d", k.id)
}

// frame is what stands before a payload.
type frame struct {
	framing Framing
	key     schemaKey
	data    []byte // the whole side
	payload []byte
	// place is the message index of Protobuf, where it stands in the header too.
	place []byte
}

// prefix is the length of the Confluent wire format's, and of Apicurio's.
const (
	prefix         = 5
	apicurioPrefix = 9
)

// unframe takes the frame of a side off. The header of a record comes first, as in
// Confluent's clients.
func unframe(rec *kgo.Record, side Side) (frame, bool) {
	if f, ok := headerFrame(rec, side); ok {
		return f, true
	}
	data := side.of(rec)
	if id, payload, ok := splitConfluent(data); ok {
		return frame{key: schemaKey{id: id}, data: data, payload: payload}, true
	}
	if len(data) >= apicurioPrefix && data[0] == 0 {
		// The upper half of an id is zero: registries count from 1.
		if id := binary.BigEndian.Uint64(data[1:]); id > 0 && id < 1<<31 {
			return frame{framing: Apicurio, key: schemaKey{id: int(id)}, data: data, payload: data[apicurioPrefix:]}, true
		}
	}
	return frame{}, false
}

// splitConfluent splits the Confluent wire format.
func splitConfluent(data []byte) (id int, payload []byte, ok bool) {
	if len(data) < prefix || data[0] != 0 {
		return 0, nil, false
	}
	n := binary.BigEndian.Uint32(data[1:])
	if n == 0 || n > 1<<31-1 { // registries count from 1, in a Java int
		return 0, nil, false
	}
	return int(n), data[prefix:], true
}

// headerName is the header in which Confluent's clients name a schema.
func headerName(side Side) string { return "__" + side.String() + "_schema_id" }

// headerFrame reads the header of a schema: 1 and its GUID, or 0 and its id, and for
// Protobuf the message index after it.
func headerFrame(rec *kgo.Record, side Side) (frame, bool) {
	const guidLength = 16
	for i := len(rec.Headers) - 1; i >= 0; i-- {
		h := rec.Headers[i]
		if h.Key != headerName(side) {
			continue
		}
		f := frame{framing: InHeader, data: side.of(rec), payload: side.of(rec)}
		if len(h.Value) > guidLength && h.Value[0] == 1 {
			f.key.guid, f.place = formatUUID(h.Value[1:1+guidLength]), h.Value[1+guidLength:]
			return f, true
		}
		if id, place, ok := splitConfluent(h.Value); ok {
			f.key.id, f.place = id, place
			return f, true
		}
		return frame{}, false
	}
	return frame{}, false
}

// SchemaHeader is the header that a record needs whose side was encoded by a GUID.
func SchemaHeader(side Side, guid string) (kgo.RecordHeader, error) {
	data, err := hex.DecodeString(strings.ReplaceAll(guid, "-", ""))
	if err != nil || len(data) != UUID.width() {
		return kgo.RecordHeader{}, fmt.Errorf("%q is no GUID of a schema", shorten(guid))
	}
	return kgo.RecordHeader{Key: headerName(side), Value: append([]byte{1}, data...)}, nil
}

// glueHeader is the length of the header of AWS Glue's serializers: 3, how the payload
// is compressed (0 not at all, 5 by zlib), and the UUID of a schema version.
const glueHeader = 18

// glue recognises AWS Glue's header, and says what it is.
func glue(data []byte) (told string, ok bool) {
	if len(data) < glueHeader || data[0] != 3 || data[1] != 0 && data[1] != 5 {
		return "", false
	}
	told = "AWS Glue's header with schema version " + formatUUID(data[2:glueHeader])
	if data[1] == 5 {
		told += ", and a payload that is compressed by zlib"
	}
	return told, true
}
