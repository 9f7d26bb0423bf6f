package main

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/tui/text"
)

// appendRecord appends what is printed of a record, with its line feed.
type appendRecord func(line []byte, rec *kgo.Record, read *reading) []byte

// recordFormat returns the format of that name.
func recordFormat(name string) (appendRecord, error) {
	switch name {
	case "text":
		return appendText, nil
	case "json":
		return appendJSON, nil
	case "raw":
		return appendRaw, nil
	}
	return nil, fmt.Errorf("--output %q: want text, json or raw", name)
}

// stamp is RFC 3339 with milliseconds, the precision of Kafka's timestamps.
const stamp = "2006-01-02T15:04:05.000Z07:00"

func appendRaw(line []byte, rec *kgo.Record, read *reading) []byte {
	return append(append(line, read.raw(rec, serde.Value)...), '\n')
}

func appendText(line []byte, rec *kgo.Record, read *reading) []byte {
	line = rec.Timestamp.UTC().AppendFormat(line, stamp)
	line = append(line, '\t')
	line = strconv.AppendInt(line, int64(rec.Partition), 10)
	line = append(line, ':')
	line = strconv.AppendInt(line, rec.Offset, 10)
	line = append(line, '\t')
	line = read.appendClean(line, rec, serde.Key, "-")
	line = append(line, '\t')
	line = read.appendClean(line, rec, serde.Value, "(null)")
	return append(line, '\n')
}

// appendJSON writes the object by hand: reflection would take longer than
// fetching the record.
func appendJSON(line []byte, rec *kgo.Record, read *reading) []byte {
	line = append(line, `{"topic":`...)
	line = text.AppendJSON(line, rec.Topic)
	line = append(line, `,"partition":`...)
	line = strconv.AppendInt(line, int64(rec.Partition), 10)
	line = append(line, `,"offset":`...)
	line = strconv.AppendInt(line, rec.Offset, 10)
	line = append(line, `,"timestamp":"`...)
	line = rec.Timestamp.UTC().AppendFormat(line, stamp)
	line = append(line, `","timestampType":"`...)
	line = append(line, records.TimestampType(rec)...)
	key, value := read.side(rec, serde.Key), read.side(rec, serde.Value)
	line = append(line, `","key":`...)
	line = read.appendJSON(line, key, rec.Key == nil)
	line = append(line, `,"value":`...)
	line = read.appendJSON(line, value, rec.Value == nil)
	line = append(line, `,"headers":[`...)
	for i, h := range read.serde.Headers(rec) {
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
	line = read.appendAbout(line, "key", key)
	line = read.appendAbout(line, "value", value)
	return append(line, "}\n"...)
}

// appendBytes appends null, a string, or an object with base64 where the bytes
// are not UTF-8.
func appendBytes(line, data []byte) []byte {
	switch {
	case data == nil:
		return append(line, "null"...)
	case utf8.Valid(data):
		return text.AppendJSON(line, string(data))
	}
	line = append(line, `{"base64":"`...)
	line = base64.StdEncoding.AppendEncode(line, data)
	return append(line, `"}`...)
}
