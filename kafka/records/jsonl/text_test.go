package jsonl

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestAStringLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		quoted := appendString(nil, s)
		var back string
		if err := json.Unmarshal(quoted, &back); err != nil || back != s {
			t.Fatalf("%q became %s, which reads as %q (%v)", s, quoted, back, err)
		}
		for _, r := range string(quoted) {
			if r < 0x20 || r == 0x7f || hidden(r) {
				t.Fatalf("%q became %q, which holds %U", s, quoted, r)
			}
		}
	})
}
