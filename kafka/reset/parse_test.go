package reset

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/kafka/model"
)

func TestParseTime(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 500, time.UTC)
	for in, want := range map[string]string{
		"2026-03-01T14:30:00.000":       "2026-03-01T14:30:00.000Z",
		"2026-03-01T14:30:00":           "2026-03-01T14:30:00.000Z",
		"2026-03-01T14:30":              "2026-03-01T14:30:00.000Z",
		"2026-03-01 14:30":              "2026-03-01T14:30:00.000Z",
		"2026-03-01":                    "2026-03-01T00:00:00.000Z",
		"2026-03-01T14:30:00.250Z":      "2026-03-01T14:30:00.250Z",
		"2026-03-01T14:30:00+08":        "2026-03-01T06:30:00.000Z",
		"2026-03-01T14:30:00+0800":      "2026-03-01T06:30:00.000Z",
		"2026-03-01T14:30:00.000+08:00": "2026-03-01T06:30:00.000Z",
		"2026-03-01 14:30-05":           "2026-03-01T19:30:00.000Z",
		"2026-03-01T14:30:00.0001":      "2026-03-01T14:30:00.001Z", // the next whole millisecond
		" 2026-03-01 ":                  "2026-03-01T00:00:00.000Z",
		"1970-01-01":                    "1970-01-01T00:00:00.000Z",
		"2h ago":                        "2026-03-01T10:00:00.001Z",
		"1d12h ago":                     "2026-02-28T00:00:00.001Z",
		"1D 12H AGO":                    "2026-02-28T00:00:00.001Z",
		"1w ago":                        "2026-02-22T12:00:00.001Z",
	} {
		got, err := ParseTime(in, now)
		if err != nil {
			t.Errorf("%q: %v", in, err)
		} else if FormatTime(got) != want {
			t.Errorf("%q is %s, want %s", in, FormatTime(got), want)
		}
	}
	for _, in := range []string{
		"", "yesterday", "2026-13-01", "2026-02-30", "14:30", "2026-03-01T25:00", "2h", "ago",
		// Below 1970, where timestamps turn into the special values of ListOffsets.
		"1969-12-31T23:59:59.999", "1970-01-01T00:00+01:00", "99999w ago", "9999999999999999999s ago",
		"2026-03-01T14:30:00+08:00:00x",
	} {
		if got, err := ParseTime(in, now); err == nil {
			t.Errorf("%q is %s, want an error", in, FormatTime(got))
		}
	}
}

func TestTimesSurviveFormatting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.UnixMilli(rapid.Int64Range(0, 253402300799999).Draw(t, "millis"))
		got, err := ParseTime(FormatTime(want), noon)
		if err != nil || !got.Equal(want) {
			t.Fatalf("%s came back as %s (%v)", want, got, err)
		}
		zone := time.FixedZone("", rapid.IntRange(-14*4, 14*4).Draw(t, "quarters")*900)
		layout := rapid.SampledFrom([]string{"2006-01-02T15:04:05.000Z07:00", "2006-01-02T15:04:05.000Z0700", "2006-01-02 15:04:05.000Z07:00"}).Draw(t, "layout")
		local := want.In(zone)
		if local.Year() < 1970 || local.Year() > 9999 {
			t.Skip("not a year of four digits there")
		}
		got, err = ParseTime(local.Format(layout), noon)
		if err != nil || !got.Equal(want) {
			t.Fatalf("%s came back as %s (%v)", local.Format(layout), got, err)
		}
	})
}

func TestParseStrategies(t *testing.T) {
	for _, tc := range []struct {
		kind Kind
		arg  string
		want string // "" is an error
	}{
		{ToEarliest, "", "to-earliest"},
		{ToLatest, " ", "to-latest"},
		{ToCurrent, "", "to-current"},
		{ToLatest, "5", ""},
		{ToOffset, "0", "to-offset 0"},
		{ToOffset, "1204", "to-offset 1204"},
		{ToOffset, "1,204,000", "to-offset 1204000"},
		{ToOffset, "1,2", ""},
		{ToOffset, "-1", ""},
		{ToOffset, "9223372036854775808", ""},
		{ToOffset, "ten", ""},
		{ToOffset, "", ""},
		{ShiftBy, "-100", "shift-by -100"},
		{ShiftBy, "+100", "shift-by +100"},
		{ShiftBy, "100", "shift-by +100"},
		{ShiftBy, "-1,000", "shift-by -1000"},
		{ShiftBy, "0", ""},
		{ShiftBy, "", ""},
		{ShiftBy, "99999999999999999999", ""},
		{ToDatetime, "2026-03-01T14:30+02:00", "to-datetime 2026-03-01T12:30:00.000Z"},
		{ToDatetime, "soon", ""},
		{ByDuration, "PT1H30M", "by-duration PT1H30M (2026-03-01T10:30:00.000Z)"},
		{ByDuration, "p1dt0.5s", "by-duration p1dt0.5s (2026-02-28T11:59:59.500Z)"},
		{ByDuration, "P1W", "by-duration P1W (2026-02-22T12:00:00.000Z)"},
		{ByDuration, "P99999D", ""}, // before 1970
		{ByDuration, "", ""},
		{FromFile, " plan.csv", "from-file  plan.csv"},
		{FromFile, "", ""},
		{FromGroup, "audit", "from-group audit"},
		{FromGroup, "", ""},
		{"by-magic", "", ""},
	} {
		got, err := Parse(tc.kind, tc.arg, noon)
		if (err != nil) != (tc.want == "") || got.String() != tc.want {
			t.Errorf("%s %q is %q (%v), want %q", tc.kind, tc.arg, got, err, tc.want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"PT0S": 0, "PT1H30M": 90 * time.Minute, "P1D": 24 * time.Hour, "P1DT1S": 24*time.Hour + time.Second,
		"PT0.25S": 250 * time.Millisecond, "PT1,5S": 1500 * time.Millisecond, "PT36H": 36 * time.Hour, "pt5m": 5 * time.Minute,
		"P2W": 14 * 24 * time.Hour, "PT0.000000001S": 1,
	} {
		if got, err := ParseDuration(in); err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "P", "PT", "P1DT", "1H", "1h30m", "PT1", "P1H", "PT1D", "P1M", "P1Y", "-P1D", "P-1D", "PT1M1H", "PT.5S", "P1.5D", " P1D",
		"P106752D", "PT99999999999999999999S",
	} {
		if got, err := ParseDuration(in); err == nil {
			t.Errorf("%q is %s, want an error", in, got)
		}
	}
}

func TestParseScope(t *testing.T) {
	got, err := ParseScope([]string{"orders:0,3-5", "users", "orders:4,9", "logs:1", "logs"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]int32{"orders": {0, 3, 4, 5, 9}, "users": nil, "logs": nil}
	if !maps.EqualFunc(got.Topics, want, slices.Equal) {
		t.Errorf("got %v, want %v", got.Topics, want)
	}
	for _, bad := range []string{"", ":1", "orders:", "orders:x", "orders:5-3", "orders:-1", "orders:0-99999999", "orders:1,,2"} {
		if s, err := ParseScope([]string{bad}); err == nil {
			t.Errorf("%q is %v, want an error", bad, s)
		}
	}
}

func TestSavedStateHoldsEverything(t *testing.T) {
	f := emptyGroup()
	f.Group = "../../etc/billing €"
	f.Partitions = append(f.Partitions, Partition{TopicPartition: tp("orders", 1), LogEnd: 7, LastStable: 7, AtTime: model.NoOffset})
	f.Commits[tp("orders", 0)] = model.Commit{Offset: 50, LeaderEpoch: 3, Metadata: "note \x1b"}
	f.Commits[tp("elsewhere", 2)] = model.Commit{Offset: 9, LeaderEpoch: -1}
	plan, err := Make(f, Scope{Topics: map[string][]int32{"orders": nil}}, Strategy{Kind: ToEarliest})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "resets")
	f.Cluster, f.ClusterID, f.Partitions[0].TopicID = "prod", "id-1", [16]byte{7}
	saved := plan.Save(f)
	path, err := saved.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(path) != dir {
		t.Errorf("saved to %s, want a file in %s", path, dir)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v (%v)", info.Mode(), err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, saved) {
		t.Errorf("\n got %+v\nwant %+v", got, saved)
	}
	wantCommits := []SavedCommit{
		{tp("elsewhere", 2), model.Commit{Offset: 9, LeaderEpoch: -1, Metadata: ""}},
		{tp("orders", 0), model.Commit{Offset: 50, LeaderEpoch: 3, Metadata: "note \x1b"}},
	}
	if !slices.Equal(got.Commits, wantCommits) || !slices.Equal(got.Without, []model.TopicPartition{tp("orders", 1)}) {
		t.Errorf("kept %v, without %v", got.Commits, got.Without)
	}

	if _, err := saved.Write(dir); err == nil {
		t.Error("an existing file was overwritten")
	}
	if kept, err := Load(path); err != nil || !reflect.DeepEqual(kept, saved) {
		t.Errorf("a refused write harmed the first file: %v", err)
	}
	saved.Commits[0].Metadata = "\xff"
	saved.At = saved.At.Add(1)
	if _, err := saved.Write(dir); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("metadata that JSON cannot keep was not refused: %v", err)
	}
}
