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
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
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
var told = []string{"topic", "offset", "timestampType", "keyError", "valueError", "keyNote", "valueNote"}

// jsonLine is a line whose members have been found.
type jsonLine struct {
	sides [2]jsonSide // by serde.Side
}

// jsonSide is what a line says of its key or value.
type jsonSide struct {
	value gjson.Result
	has   bool // also where it is null
	spec  serde.Spec
	was   []byte
	loss  string // what value does not say of the bytes that it was decoded from
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
	case !l.sides[serde.Value].has:
		return errors.New(`it has no "value"; write "value": null for a tombstone`)
	}
	if item.Message.Key, item.Key, err = l.sides[serde.Key].part(); err != nil {
		return fmt.Errorf("its key: %w", err)
	}
	if item.Message.Value, item.Value, err = l.sides[serde.Value].part(); err != nil {
		return fmt.Errorf("its value: %w", err)
	}
	return nil
}

// member takes in a member of a line.
func (f JSONFormat) member(l *jsonLine, item *Item, name string, member gjson.Result) (err error) {
	for _, side := range []serde.Side{serde.Key, serde.Value} {
		if what, ok := strings.CutPrefix(name, side.String()); ok {
			if known, err := l.sides[side].member(what, member); known {
				if err != nil {
					err = fmt.Errorf("its %s: %w", name, err)
				}
				return err
			}
		}
	}
	switch name {
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

// member takes in a member whose name begins with that of the side; known is false
// for those that a side has not.
func (s *jsonSide) member(what string, member gjson.Result) (known bool, err error) {
	switch what {
	case "":
		s.value, s.has = member, true
	case "Form":
		s.spec.Form, err = form(member)
	case "Schema":
		s.spec.Name = member.String()
	case "SchemaId":
		s.spec.SchemaID, err = number(member)
	case "SchemaGuid":
		s.spec.GUID = member.String()
	case "Framing":
		s.spec.Framing = serde.Framing(member.String())
		if s.spec.Framing != serde.InHeader && s.spec.Framing != serde.Apicurio {
			err = fmt.Errorf("%s is no framing; there are %s and %s", shorten(member.Raw), serde.InHeader, serde.Apicurio)
		}
	case "Message":
		s.spec.Message = member.String()
	case "MessageIndex":
		s.spec.Index = []int{}
		member.ForEach(func(_, item gjson.Result) bool {
			var n int
			n, err = number(item)
			s.spec.Index = append(s.spec.Index, n)
			return err == nil
		})
	case "Loss":
		s.loss = member.String()
	case "Bytes":
		if s.was, err = base64.StdEncoding.DecodeString(member.String()); s.was == nil {
			s.was = []byte{}
		}
	default:
		return false, nil
	}
	return true, err
}

func number(member gjson.Result) (int, error) {
	n, err := strconv.ParseInt(member.Raw, 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s is no whole number from 0 on", shorten(member.Raw))
	}
	return int(n), nil
}

// part reads a key or value. null is none, unless a form is named: then it is a value
// of that form, as a schema may have.
func (s *jsonSide) part() ([]byte, Part, error) {
	switch {
	case !s.has, s.value.Type == gjson.Null && s.spec.Form == "":
		return nil, Part{}, nil
	case s.loss != "" && s.was == nil:
		return nil, Part{}, fmt.Errorf("it does not say all of the value that it was: %s; without its Loss it is encoded all the same", s.loss)
	case s.spec.Form != "":
		return []byte(s.value.Raw), Part{Form: s.spec.Form, JSON: true, Spec: s.spec, Was: s.was}, nil
	}
	data, ok, err := exact(s.value)
	if err != nil || ok {
		return data, Part{}, err
	}
	form := serde.Auto
	if s.spec.SchemaID != 0 || s.spec.GUID != "" {
		form = serde.Framed
	}
	spec := s.spec
	spec.Form = form
	return []byte(s.value.Raw), Part{Form: form, JSON: true, Spec: spec}, nil
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
	if strings.ContainsRune(s, utf8.RuneError) && jsonvalue.HalfPair(member.Raw) {
		return "", errors.New(`it has half of a surrogate pair, which no text can hold; write {"base64": "…"} for bytes`)
	}
	return s, nil
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
