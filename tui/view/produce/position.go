package produce

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/kdeck/kdeck/kafka/serde"
)

// placed is a mistake in JSON, with its place in lines and characters from 1 on.
type placed struct {
	line, column int
	err          error
}

func (p placed) Error() string { return fmt.Sprintf("%d:%d %v", p.line, p.column, p.err) }
func (p placed) Unwrap() error { return p.err }

// checkJSON says where a text is not one JSON value, or nil.
func checkJSON(data []byte) error {
	if json.Valid(data) {
		return nil
	}
	var discard json.RawMessage
	err := json.Unmarshal(data, &discard)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	at := int(syntax.Offset) // how much was read, with the wrong character
	if syntax.Error() != "unexpected end of JSON input" {
		at--
	}
	before := data[:max(0, at)]
	start := bytes.LastIndexByte(before, '\n') + 1
	return placed{line: bytes.Count(before, []byte("\n")) + 1, column: utf8.RuneCount(before[start:]) + 1, err: err}
}

// isJSON reports whether a form is written as JSON.
func isJSON(form serde.Form) bool {
	switch form {
	case serde.JSON, serde.Framed, serde.Avro, serde.Protobuf, serde.MsgPack, serde.CBOR:
		return true
	}
	return false
}

// looksJSON reports whether a text begins as an object or a list of JSON does.
func looksJSON(data []byte) bool {
	data = bytes.TrimSpace(data)
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}
