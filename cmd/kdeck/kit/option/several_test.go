package option_test

import (
	"testing"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
)

func TestSeveral(t *testing.T) {
	for _, c := range []struct {
		values []string
		want   string
		err    string
	}{
		{nil, "", ""},
		{[]string{"empty"}, "Empty", ""},
		{[]string{"DEAD, empty"}, "Dead,Empty", ""},
		{[]string{"Stable", "Empty"}, "Stable,Empty", ""},
		{[]string{"Emty"}, "", "did you mean Empty?"},
		{[]string{"Stable,kafka"}, "Stable", "want some of Stable, Empty and Dead"},
	} {
		several := option.SomeOf("Stable", "Empty", "Dead")
		var err error
		for _, v := range c.values {
			if err = several.Set(v); err != nil {
				break
			}
		}
		if several.String() != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%v: %q, %v; want %q, %q", c.values, several.String(), err, c.want, c.err)
		}
		if chosen := several.String(); several.Allows("Empty") != (chosen == "" || chosen != "Stable") {
			t.Errorf("%v: Empty is allowed: %v", c.values, several.Allows("Empty"))
		}
	}
}
