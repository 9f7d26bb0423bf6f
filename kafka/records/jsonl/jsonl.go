// Package jsonl writes a record as one line of JSON. The shape is the same wherever a
// record leaves kdeck or comes in: in the output of kdeck tail and search, on the
// clipboard, in exports, and for kdeck produce. "kdeck tail --help" documents it.
package jsonl

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/unpack"
)

// Stamp is RFC 3339 with milliseconds, the precision of Kafka's timestamps.
const Stamp = "2006-01-02T15:04:05.000Z07:00"

// Append appends a record as an object without a line feed. Headers, key and value
// are those that may be shown. asked is the form in which they were to be decoded:
// serde.Auto, a form that a user named, or anything else for bytes as they are.
func Append(line []byte, rec *kgo.Record, headers []kgo.RecordHeader, key, value serde.Decoded, asked serde.Form) []byte {
	// By hand: reflection would take longer than fetching the record.
	line = append(line, `{"topic":`...)
	line = appendString(line, rec.Topic)
	line = append(line, `,"partition":`...)
	line = strconv.AppendInt(line, int64(rec.Partition), 10)
	line = append(line, `,"offset":`...)
	line = strconv.AppendInt(line, rec.Offset, 10)
	line = append(line, `,"timestamp":"`...)
	line = rec.Timestamp.UTC().AppendFormat(line, Stamp)
	line = append(line, `","timestampType":"`...)
	line = append(line, records.TimestampType(rec)...)
	if large := unpack.Of(rec); large != nil {
		return appendUnread(append(line, '"'), large)
	}
	line = append(line, `","key":`...)
	keyAt := len(line)
	line = appendSide(line, key, rec.Key == nil, asked)
	keyEnd := len(line)
	line = append(line, `,"value":`...)
	valueAt := len(line)
	line = appendSide(line, value, rec.Value == nil, asked)
	valueEnd := len(line)
	line = append(line, `,"headers":[`...)
	for i, h := range headers {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, `{"key":`...)
		line = appendBytes(line, []byte(h.Key))
		line = append(line, `,"value":`...)
		line = appendBytes(line, h.Value)
		line = append(line, '}')
	}
	line = append(line, ']')
	line = appendAbout(line, "key", line[keyAt:keyEnd], key, asked)
	line = appendAbout(line, "value", line[valueAt:valueEnd], value, asked)
	return append(line, '}')
}

// appendUnread appends what there is of records that were not read: no key and no value,
// since null would be a tombstone for whoever writes them again.
func appendUnread(line []byte, large *unpack.Oversize) []byte {
	line = append(line, `,"lastOffset":`...)
	line = strconv.AppendInt(line, large.Last, 10)
	line = append(line, `,"records":`...)
	line = strconv.AppendInt(line, large.Records, 10)
	line = append(line, `,"packedBytes":`...)
	line = strconv.AppendInt(line, large.Packed, 10)
	if large.Declared >= 0 {
		line = append(line, `,"declaredBytes":`...)
		line = strconv.AppendInt(line, large.Declared, 10)
	}
	line = append(line, `,"unread":`...)
	return append(appendString(line, large.Error()), '}')
}

// AsIs reports whether a side stands as the bytes that it was. JSON does, as a
// string with its exact text, unless it was asked for by name.
func AsIs(d serde.Decoded, asked serde.Form) bool {
	switch d.Form {
	case serde.Text, serde.Hex:
		return true
	case serde.JSON:
		return asked != serde.JSON
	}
	return false
}

func appendSide(line []byte, d serde.Decoded, absent bool, asked serde.Form) []byte {
	const hex = "0123456789abcdef"
	switch {
	case absent:
		return append(line, "null"...)
	case d.Form == serde.Hex && asked == serde.Hex:
		line = append(line, `"0x`...)
		for _, b := range d.Bytes() {
			line = append(line, hex[b>>4], hex[b&15])
		}
		return append(line, '"')
	case AsIs(d, asked):
		return appendBytes(line, d.Bytes())
	}
	return appendValue(line, d.Text)
}

// appendAbout appends what is known of a side that was decoded, or could not be, and
// what it takes to encode it again. shown is the side as it stands in the line.
func appendAbout(line []byte, side string, shown []byte, d serde.Decoded, asked serde.Form) []byte {
	member := func(what, value string) {
		if value != "" {
			line = append(line, `,"`+side+what+`":`...)
			line = appendString(line, value)
		}
	}
	decoded := !AsIs(d, asked)
	if decoded || d.Form == serde.Hex && asked == serde.Hex { // by which it is read again
		member("Form", string(d.Form))
	}
	member("Schema", d.Schema)
	if d.SchemaID != 0 {
		line = strconv.AppendInt(append(line, `,"`+side+`SchemaId":`...), int64(d.SchemaID), 10)
	}
	member("SchemaGuid", d.GUID)
	member("Framing", string(d.Framing))
	member("Message", d.Message)
	if d.Index != nil {
		line = append(line, `,"`+side+`MessageIndex":[`...)
		for i, n := range d.Index {
			if i > 0 {
				line = append(line, ',')
			}
			line = strconv.AppendInt(line, int64(n), 10)
		}
		line = append(line, ']')
	}
	if d.Err != nil {
		member("Error", d.Err.Error())
	}
	member("Note", d.Note)
	if decoded {
		member("Loss", d.Loss)
	}
	if decoded && !d.Repeats(shown) { // encoded again it would be other bytes
		line = append(line, `,"`+side+`Bytes":"`...)
		line = base64.StdEncoding.AppendEncode(line, d.Bytes())
		line = append(line, '"')
	}
	return line
}

// appendBytes appends null, a string, or an object with base64 where the bytes
// are not UTF-8.
func appendBytes(line, data []byte) []byte {
	switch {
	case data == nil:
		return append(line, "null"...)
	case utf8.Valid(data):
		return appendString(line, string(data))
	}
	line = append(line, `{"base64":"`...)
	line = base64.StdEncoding.AppendEncode(line, data)
	return append(line, `"}`...)
}
