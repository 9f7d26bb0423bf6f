package faults

import (
	"reflect"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// selector chooses what of a request a rule is about.
type selector struct {
	topic, group string
	name         func([16]byte) string
}

// Requests and responses of the protocol mirror each other: what is asked for in
// an array "Topics" of "Partitions" is answered in arrays of the same names, each
// element with the names of what it answers and an error code. So one walk over
// both serves every API.

// any reports whether the request is about anything that the rule is about.
func (s selector) any(req kmsg.Request) bool {
	if s.topic == "" && s.group == "" {
		return true
	}
	v := reflect.ValueOf(req).Elem()
	found := s.chosen(v)
	s.eachElement(v, func(e reflect.Value) { found = found || s.chosen(e) })
	return found
}

// chosen reports whether one struct of a request, or one name of a list, is what
// the rule asks for.
func (s selector) chosen(v reflect.Value) bool {
	if s.topic != "" {
		name, ok := s.topicOf(v)
		if !ok || !matches(s.topic, name) {
			return false
		}
	}
	if s.group != "" {
		name, ok := groupOf(v)
		if !ok || !matches(s.group, name) {
			return false
		}
	}
	return true
}

// topicOf is the topic that a struct of a request is about.
func (s selector) topicOf(v reflect.Value) (string, bool) {
	if v.Kind() != reflect.Struct {
		return "", false
	}
	if name, ok := text(v.FieldByName("Topic")); ok && name != "" {
		return name, true
	}
	if id := v.FieldByName("TopicID"); id.IsValid() {
		name := s.name(id.Interface().([16]byte))
		return name, name != ""
	}
	return "", false
}

// groupOf is the group or transactional id that a struct of a request, or a name
// in a list of them, is about.
func groupOf(v reflect.Value) (string, bool) {
	if v.Kind() == reflect.String {
		return v.String(), true
	}
	if v.Kind() != reflect.Struct {
		return "", false
	}
	for _, field := range []string{"Group", "GroupID", "TransactionalID", "CoordinatorKey"} {
		if name, ok := text(v.FieldByName(field)); ok && name != "" {
			return name, true
		}
	}
	return "", false
}

func text(f reflect.Value) (string, bool) {
	switch {
	case !f.IsValid():
		return "", false
	case f.Kind() == reflect.String:
		return f.String(), true
	case f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.String && !f.IsNil():
		return f.Elem().String(), true
	}
	return "", false
}

// eachElement visits the elements of the arrays of a request that its answer has
// too.
func (s selector) eachElement(req reflect.Value, visit func(reflect.Value)) {
	for i := range req.NumField() {
		if f := req.Field(i); f.Kind() == reflect.Slice && f.Type().Elem().Kind() != reflect.Uint8 {
			for j := range f.Len() {
				visit(f.Index(j))
			}
		}
	}
}

// refuse answers what the rule is about with an error. If that is all of the
// request, it returns the answer; else the request without it, and what adds the
// errors to the answer of that.
func (s selector) refuse(req kmsg.Request, code int16) (answer kmsg.Response, rest kmsg.Request, merge func(kmsg.Response)) {
	switch req.(type) {
	case *kmsg.MetadataRequest, *kmsg.FetchRequest:
		// The answer tells more than the errors, the brokers, or is about more
		// than the request, what a fetch session remembers (KIP-227).
		return nil, req, func(got kmsg.Response) { s.spoil(got, code) }
	}
	resp := req.ResponseKind()
	in, out := reflect.ValueOf(req).Elem(), reflect.ValueOf(resp).Elem()
	whole := s.topic == "" && s.group == "" || s.chosen(in)
	left := reflect.New(in.Type()).Elem()
	left.Set(in)
	partial, answered := false, false
	for i := range in.NumField() {
		name, f := in.Type().Field(i).Name, in.Field(i)
		target := out.FieldByName(answerField(name))
		if f.Kind() != reflect.Slice || f.Type().Elem().Kind() == reflect.Uint8 || !target.IsValid() || target.Kind() != reflect.Slice {
			continue
		}
		kept := reflect.MakeSlice(f.Type(), 0, f.Len())
		for j := range f.Len() {
			if e := f.Index(j); whole || s.chosen(e) {
				target.Set(reflect.Append(target, mirror(e, target.Type().Elem(), code)))
				answered = answered || hasError(target.Type().Elem())
				continue
			}
			kept = reflect.Append(kept, f.Index(j))
			partial = true
		}
		left.FieldByName(name).Set(kept)
	}
	if !partial {
		setTop(out, code, answered)
		return resp, nil, nil
	}
	rest = left.Addr().Interface().(kmsg.Request)
	return nil, rest, func(got kmsg.Response) { add(reflect.ValueOf(got).Elem(), out) }
}

// answerField is the name in the answer of an array of the request.
func answerField(name string) string {
	switch name {
	case "CoordinatorKeys":
		return "Coordinators"
	case "GroupIDs":
		return "Groups"
	case "TransactionalIDs":
		return "TransactionStates"
	case "Transactions":
		return "Transactions"
	}
	return name
}

// mirror makes the element of an answer to an element of a request, with code
// where there is one.
func mirror(in reflect.Value, typ reflect.Type, code int16) reflect.Value {
	out := reflect.New(typ).Elem()
	if d, ok := out.Addr().Interface().(interface{ Default() }); ok {
		d.Default()
	}
	if out.Kind() != reflect.Struct {
		return out
	}
	if f := out.FieldByName("ErrorCode"); f.IsValid() {
		f.SetInt(int64(code))
	}
	if in.Kind() != reflect.Struct { // a list of names or numbers
		for _, name := range []string{"Partition", "Topic", "Group", "GroupID", "Key", "TransactionalID"} {
			if f := out.FieldByName(name); f.IsValid() && in.Type().AssignableTo(f.Type()) {
				f.Set(in)
				break
			}
		}
		return out
	}
	for i := range in.NumField() {
		name, f := in.Type().Field(i).Name, in.Field(i)
		target := out.FieldByName(answerField(name))
		switch {
		case name == "UnknownTags" || !target.IsValid() || name == "Records":
		case f.Kind() == reflect.Slice && target.Kind() == reflect.Slice && f.Type().Elem().Kind() != reflect.Uint8:
			for j := range f.Len() {
				target.Set(reflect.Append(target, mirror(f.Index(j), target.Type().Elem(), code)))
			}
		case named(name) && f.Type().AssignableTo(target.Type()):
			target.Set(f)
		}
	}
	return out
}

// named reports whether a field tells what an element is about.
func named(field string) bool {
	return slices.Contains([]string{"Topic", "TopicID", "Partition", "Group", "GroupID", "TransactionalID", "ResourceType", "ResourceName", "Name", "MemberID"}, field)
}

// setTop sets the error code of a whole answer, where it has one: instead of
// those of its elements when it has none of these.
func setTop(out reflect.Value, code int16, answered bool) {
	f := out.FieldByName("ErrorCode")
	if f.IsValid() && (!answered || out.FieldByName("Coordinators").IsValid()) {
		f.SetInt(int64(code))
	}
}

// spoil puts an error on what an answer says of that which the rule is about.
func (s selector) spoil(resp kmsg.Response, code int16) {
	switch resp := resp.(type) {
	case *kmsg.MetadataResponse:
		for i := range resp.Topics {
			if t := &resp.Topics[i]; s.chosen(reflect.ValueOf(t).Elem()) {
				t.ErrorCode, t.Partitions = code, nil
			}
		}
	case *kmsg.FetchResponse:
		for i := range resp.Topics {
			t := &resp.Topics[i]
			if !s.chosen(reflect.ValueOf(t).Elem()) {
				continue
			}
			for j := range t.Partitions {
				p := &t.Partitions[j]
				p.ErrorCode, p.RecordBatches, p.AbortedTransactions = code, []byte{}, nil
				p.HighWatermark, p.LastStableOffset, p.LogStartOffset = -1, -1, -1
			}
		}
	}
}

// hasError reports whether an element of an answer, or one in it, has an error
// code.
func hasError(typ reflect.Type) bool {
	if typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return false
	}
	if _, ok := typ.FieldByName("ErrorCode"); ok {
		return true
	}
	for i := range typ.NumField() {
		if hasError(typ.Field(i).Type) {
			return true
		}
	}
	return false
}

// add appends the arrays of an answer to those of another. They are about other
// topics or groups, since what is about one is never split.
func add(to, from reflect.Value) {
	for i := range from.NumField() {
		f, target := from.Field(i), to.Field(i)
		if f.Kind() != reflect.Slice || f.Type().Elem().Kind() == reflect.Uint8 || from.Type().Field(i).Name == "Brokers" {
			continue
		}
		target.Set(reflect.AppendSlice(target, f))
	}
}
