package reset

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/kafka/model"
)

func TestCSVRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		grouped := rapid.Bool().Draw(t, "grouped")
		groups := rapid.SliceOfNDistinct(rapid.StringMatching(`[^\r\n]+`), 1, 4, rapid.ID).Draw(t, "groups")
		if !grouped {
			groups = groups[:1]
		}
		var plans []Plan
		want := make(map[string]map[model.TopicPartition]int64)
		for _, g := range groups {
			want[g] = rapid.MapOfN(
				rapid.Custom(func(t *rapid.T) model.TopicPartition {
					return tp(rapid.StringMatching(`[a-zA-Z0-9._-]{1,20}`).Draw(t, "topic"), rapid.Int32Range(0, 1<<30).Draw(t, "partition"))
				}), rapid.Int64Range(0, 1<<62), 1, 5).Draw(t, "offsets")
			plan := Plan{Group: g}
			for tp, offset := range want[g] {
				plan.Rows = append(plan.Rows, Row{TopicPartition: tp, New: offset})
			}
			plans = append(plans, plan)
		}
		var text bytes.Buffer
		if err := WriteCSV(&text, plans, grouped); err != nil {
			t.Fatal(err)
		}
		file, err := ReadCSV(&text)
		if err != nil {
			t.Fatal(err)
		}
		for g, offsets := range want {
			s, scope, err := file.For(g)
			if err != nil || !maps.Equal(s.Offsets, offsets) || s.Kind != FromFile {
				t.Fatalf("%q came back as %v (%v), want %v", g, s.Offsets, err, offsets)
			}
			for tp := range offsets {
				if !scope.names(tp) {
					t.Fatalf("%s is not in the scope", tp)
				}
			}
		}
	})
}

func TestMistakesInCSVAreNamedByTheirLine(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "", "it is empty"},
		{"only blank lines", "\n\n", "it is empty"},
		{"too few fields", "orders,0,5\norders,1\n", "line 2: it has 2 fields"},
		{"too many fields", "billing,orders,0,5,6\n", "line 1: it has 5 fields"},
		{"a head", "topic,partition,offset\norders,0,5\n", `line 1: "partition" is no partition`},
		{"no offset", "orders,0,5\n\norders,1,x\n", `line 3: "x" is no offset`},
		{"an offset below 0", "orders,0,-1\n", `line 1: "-1" is no offset`},
		{"a partition below 0", "orders,-1,0\n", `line 1: "-1" is no partition`},
		{"no topic", ",0,5\n", "line 1: it names no topic"},
		{"twice", "orders,0,5\norders,0,5\n", "line 2: orders/0 is named a second time"},
		{"a quote that does not end", "orders,0,5\n\"orders,1,5\n", "line 2: "},
		{"all mistakes", "a,b\nc,d\n", "line 1: it has 2 fields, and not topic,partition,offset or group,topic,partition,offset, line 2:"},
		{"both forms", "orders,0,5\nbilling,orders,0,5\n", "some of its lines name a group and some do not"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if f, err := ReadCSV(strings.NewReader(tc.text)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("read %+v (%v), want %q", f, err, tc.want)
			}
		})
	}
}

func TestAFileIsAboutItsGroups(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.csv")
	if err := os.WriteFile(path, []byte("billing,orders,0,5\r\n\"a,b\",orders,0,6\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := ReadFile(path)
	if err != nil || strings.Join(f.Groups(), ";") != "a,b;billing" {
		t.Fatalf("%v, groups %q", err, f.Groups())
	}
	if s, _, err := f.For("a,b"); err != nil || s.Offsets[tp("orders", 0)] != 6 || s.String() != "from-file "+path {
		t.Errorf("%+v, %v", s, err)
	}
	if _, _, err := f.For("audit"); err == nil || !strings.Contains(err.Error(), path+" says nothing of the group") {
		t.Errorf("a group that is not in it: %v", err)
	}
	if _, err := ReadFile(path + "x"); err == nil || !strings.Contains(err.Error(), path+"x") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{"orders,0,5\n", "billing,orders,0,5\n", "\"a\"\"b\",t,1,2", "a,0,1\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := ReadCSV(strings.NewReader(text))
		if err == nil && len(file.one)+len(file.groups) == 0 {
			t.Error("nothing was read, and no mistake told")
		}
	})
}
