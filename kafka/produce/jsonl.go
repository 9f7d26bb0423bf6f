package produce

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
)

// JSONFormat says what is taken over from JSON lines besides key, value and
// headers.
type JSONFormat struct {
	KeepPartition bool
	KeepTimestamp bool
}

// NewJSONLines reads a message from each line of JSON, in the shape in which kdeck
// tail prints records: key and value are strings with their exact text, null, or
// {"base64": "…"}; any other JSON is encoded, in the form that keyForm or valueForm
// names or that holds for the topic. Empty lines are passed over.
func NewJSONLines(from io.Reader, f JSONFormat) Input {
	return &lines{from: lineReader{from: from}, parse: f.parse}
}

// told are the members of a record that say nothing about how to write it again.
var told = []string{
	"topic", "offset", "timestampType",
	"keySchema", "keySchemaId", "keyError", "valueSchema", "valueSchemaId", "valueError",
}

// jsonLine is a line whose members have been found.
type jsonLine struct {
	key, value       gjson.Result
	keyForm, valForm serde.Form
	hasValue         bool
}

func (f JSONFormat) parse(line []byte, item *Item) error {
	switch {
	case !utf8.Valid(line):
		return errors.New(`it is not UTF-8; write {"base64": "…"} for such a key or value`)
	case !json.Valid(line):
		return notJSON(line)
	}
	object := gjson.ParseBytes(line) // copies the line
	if !object.IsObject() {
		return errors.New(`it is no JSON object; write {"key": "…", "value": "…"}`)
	}
	if unread := object.Get("unread"); unread.Exists() {
		return fmt.Errorf("it stands for records that were not read: %s", shorten(unread.String()))
	}
	var l jsonLine
	var err error
	object.ForEach(func(name, member gjson.Result) bool {
		err = f.member(&l, item, name.String(), member)
		return err == nil
	})
	switch {
	case err != nil:
		return err
	case !l.hasValue:
		return errors.New(`it has no "value"; write "value": null for a tombstone`)
	}
	if item.Message.Key, item.Key, err = side(l.key, l.keyForm); err != nil {
		return fmt.Errorf("its key: %w", err)
	}
	if item.Message.Value, item.Value, err = side(l.value, l.valForm); err != nil {
		return fmt.Errorf("its value: %w", err)
	}
	return nil
}

// member takes in a member of a line.
func (f JSONFormat) member(l *jsonLine, item *Item, name string, member gjson.Result) (err error) {
	switch name {
	case "key":
		l.key = member
	case "value":
		l.value, l.hasValue = member, true
	case "keyForm":
		l.keyForm, err = form(member)
	case "valueForm":
		l.valForm, err = form(member)
	case "headers":
		item.Message.Headers, err = headers(member)
	case "partition":
		if f.KeepPartition {
			item.Message.Partition, err = partition(member)
		}
	case "timestamp":
		if f.KeepTimestamp {
			item.Message.Timestamp, err = time.Parse(time.RFC3339Nano, member.String())
		}
	default:
		if !slices.Contains(told, name) {
			return fmt.Errorf("it has a member %q, which a record has not; there are key, value, headers, keyForm, valueForm, partition and timestamp", shorten(name))
		}
	}
	if err != nil {
		return fmt.Errorf("its %s: %w", name, err)
	}
	return nil
}

func notJSON(line []byte) error {
	var discard json.RawMessage
	err := json.Unmarshal(line, &discard)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf(`it is not JSON: %w at byte %d; write {"key": "…", "value": "…"}`, err, syntax.Offset)
	}
	return fmt.Errorf("it is not JSON: %w", err)
}

func form(member gjson.Result) (serde.Form, error) {
	found, err := serde.ParseForm(member.String())
	if err == nil && found == serde.Auto {
		return "", errors.New("auto is no form of a record; leave it out")
	}
	return found, err
}

func partition(member gjson.Result) (int32, error) {
	n, err := strconv.ParseInt(member.Raw, 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s is no number of a partition", shorten(member.Raw))
	}
	return int32(n), nil
}

// side reads a key or value.
func side(member gjson.Result, form serde.Form) ([]byte, Part, error) {
	switch {
	case member.Type == gjson.Null: // also where there is none
		return nil, Part{}, nil
	case form != "":
		return []byte(member.Raw), Part{Form: form, JSON: true}, nil
	}
	data, ok, err := exact(member)
	if err != nil || ok {
		return data, Part{}, err
	}
	return []byte(member.Raw), Part{Form: serde.Auto, JSON: true}, nil
}

// exact reads a string, or an object with base64; others are not ok.
func exact(member gjson.Result) (data []byte, ok bool, err error) {
	if member.Type == gjson.String {
		s, err := unquote(member)
		return []byte(s), true, err
	}
	if !member.IsObject() {
		return nil, false, nil
	}
	encoded, members := gjson.Result{}, 0
	member.ForEach(func(name, value gjson.Result) bool {
		if members++; name.String() == "base64" && value.Type == gjson.String {
			encoded = value
		}
		return members < 2
	})
	if members != 1 || !encoded.Exists() {
		return nil, false, nil
	}
	data, err = base64.StdEncoding.DecodeString(encoded.String())
	if err != nil {
		return nil, false, fmt.Errorf("not base64: %w", err)
	}
	if data == nil {
		data = []byte{}
	}
	return data, true, nil
}

// unquote returns what a JSON string says. Half of a surrogate pair is no
// character, and would become another one without a word.
func unquote(member gjson.Result) (string, error) {
	s := member.String()
	if strings.ContainsRune(s, utf8.RuneError) && halfPair(member.Raw) {
		return "", errors.New(`it has half of a surrogate pair, which no text can hold; write {"base64": "…"} for bytes`)
	}
	return s, nil
}

// halfPair reports whether a JSON string has an escape of half of a surrogate pair.
func halfPair(raw string) bool {
	unit := func(i int) rune { // of the escape at i, or 0
		if !strings.HasPrefix(raw[i:], `\u`) || len(raw) < i+6 {
			return 0
		}
		n, _ := strconv.ParseUint(raw[i+2:i+6], 16, 16) // it is JSON
		return rune(n)
	}
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		r := unit(i)
		i++ // what is escaped
		if !utf16.IsSurrogate(r) {
			continue
		}
		if i += 5; i >= len(raw) || utf16.DecodeRune(r, unit(i)) == utf8.RuneError {
			return true
		}
		i += 5
	}
	return false
}

func headers(member gjson.Result) (found []kgo.RecordHeader, err error) {
	wrong := errors.New(`want a list of {"key": "…", "value": "…"}`)
	if !member.IsArray() {
		return nil, wrong
	}
	member.ForEach(func(_, header gjson.Result) bool {
		key, value := gjson.Result{}, gjson.Result{}
		if !header.IsObject() {
			err = wrong
			return false
		}
		header.ForEach(func(name, part gjson.Result) bool {
			switch name.String() {
			case "key":
				key = part
			case "value":
				value = part
			default:
				err = wrong
			}
			return err == nil
		})
		name, ok, wrongKey := exact(key)
		if err == nil && (wrongKey != nil || !ok) {
			err = errors.Join(wrongKey, wrong)
		}
		var data []byte
		if err == nil && value.Type != gjson.Null {
			if data, ok, err = exact(value); err == nil && !ok {
				err = wrong
			}
		}
		found = append(found, kgo.RecordHeader{Key: string(name), Value: data})
		return err == nil
	})
	return found, err
}
