package produce

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
)

// LineFormat says what stands in a line of text: [HEADERS TAB] [KEY SEPARATOR]
// VALUE.
type LineFormat struct {
	// KeySeparator ends the key at its first place in the line; "" is no key.
	KeySeparator string
	// Headers says that headers stand first, up to the first TAB, as in
	// "name:value,name:value": a name ends at its first colon, a value at the next
	// comma. Nothing before the TAB is no header.
	Headers bool
	// NullMarker is what stands for a key, a value or the value of a header that is
	// null, or for no headers at all; "" is none.
	NullMarker string
}

const headersEnd = "\t"

// NewLines reads a message from each line of text; an empty line is an empty value.
// Bytes that are not UTF-8 stay as they are.
func NewLines(from io.Reader, f LineFormat) Input {
	var copies arena // a message outlives its line
	return &lines{from: lineReader{from: from}, blank: true, parse: func(line []byte, item *Item) error {
		return f.parse(copies.clone(line), item)
	}}
}

// parse takes a line apart.
func (f LineFormat) parse(rest []byte, item *Item) error {
	m := &item.Message
	if f.Headers {
		part, after, found := bytes.Cut(rest, []byte(headersEnd))
		if !found {
			return fmt.Errorf("it has no TAB after its headers; write HEADERS<TAB>%s, and nothing before the TAB for no headers", f.afterHeaders())
		}
		var err error
		if m.Headers, err = f.headers(part); err != nil {
			return err
		}
		rest = after
	}
	if f.KeySeparator != "" {
		key, after, found := bytes.Cut(rest, []byte(f.KeySeparator))
		if !found {
			return fmt.Errorf("it has no key: there is no %q in it; write KEY%sVALUE", f.KeySeparator, f.KeySeparator)
		}
		m.Key, item.Key = f.value(key), Part{Form: serde.Auto}
		rest = after
	}
	m.Value, item.Value = f.value(rest), Part{Form: serde.Auto}
	return nil
}

func (f LineFormat) afterHeaders() string {
	if f.KeySeparator != "" {
		return "KEY" + f.KeySeparator + "VALUE"
	}
	return "VALUE"
}

// value is nil for the null marker. Its capacity ends with it, so that appending
// does not write into what comes after it.
func (f LineFormat) value(part []byte) []byte {
	if f.NullMarker != "" && string(part) == f.NullMarker {
		return nil
	}
	return part[:len(part):len(part)]
}

func (f LineFormat) headers(part []byte) ([]kgo.RecordHeader, error) {
	if len(part) == 0 || f.value(part) == nil {
		return nil, nil
	}
	headers := make([]kgo.RecordHeader, 0, bytes.Count(part, []byte(","))+1)
	for pair := range bytes.SplitSeq(part, []byte(",")) {
		name, value, found := bytes.Cut(pair, []byte(":"))
		if !found {
			return nil, fmt.Errorf("its header %q has no colon; write name:value,name:value, or --input jsonl for a value with a comma", shorten(string(pair)))
		}
		headers = append(headers, kgo.RecordHeader{Key: string(name), Value: f.value(value)})
	}
	return headers, nil
}

// ParseHeader reads a header as it is given to a command, "name=value".
func ParseHeader(s string) (kgo.RecordHeader, error) {
	name, value, found := strings.Cut(s, "=")
	if !found || name == "" {
		return kgo.RecordHeader{}, fmt.Errorf("header %q: want NAME=VALUE", s)
	}
	return kgo.RecordHeader{Key: name, Value: []byte(value)}, nil
}

// shorten keeps a quotation from an input readable.
func shorten(s string) string {
	const most = 60
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
