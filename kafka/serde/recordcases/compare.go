package recordcases

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// Check says what is wrong with a value as it is shown, or nil. told is the note, the
// reason and the error beside it, and failed that it was not decoded.
func (c *Case) Check(shown []byte, told string, failed bool) error {
	if failed && (c.Undecodable || c.NoteHas != "" && strings.Contains(strings.ToLower(told), c.NoteHas)) {
		return nil
	}
	if failed {
		return fmt.Errorf("it is not decoded: %s", told)
	}
	for _, not := range c.NotContains {
		if strings.Contains(string(shown), not) {
			return fmt.Errorf("it shows %s: %s", not, shown)
		}
	}
	got, err := parse(shown)
	if err != nil {
		return err
	}
	for _, expected := range append([]json.RawMessage{c.Expected}, c.Accept...) {
		want, err := parse(expected)
		if err != nil {
			return err
		}
		if c.same("", &want, &got) {
			return nil
		}
	}
	return fmt.Errorf("it shows %s (%s)\nwant     %s", shown, told, c.Expected)
}

func parse(text []byte) (jsonvalue.Value, error) {
	v, err := jsonvalue.Parse(text)
	if err != nil && strings.Contains(err.Error(), "surrogate") { // text that holds such JSON
		return jsonvalue.Value{Kind: jsonvalue.String, Text: string(text)}, nil
	}
	return v, err
}

// same compares JSON: numbers by value, and members in their order, unless that says
// nothing.
func (c *Case) same(at string, want, got *jsonvalue.Value) bool {
	if slices.Contains(c.Loose, at) {
		return true
	}
	if want.Kind == jsonvalue.Number && got.Kind == jsonvalue.Number {
		a, _ := jsonvalue.ParseDecimal(want.Text)
		b, ok := jsonvalue.ParseDecimal(got.Text)
		return ok && a == b
	}
	if want.Kind != got.Kind || want.True != got.True || want.Text != got.Text || len(want.Items) != len(got.Items) {
		return false
	}
	for i := range want.Items {
		if !c.same(fmt.Sprintf("%s/%d", at, i), &want.Items[i], &got.Items[i]) {
			return false
		}
	}
	members := got.Members
	if c.UnknownFields {
		members = slices.DeleteFunc(slices.Clone(members), func(m jsonvalue.Member) bool { return strings.HasPrefix(m.Name, "[unknown") })
	}
	if len(want.Members) != len(members) {
		return false
	}
	for i := range want.Members {
		name, j := want.Members[i].Name, i
		if c.AnyOrder || c.Kind == "protobuf" {
			j = slices.IndexFunc(members, func(m jsonvalue.Member) bool { return m.Name == name })
		}
		if j < 0 || members[j].Name != name || !c.same(at+"/"+name, &want.Members[i].Value, &members[j].Value) {
			return false
		}
	}
	return true
}
