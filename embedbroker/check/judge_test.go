package check

import (
	"strings"
	"testing"
)

// Every broken promise is found, and kept ones are not reported.
func TestJudge(t *testing.T) {
	at := func(offset int64) Place { return Place{"t", 0, offset} }
	log := func(values ...string) map[string][]Record {
		var rs []Record
		for i, v := range values {
			rs = append(rs, Record{int64(i), v})
		}
		return map[string][]Record{"t-0": rs}
	}
	write := func(n int, o Outcome, offset int64) Write { return Write{"p", n, o, at(offset)} }
	for _, tt := range []struct {
		name string
		h    *History
		f    Final
		want string
	}{
		{"all there", &History{Writes: []Write{write(0, Done, 0), write(1, Done, 1)}}, Final{All: log("p/0", "p/1")}, ""},
		{"unknown and there", &History{Writes: []Write{write(0, Unknown, 0)}}, Final{All: log("p/0")}, ""},
		{"unknown and not there", &History{Writes: []Write{write(0, Unknown, 0)}}, Final{}, ""},
		{"lost", &History{Writes: []Write{write(0, Done, 0)}}, Final{}, "lost: p/0"},
		{"twice", &History{Writes: []Write{write(0, Done, 0)}}, Final{All: log("p/0", "p/0")}, "duplicate: p/0"},
		{"unknown, and twice", &History{Writes: []Write{write(0, Unknown, 0)}}, Final{All: log("p/0", "p/0")}, "duplicate: p/0"},
		{"out of order", &History{Writes: []Write{write(1, Done, 0), write(0, Done, 1)}}, Final{All: log("p/1", "p/0")}, "order: p/0"},
		{"elsewhere", &History{Writes: []Write{write(0, Done, 5)}}, Final{All: log("p/0")}, "moved: p/0"},
		{"read and gone", &History{Reads: map[Place]string{at(3): "p/7"}}, Final{}, "gone: \"p/7\""},
		{"read and changed", &History{Reads: map[Place]string{at(0): "p/7"}}, Final{All: log("p/8")}, "moved: \"p/7\""},
		{"read twice, differently", &History{Moved: []string{"t-0@1 was a and is b"}}, Final{}, "moved: t-0@1"},

		{"committed", &History{Txns: []Txn{{"x", 1, 2, Done}}}, Final{Committed: log("x:1:0", "x:1:1"), Offsets: map[string]int64{"x": 1}}, ""},
		{"aborted", &History{Txns: []Txn{{"x", 1, 2, Undone}}}, Final{}, ""},
		{"unknown whole", &History{Txns: []Txn{{"x", 1, 2, Unknown}}}, Final{Committed: log("x:1:0", "x:1:1"), Offsets: map[string]int64{"x": 1}}, ""},
		{"unknown torn", &History{Txns: []Txn{{"x", 1, 2, Unknown}}}, Final{Committed: log("x:1:0"), Offsets: map[string]int64{"x": 1}}, "torn: of transaction x:1 1 of 2"},
		{"committed lost", &History{Txns: []Txn{{"x", 1, 2, Done}}}, Final{Committed: log("x:1:0"), Offsets: map[string]int64{"x": 1}}, "lost: of the committed transaction x:1"},
		{"aborted shown", &History{Txns: []Txn{{"x", 1, 2, Undone}}}, Final{Committed: log("x:1:0"), Offsets: map[string]int64{"x": 1}}, "shown: of the aborted transaction x:1"},
		{"record twice", &History{Txns: []Txn{{"x", 1, 1, Done}}}, Final{Committed: log("x:1:0", "x:1:0"), Offsets: map[string]int64{"x": 1}}, "duplicate: x:1:0"},
		{"offsets of another transaction", &History{Txns: []Txn{{"x", 1, 1, Done}, {"x", 2, 1, Done}}}, Final{Committed: log("x:1:0", "x:2:0"), Offsets: map[string]int64{"x": 1}}, "torn: the records of transaction x:2 show"},
		{"offsets without records", &History{Txns: []Txn{{"x", 1, 1, Done}, {"x", 2, 1, Unknown}}}, Final{Committed: log("x:1:0"), Offsets: map[string]int64{"x": 2}}, "torn: the records of transaction x:1 show"},

		{"commit", &History{Commits: []Commit{{"g", 1, Done}, {"g", 2, Unknown}}}, Final{Offsets: map[string]int64{"g": 2}}, ""},
		{"commit lost", &History{Commits: []Commit{{"g", 1, Done}, {"g", 2, Done}}}, Final{Offsets: map[string]int64{"g": 1}}, "lost: group g"},
		{"commit invented", &History{Commits: []Commit{{"g", 1, Done}}}, Final{Offsets: map[string]int64{"g": 9}}, "invented: group g"},

		{"topic", &History{Topics: []Topic{{"n", 2, false, Done}}}, Final{Topics: map[string]int{"n": 2}}, ""},
		{"topic lost", &History{Topics: []Topic{{"n", 2, false, Done}}}, Final{}, "lost: topic n"},
		{"topic smaller", &History{Topics: []Topic{{"n", 2, false, Done}}}, Final{Topics: map[string]int{"n": 1}}, "lost: topic n"},
		{"topic back", &History{Topics: []Topic{{"n", 2, false, Done}, {"n", 2, true, Done}}}, Final{Topics: map[string]int{"n": 2}}, "back: topic n"},
		{"topic perhaps deleted", &History{Topics: []Topic{{"n", 2, false, Done}, {"n", 2, true, Unknown}}}, Final{}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(Judge(tt.h, &tt.f), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("judged %q, want %q", got, tt.want)
			}
		})
	}
}
