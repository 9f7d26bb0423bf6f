package protobuf

import (
	"encoding/binary"
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// The place of a message stands before it: its number among the messages of the file,
// then its number in that one, and so on. Confluent's Java client counts the messages
// of the text; those in Go and Python count those of the descriptor, in which a map
// has a message of its own, its entry.

// deepest bounds messages in messages.
const deepest = 32

// splitIndex reads a place: the count of its numbers, and each in zigzag; one zero
// byte is the first message.
func splitIndex(payload []byte) (index []int, rest []byte, ok bool) {
	count, n := binary.Varint(payload)
	if n <= 0 || count < 0 || count > deepest {
		return nil, nil, false
	}
	rest = payload[n:]
	if count == 0 {
		return []int{0}, rest, true
	}
	for range count {
		number, n := binary.Varint(rest)
		if n <= 0 || number < 0 || number > 1<<20 {
			return nil, nil, false
		}
		index, rest = append(index, int(number)), rest[n:]
	}
	return index, rest, true
}

// appendIndex is the way back.
func appendIndex(dst []byte, index []int) []byte {
	if len(index) == 1 && index[0] == 0 {
		return append(dst, 0)
	}
	dst = binary.AppendVarint(dst, int64(len(index)))
	for _, number := range index {
		dst = binary.AppendVarint(dst, int64(number))
	}
	return dst
}

// place finds the message at a place, counting those of the text or those of the
// descriptor; nil is none.
func (s *Schema) place(index []int, text bool) protoreflect.MessageDescriptor {
	var found protoreflect.MessageDescriptor
	messages := s.file.Messages()
	for _, number := range index {
		all := make([]protoreflect.MessageDescriptor, 0, messages.Len())
		for i := range messages.Len() {
			if m := messages.Get(i); !text || !s.synthetic[m.FullName()] {
				all = append(all, m)
			}
		}
		if number >= len(all) {
			return nil
		}
		found = all[number]
		messages = found.Messages()
	}
	if found.IsMapEntry() {
		return nil // no record is one
	}
	return found
}

// index is the place of a message as Java counts.
func (s *Schema) index(kind protoreflect.MessageDescriptor) []int {
	var index []int
	for at := kind; at != nil; {
		parent, _ := at.Parent().(protoreflect.MessageDescriptor)
		siblings := s.file.Messages()
		if parent != nil {
			siblings = parent.Messages()
		}
		number := 0
		for i := range siblings.Len() {
			m := siblings.Get(i)
			if m.FullName() == at.FullName() {
				break
			}
			if !s.synthetic[m.FullName()] {
				number++
			}
		}
		index = append(index, number)
		at = parent
	}
	slices.Reverse(index)
	return index
}

// target is the message to encode, with its place: nil for a schema file.
func (s *Schema) target(name string, index []int) (kind protoreflect.MessageDescriptor, place []int, err error) {
	switch {
	case s.fixed != nil && (name == "" || name == string(s.fixed.FullName())):
		return s.fixed, nil, nil
	case s.fixed != nil:
		kind, err = s.message(name)
		return kind, nil, err
	case name == "" && index == nil:
		return s.file.Messages().Get(0), []int{0}, nil
	case name == "":
		if kind = s.place(index, true); kind == nil {
			kind = s.place(index, false)
		}
		if kind == nil {
			return nil, nil, fmt.Errorf("the schema has no message at index %v", index)
		}
		return kind, index, nil
	}
	if kind, err = s.message(name); err != nil {
		return nil, nil, err
	}
	if kind.ParentFile().Path() != s.file.Path() {
		return nil, nil, fmt.Errorf("message %s stands in a file that the schema imports, so no message index can name it", name)
	}
	if index == nil {
		index = s.index(kind)
	}
	if s.place(index, true) != kind && s.place(index, false) != kind {
		return nil, nil, fmt.Errorf("message index %v is not that of %s", index, kind.FullName())
	}
	return kind, index, nil
}

// WithoutIndex takes the place of a message off, if the file has one there.
func (s *Schema) WithoutIndex(payload []byte) (rest []byte, ok bool) {
	index, rest, ok := splitIndex(payload)
	return rest, ok && (s.place(index, true) != nil || s.place(index, false) != nil)
}
