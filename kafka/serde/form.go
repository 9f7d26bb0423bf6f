package serde

import (
	"fmt"
	"strings"
)

// Form is a way to read bytes, by the name that the user knows.
type Form string

// The forms.
const (
	Auto    Form = "auto" // what fits
	Text    Form = "text" // UTF-8
	JSON    Form = "json"
	Int8    Form = "int8" // integers and floats are big-endian, as Java writes them
	Int16   Form = "int16"
	Int32   Form = "int32"
	Int64   Form = "int64"
	Float32 Form = "float32"
	Float64 Form = "float64"
	UUID    Form = "uuid" // 16 bytes
	MsgPack Form = "msgpack"
	CBOR    Form = "cbor"
	// Framed is the Confluent wire format: a zero byte, the id of a schema in a
	// registry, and Avro, Protobuf or JSON by that schema.
	Framed   Form = "registry"
	Avro     Form = "avro"     // by a schema file of the context
	Protobuf Form = "protobuf" // by a schema file of the context
	Kafka    Form = "kafka"    // the topics in which Kafka keeps its own state
	Hex      Form = "hex"
)

// Forms returns every form, Auto first and Hex last.
func Forms() []Form {
	return []Form{
		Auto, Text, JSON, Framed, Avro, Protobuf, Kafka, MsgPack, CBOR,
		Int8, Int16, Int32, Int64, Float32, Float64, UUID, Hex,
	}
}

// ParseForm returns the form of a name.
func ParseForm(name string) (Form, error) {
	var names []string
	for _, f := range Forms() {
		if string(f) == name {
			return f, nil
		}
		names = append(names, string(f))
	}
	return "", fmt.Errorf("%q is no form: want one of %s", name, strings.Join(names, ", "))
}

// Structured reports whether a form has members with names, and is written as JSON.
func (f Form) Structured() bool {
	switch f {
	case JSON, Framed, Avro, Protobuf, MsgPack, CBOR, Kafka:
		return true
	}
	return false
}
