package records

import (
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/kafka/records/jsonl"
	"github.com/kdeck/kdeck/kafka/serde"
)

// appendRecord appends what is printed of a record, with its line feed.
type appendRecord func(line []byte, rec *kgo.Record, read *reading) []byte

// recordFormat is how records are printed in a format.
func recordFormat(f output.Format) appendRecord {
	switch {
	case f.JSON():
		return appendJSON
	case f.Is("raw"):
		return appendRaw
	}
	return appendText
}

func appendRaw(line []byte, rec *kgo.Record, read *reading) []byte {
	if read.refused(rec) != nil {
		return line // stderr tells
	}
	return append(append(line, read.raw(rec, serde.Value)...), '\n')
}

func appendText(line []byte, rec *kgo.Record, read *reading) []byte {
	line = rec.Timestamp.UTC().AppendFormat(line, jsonl.Stamp)
	line = append(line, '\t')
	line = strconv.AppendInt(line, int64(rec.Partition), 10)
	line = append(line, ':')
	line = strconv.AppendInt(line, rec.Offset, 10)
	line = append(line, '\t')
	if large := read.refused(rec); large != nil {
		return append(append(line, "-\t✗ "+large.Error()...), '\n')
	}
	line = read.appendClean(line, rec, serde.Key, "-")
	line = append(line, '\t')
	line = read.appendClean(line, rec, serde.Value, "(null)")
	return append(line, '\n')
}

func appendJSON(line []byte, rec *kgo.Record, read *reading) []byte {
	if read.refused(rec) != nil {
		return append(jsonl.Append(line, rec, nil, serde.Decoded{}, serde.Decoded{}, read.form), '\n')
	}
	key, value := read.side(rec, serde.Key), read.side(rec, serde.Value)
	line = jsonl.Append(line, rec, read.serde.Headers(rec), key, value, read.form)
	return append(line, '\n')
}
