package serde

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
)

// appendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func appendString(dst []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read it
	if err := e.Encode(s); err != nil {
		panic(err) // a string can always be encoded
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// appendBytes appends bytes as an object, which cannot be taken for a string of
// the record.
func appendBytes(dst, data []byte) []byte {
	dst = append(dst, `{"base64":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, data)
	return append(dst, `"}`...)
}

// appendFloat appends a float in its shortest form; what JSON cannot say is a
// string.
func appendFloat(dst []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(dst, `"-Infinity"`...)
	}
	format := byte('g')
	if abs := math.Abs(v); abs == 0 || abs >= 1e-6 && abs < 1e21 {
		format = 'f'
	}
	return strconv.AppendFloat(dst, v, format, -1, bits)
}

// appendName appends the name of a member and its colon. Names that are no
// strings, which MessagePack and CBOR allow, are written as the string of their
// JSON.
func appendName(dst, value []byte) []byte {
	if len(value) == 0 || value[0] != '"' {
		value = appendString(nil, string(value))
	}
	return append(append(dst, value...), ':')
}
