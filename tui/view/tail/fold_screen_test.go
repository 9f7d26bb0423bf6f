package tail_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

func TestFoldingOnTheScreen(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.write(t, &kgo.Record{Topic: "orders", Value: []byte(`{"a":{"b":[1,2,3],"c":"` + strings.Repeat("long ", 60) + `"},"d":4}`)},
		&kgo.Record{Topic: "orders", Value: []byte("just text")})
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		s := l.open(t, "tail orders earliest", size[0], size[1])
		s.WaitFor("2 held").Type("home", "enter").WaitFor("orders/0 @0", `▌{`, `"b": [`, "long long")
		s.Type("-").WaitFor(`▸  "a": { … 2 members },`, `"d": 4`)
		s.Type("down", "space").WaitFor(`▌  "a": {`, `"b": [`)
		s.Type("down", "down", "enter").WaitFor(`▌    "b": [ … 3 elements ],`)
		s.Type("y").WaitFor("sent to the terminal: the value")
		s.Type("+").WaitFor(`▌    "b": [`, `      2,`)
		s.Type("tab").WaitFor("value text")
		s.Type("space").WaitFor("no object or list")
		s.Type("n").WaitFor("just text")
		s.Type("-").WaitFor("nothing can be folded")
	}
}
