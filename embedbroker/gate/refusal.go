package gate

import (
	"reflect"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Refusal answers a whole request with one error: every topic, partition, group or
// other item that it names has it, and the response itself where it can. What a
// request names and what its response tells are laid out alike in the protocol, so
// fields are matched by their names.
func Refusal(req kmsg.Request, code int16, why string) kmsg.Response {
	resp := req.ResponseKind()
	fill(reflect.ValueOf(req).Elem(), reflect.ValueOf(resp).Elem(), code, why)
	return resp
}

// answersTo are lists of a request by the list of the response that answers them,
// where the names differ.
func answersTo(list string) []string {
	switch list {
	case "Results":
		return []string{"Creations", "Filters", "Deletions", "Upsertions"}
	case "Topics":
		return []string{"TopicNames", "Dirs"} // of DeleteTopics before v6, and AlterReplicaLogDirs
	}
	return nil
}

func fill(req, resp reflect.Value, code int16, why string) {
	for i := range resp.NumField() {
		field := resp.Field(i)
		name := resp.Type().Field(i).Name
		switch {
		case name == "ErrorCode":
			field.SetInt(int64(code))
		case name == "ErrorMessage" && field.Kind() == reflect.Pointer:
			field.Set(reflect.ValueOf(&why))
		case name == "Version" || name == "UnknownTags":
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Struct:
			for _, from := range append([]string{name}, answersTo(name)...) {
				if list := req.FieldByName(from); list.IsValid() && list.Kind() == reflect.Slice {
					fillList(list, field, code, why)
				}
			}
		case field.Kind() != reflect.Struct:
			if asked := req.FieldByName(name); asked.IsValid() && asked.Type().AssignableTo(field.Type()) {
				field.Set(asked)
			} else if asked.IsValid() && field.Kind() == reflect.Pointer && asked.Type().AssignableTo(field.Type().Elem()) {
				field.Set(reflect.New(asked.Type()))
				field.Elem().Set(asked)
			}
		}
	}
}

// fillList answers each item of a list of the request.
func fillList(list, answers reflect.Value, code int16, why string) {
	for i := range list.Len() {
		asked := list.Index(i)
		if topics := asked; topics.Kind() == reflect.Struct && topics.FieldByName("Dir").IsValid() && topics.FieldByName("Topics").IsValid() {
			fillList(topics.FieldByName("Topics"), answers, code, why)
			continue
		}
		answer := reflect.New(answers.Type().Elem())
		if d, ok := answer.Interface().(interface{ Default() }); ok {
			d.Default()
		}
		if asked.Kind() == reflect.Struct {
			fill(asked, answer.Elem(), code, why)
		} else {
			fillItem(asked, answer.Elem(), code, why)
		}
		answers.Set(reflect.Append(answers, answer.Elem()))
	}
}

// fillItem answers an item that is a number or a name by itself.
func fillItem(asked, answer reflect.Value, code int16, why string) {
	fill(reflect.Zero(reflect.TypeFor[struct{}]()), answer, code, why)
	for _, name := range []string{"Partition", "Group", "Topic"} {
		field := answer.FieldByName(name)
		switch {
		case !field.IsValid():
		case asked.Type().AssignableTo(field.Type()):
			field.Set(asked)
			return
		case field.Kind() == reflect.Pointer && asked.Type().AssignableTo(field.Type().Elem()):
			field.Set(reflect.New(asked.Type()))
			field.Elem().Set(asked)
			return
		}
	}
}
