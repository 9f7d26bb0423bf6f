package serde

import (
	"bytes"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// cborMode reads any well-formed CBOR (RFC 8949) within bounds.
var cborMode = sync.OnceValue(func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		MaxNestedLevels:  maxDepth,
		MapKeyByteString: cbor.MapKeyByteStringAllowed,
		TimeTagToAny:     cbor.TimeTagToRFC3339Nano,
	}.DecMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return mode
})

// cborJSON writes a CBOR value as JSON, with members in the order of their
// names: the library does not keep theirs.
func cborJSON(data []byte) ([]byte, error) {
	if len(data) > maxStructured {
		return nil, fmt.Errorf("not read as CBOR: %w", errTooLong)
	}
	var v any
	if err := cborMode().Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("not CBOR: %w", err)
	}
	return appendCBOR(nil, v), nil
}

func appendCBOR(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case uint64:
		return strconv.AppendUint(dst, v, 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float32:
		return appendFloat(dst, float64(v), 32)
	case float64:
		return appendFloat(dst, v, 64)
	case big.Int:
		return v.Append(dst, 10)
	case string:
		return appendString(dst, v)
	case []byte:
		return appendBytes(dst, v)
	case cbor.ByteString: // as a name
		return appendBytes(dst, []byte(v))
	case time.Time:
		return appendString(dst, v.Format(time.RFC3339Nano))
	case cbor.Tag:
		dst = strconv.AppendUint(append(dst, `{"tag":`...), v.Number, 10)
		return append(appendCBOR(append(dst, `,"content":`...), v.Content), '}')
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendCBOR(dst, item)
		}
		return append(dst, ']')
	case map[any]any:
		members := make(map[string]any, len(v))
		for name, item := range v {
			members[string(appendName(nil, appendCBOR(nil, name)))] = item
		}
		dst = append(dst, '{')
		for i, name := range slices.Sorted(maps.Keys(members)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendCBOR(append(dst, name...), members[name])
		}
		return append(dst, '}')
	}
	return appendString(dst, fmt.Sprint(v)) // simple values
}

// isMap reports whether JSON that was made of MessagePack or CBOR is an object
// whose names are strings, which hardly any other bytes happen to be.
func isMap(json []byte) bool {
	return len(json) > 2 && json[0] == '{' && bytes.HasPrefix(json, []byte(`{"`)) && !bytes.HasPrefix(json, []byte(`{"tag":`))
}
