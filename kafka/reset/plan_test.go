package reset

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/kafka/model"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func tp(topic string, partition int32) model.TopicPartition {
	return model.TopicPartition{Topic: topic, Partition: partition}
}

// emptyGroup is a group without members and one partition orders/0 that holds
// the offsets 10 to 99.
func emptyGroup() Facts {
	return Facts{
		Group: "billing", Type: model.Classic, State: model.StateEmpty, At: noon,
		Commits: map[model.TopicPartition]model.Commit{},
		Partitions: []Partition{
			{TopicPartition: tp("orders", 0), LogStart: 10, LastStable: 100, LogEnd: 100, AtTime: model.NoOffset},
		},
	}
}

func TestEachStrategyOnEachState(t *testing.T) {
	const bare = model.NoOffset // no commit
	at, ago := Strategy{Kind: ToDatetime, At: noon}, Strategy{Kind: ByDuration, At: noon, From: "PT1H"}
	fromFile := func(offset int64) Strategy {
		return Strategy{Kind: FromFile, Offsets: map[model.TopicPartition]int64{tp("orders", 0): offset}}
	}
	sources := map[string]int64{"in-range": 42, "below": 3, "beyond": 300}
	for _, tc := range []struct {
		name     string
		strategy Strategy
		commit   int64
		atTime   int64
		stable   int64
		want     int64
		warning  string
	}{
		{"earliest", Strategy{Kind: ToEarliest}, 50, model.NoOffset, 100, 10, ""},
		{"earliest without a commit", Strategy{Kind: ToEarliest}, bare, model.NoOffset, 100, 10, ""},
		{"latest", Strategy{Kind: ToLatest}, 50, model.NoOffset, 100, 100, ""},
		{"latest without a commit", Strategy{Kind: ToLatest}, bare, model.NoOffset, 100, 100, ""},
		{"latest past an open transaction", Strategy{Kind: ToLatest}, 50, model.NoOffset, 80, 100, "last stable offset 80"},
		{"current", Strategy{Kind: ToCurrent}, 50, model.NoOffset, 100, 50, ""},
		{"current out of range", Strategy{Kind: ToCurrent}, 500, model.NoOffset, 100, 500, "beyond the log end"},
		{"current without a commit", Strategy{Kind: ToCurrent}, bare, model.NoOffset, 100, 100, "no commit"},
		{"offset", Strategy{Kind: ToOffset, N: 42}, 50, model.NoOffset, 100, 42, ""},
		{"offset without a commit", Strategy{Kind: ToOffset, N: 42}, bare, model.NoOffset, 100, 42, ""},
		{"offset at the end", Strategy{Kind: ToOffset, N: 100}, 50, model.NoOffset, 100, 100, ""},
		{"offset below", Strategy{Kind: ToOffset, N: 9}, 50, model.NoOffset, 100, 10, "below the log start"},
		{"offset beyond", Strategy{Kind: ToOffset, N: 101}, 50, model.NoOffset, 100, 100, "beyond the log end"},
		{"back", Strategy{Kind: ShiftBy, N: -20}, 50, model.NoOffset, 100, 30, ""},
		{"ahead", Strategy{Kind: ShiftBy, N: 20}, 50, model.NoOffset, 100, 70, ""},
		{"back too far", Strategy{Kind: ShiftBy, N: math.MinInt64}, 50, model.NoOffset, 100, 10, "below the log start"},
		{"ahead too far", Strategy{Kind: ShiftBy, N: math.MaxInt64}, 50, model.NoOffset, 100, 100, "beyond the log end"},
		{"shift of a commit that retention overtook", Strategy{Kind: ShiftBy, N: 8}, 5, model.NoOffset, 100, 13, "5 records are gone"},
		{"time", at, 50, 33, 100, 33, ""},
		{"time without a commit", at, bare, 33, 100, 33, ""},
		{"time after the last record", at, 50, model.NoOffset, 100, 100, "no record at or after 2026-03-01T12:00:00.000Z"},
		{"time before a log start that moved on", at, 50, 7, 100, 10, "below the log start"},
		{"duration", ago, 50, 33, 100, 33, ""},
		{"duration without a commit", ago, bare, 33, 100, 33, ""},
		{"duration after the last record", ago, 50, model.NoOffset, 100, 100, "no record at or after 2026-03-01T12:00:00.000Z"},
		{"file", fromFile(42), 50, model.NoOffset, 100, 42, ""},
		{"file without a commit", fromFile(42), bare, model.NoOffset, 100, 42, ""},
		{"file below", fromFile(3), 50, model.NoOffset, 100, 10, "3 is below the log start: clamped to 10"},
		{"file beyond", fromFile(300), 50, model.NoOffset, 100, 100, "300 is beyond the log end: clamped to 100"},
		{"file past an open transaction", fromFile(90), 50, model.NoOffset, 80, 90, "last stable offset 80"},
		{"group", Strategy{Kind: FromGroup, From: "in-range"}, 50, model.NoOffset, 100, 42, ""},
		{"group without a commit here", Strategy{Kind: FromGroup, From: "in-range"}, bare, model.NoOffset, 100, 42, ""},
		{"group below", Strategy{Kind: FromGroup, From: "below"}, 50, model.NoOffset, 100, 10, "below the log start: clamped to 10"},
		{"group beyond", Strategy{Kind: FromGroup, From: "beyond"}, 50, model.NoOffset, 100, 100, "beyond the log end: clamped to 100"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := emptyGroup()
			f.Partitions[0].AtTime, f.Partitions[0].LastStable = tc.atTime, tc.stable
			if tc.commit != bare {
				f.Commits[tp("orders", 0)] = model.Commit{Offset: tc.commit, LeaderEpoch: 4}
			}
			if offset, ok := sources[tc.strategy.From]; ok {
				f.Source = map[model.TopicPartition]model.Commit{tp("orders", 0): {Offset: offset, LeaderEpoch: 2, Metadata: "theirs"}}
			}
			plan, err := Make(f, Of([]model.TopicPartition{tp("orders", 0)}), tc.strategy)
			if err != nil {
				t.Fatal(err)
			}
			row := plan.Rows[0]
			if row.New != tc.want {
				t.Errorf("goes to %d, want %d", row.New, tc.want)
			}
			warnings := strings.Join(row.Warnings, "; ")
			if (tc.warning == "") != (warnings == "") || !strings.Contains(warnings, tc.warning) {
				t.Errorf("warns %q, want %q", warnings, tc.warning)
			}
			if row.HasCurrent != (tc.commit != bare) {
				t.Errorf("HasCurrent is %v", row.HasCurrent)
			}
			if got := row.Commit(); got.LeaderEpoch != -1 {
				t.Errorf("commits with leader epoch %d, want -1", got.LeaderEpoch)
			}
		})
	}
}

// TestEachScope looks at which partitions a scope takes in, on a group with commits
// on orders/0 and users/0 of orders/0-1 and users/0-1.
func TestEachScope(t *testing.T) {
	for _, tc := range []struct {
		name     string
		scope    Scope
		strategy Strategy
		want     string // rows, and after a bar what is left alone
	}{
		{"committed", Scope{Committed: true}, Strategy{Kind: ToEarliest}, "orders/0 users/0 |"},
		{"a topic", Scope{Topics: map[string][]int32{"orders": nil}}, Strategy{Kind: ToEarliest}, "orders/0 orders/1 |"},
		{"partitions", Scope{Topics: map[string][]int32{"orders": {1}, "users": {0}}}, Strategy{Kind: ToEarliest}, "orders/1 users/0 |"},
		{"committed and a topic", Scope{Committed: true, Topics: map[string][]int32{"users": nil}}, Strategy{Kind: ToEarliest}, "orders/0 users/0 users/1 |"},
		{"committed by either group", Scope{Committed: true}, Strategy{Kind: FromGroup, From: "other"}, "orders/0 orders/1 | users/0"},
		{"a topic from a group", Scope{Topics: map[string][]int32{"users": nil, "orders": {1}}}, Strategy{Kind: FromGroup, From: "other"}, "orders/1 | users/0 users/1"},
		{"a topic from a file", Scope{Topics: map[string][]int32{"orders": nil}}, Strategy{Kind: FromFile, Offsets: map[model.TopicPartition]int64{tp("orders", 1): 3, tp("users", 0): 3}}, "orders/1 | orders/0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := emptyGroup()
			f.Partitions = nil
			for _, topic := range []string{"orders", "users"} {
				for n := range int32(2) {
					f.Partitions = append(f.Partitions, Partition{TopicPartition: tp(topic, n), LogEnd: 9, LastStable: 9})
				}
			}
			f.Commits = map[model.TopicPartition]model.Commit{tp("orders", 0): {Offset: 1}, tp("users", 0): {Offset: 1}}
			if tc.strategy.Kind == FromGroup {
				f.Source = map[model.TopicPartition]model.Commit{tp("orders", 0): {Offset: 2}, tp("orders", 1): {Offset: 3}}
			}
			plan, err := Make(f, tc.scope, tc.strategy)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range plan.Rows {
				got = append(got, r.String())
			}
			got = append(got, "|")
			for _, a := range plan.Alone {
				got = append(got, a.String())
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("the scope is %v, want %s", got, tc.want)
			}
			if unused := tc.strategy.Kind == FromFile; unused != (len(plan.Warnings) == 1) {
				t.Errorf("warned %v", plan.Warnings)
			}
		})
	}
}

func TestSumsAndDeltas(t *testing.T) {
	f := emptyGroup()
	f.Partitions = append(f.Partitions,
		Partition{TopicPartition: tp("orders", 1), LogStart: 0, LogEnd: 40, LastStable: 40, AtTime: model.NoOffset},
		Partition{TopicPartition: tp("users", 0), LogStart: 5, LogEnd: 40, LastStable: 40, AtTime: model.NoOffset})
	f.Commits = map[model.TopicPartition]model.Commit{tp("orders", 0): {Offset: 4}, tp("orders", 1): {Offset: 30, Metadata: "note"}}
	plan, err := Make(f, Scope{Topics: map[string][]int32{"orders": nil, "users": nil}}, Strategy{Kind: ToOffset, N: 20})
	if err != nil {
		t.Fatal(err)
	}
	want := Totals{
		Partitions: 3, Topics: 2, Changed: 3, Created: 1, Warned: 1, LostMetadata: 1,
		Replays: 10, Skips: 10, LagBefore: 90 + 10, LagAfter: 80 + 20 + 20,
	}
	if got := plan.Totals(); got != want {
		t.Errorf("totals\n got %+v\nwant %+v", got, want)
	}
	if got := plan.Rows[1].LostMetadata(); got != "note" {
		t.Errorf("the metadata that is lost is %q, want note", got)
	}
}

func TestRefusals(t *testing.T) {
	all := Scope{Committed: true}
	earliest := Strategy{Kind: ToEarliest}
	committed := func(change func(*Facts)) Facts {
		f := emptyGroup()
		f.Commits[tp("orders", 0)] = model.Commit{Offset: 50}
		change(&f)
		return f
	}
	for _, tc := range []struct {
		name     string
		facts    Facts
		scope    Scope
		strategy Strategy
		want     []string
	}{
		{"members", committed(func(f *Facts) {
			f.State = "Stable"
			f.Members = []model.Member{{ID: "m-1", ClientID: "app", Host: "/10.0.0.7"}}
		}), all, earliest, []string{"billing", "m-1", "app", "/10.0.0.7", "stop its consumers"}},
		{"rebalance", committed(func(f *Facts) { f.State = "PreparingRebalance" }), all, earliest, []string{"PreparingRebalance"}},
		{"share group by another strategy", committed(func(f *Facts) { f.Type = model.Share }), all, Strategy{Kind: ShiftBy, N: 1}, []string{"share group", "not shift-by", "to-datetime"}},
		{"streams", committed(func(f *Facts) { f.Type = "streams" }), all, earliest, []string{"streams"}},
		{"nothing committed", emptyGroup(), all, earliest, []string{"name topics"}},
		{"unknown partition", committed(func(*Facts) {}), Of([]model.TopicPartition{tp("orders", 7)}), earliest, []string{"orders/7", "does not exist"}},
		{"unknown topic", committed(func(*Facts) {}), Scope{Topics: map[string][]int32{"nope": nil}}, earliest, []string{"nope/0", "does not exist"}},
		{"no leader", committed(func(f *Facts) { f.Partitions[0].Problem = "it has no leader" }), all, earliest, []string{"orders/0", "no leader"}},
		{"no offsets", committed(func(f *Facts) { f.Partitions[0].LogEnd = model.NoOffset }), all, earliest, []string{"orders/0", "did not tell"}},
		{"open transaction", committed(func(f *Facts) { f.Pending = map[model.TopicPartition]bool{tp("orders", 0): true} }), all, earliest, []string{"orders/0", "transaction"}},
		{"nothing to shift", committed(func(f *Facts) {
			f.Partitions = append(f.Partitions, Partition{TopicPartition: tp("orders", 1), LogEnd: 5})
		}), Scope{Topics: map[string][]int32{"orders": nil}}, Strategy{Kind: ShiftBy, N: 1}, []string{"orders/1", "none"}},
		{"a group without commits", committed(func(*Facts) {}), all, Strategy{Kind: FromGroup, From: "nobody"}, []string{"from-group nobody", "orders/0"}},
		{"no strategy", committed(func(*Facts) {}), all, Strategy{}, []string{"no strategy"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plan, err := Make(tc.facts, tc.scope, tc.strategy)
			if err == nil {
				t.Fatalf("not refused: %+v", plan)
			}
			for _, w := range tc.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
			if len(plan.Rows) > 0 {
				t.Errorf("a refused plan has %d rows", len(plan.Rows))
			}
		})
	}
}

// drawFacts makes some partitions in any state that allows a reset, each with a
// commit, in range or not.
func drawFacts(t *rapid.T, inRange bool) Facts {
	f := emptyGroup()
	f.Partitions = nil
	for i := range rapid.IntRange(1, 8).Draw(t, "partitions") {
		start := rapid.Int64Range(0, 1<<40).Draw(t, "start")
		end := start + rapid.Int64Range(0, 1<<40).Draw(t, "length")
		commit := rapid.Int64Range(0, 1<<42).Draw(t, "commit")
		if inRange {
			commit = rapid.Int64Range(start, end).Draw(t, "commit in range")
		}
		p := Partition{TopicPartition: tp("t", int32(i)), LogStart: start, LogEnd: end, LastStable: end, AtTime: model.NoOffset}
		if rapid.Bool().Draw(t, "found") {
			p.AtTime = rapid.Int64Range(0, end).Draw(t, "at time")
		}
		f.Partitions = append(f.Partitions, p)
		f.Commits[p.TopicPartition] = model.Commit{Offset: commit, LeaderEpoch: 1}
	}
	return f
}

func TestPlansStayInTheLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t, false)
		s := Strategy{
			Kind:    rapid.SampledFrom([]Kind{ToEarliest, ToLatest, ToOffset, ToDatetime, ByDuration, ShiftBy, FromFile, FromGroup}).Draw(t, "kind"),
			N:       rapid.Int64().Draw(t, "n"),
			At:      noon,
			Offsets: make(map[model.TopicPartition]int64),
		}
		f.Source = make(map[model.TopicPartition]model.Commit)
		for _, p := range f.Partitions {
			s.Offsets[p.TopicPartition] = rapid.Int64Min(0).Draw(t, "in the file")
			f.Source[p.TopicPartition] = model.Commit{Offset: rapid.Int64Min(0).Draw(t, "of the group")}
		}
		plan, err := Make(f, Scope{Committed: true}, s)
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Rows) != len(f.Partitions) {
			t.Fatalf("%d rows for %d partitions", len(plan.Rows), len(f.Partitions))
		}
		for _, r := range plan.Rows {
			if r.New < r.LogStart || r.New > r.LogEnd {
				t.Fatalf("%s goes to %d, outside of %d to %d", r.TopicPartition, r.New, r.LogStart, r.LogEnd)
			}
			if r.LagBefore()+r.Replays()-r.Skips() != r.LagAfter() {
				t.Fatalf("%+v: lag %d, replays %d, skips %d, lag after %d", r, r.LagBefore(), r.Replays(), r.Skips(), r.LagAfter())
			}
		}
	})
}

// apply returns the facts after a plan was written.
func apply(f Facts, p Plan) Facts {
	commits := make(map[model.TopicPartition]model.Commit)
	for tp, c := range f.Commits {
		commits[tp] = c
	}
	for _, r := range p.Rows {
		if r.Changes() {
			commits[r.TopicPartition] = r.Commit()
		}
	}
	f.Commits = commits
	return f
}

func TestShiftThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t, true)
		n := rapid.Int64Range(-1<<41, 1<<41).Draw(t, "n")
		there, err := Make(f, Scope{Committed: true}, Strategy{Kind: ShiftBy, N: n})
		if err != nil {
			t.Fatal(err)
		}
		var free []model.TopicPartition // those that were not clamped
		for _, r := range there.Rows {
			if len(r.Warnings) == 0 {
				free = append(free, r.TopicPartition)
			}
		}
		if len(free) == 0 {
			t.Skip("all clamped")
		}
		back, err := Make(apply(f, there), Of(free), Strategy{Kind: ShiftBy, N: -n})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range back.Rows {
			if want := f.Commits[r.TopicPartition].Offset; r.New != want {
				t.Fatalf("%s: there and back is %d, not %d", r.TopicPartition, r.New, want)
			}
		}
	})
}

func TestCheckStopsWhatMoved(t *testing.T) {
	made := emptyGroup()
	made.Partitions[0].TopicID = [16]byte{1}
	made.Commits[tp("orders", 0)] = model.Commit{Offset: 50, LeaderEpoch: 3}
	plan, err := Make(made, Scope{Committed: true}, Strategy{Kind: ToOffset, N: 40})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		change func(*Facts)
		want   string // "" goes on
	}{
		{"nothing", func(*Facts) {}, ""},
		{"log grew", func(f *Facts) { f.Partitions[0].LogEnd = 900 }, ""},
		{"retention below the target", func(f *Facts) { f.Partitions[0].LogStart = 40 }, "started at 10, starts at 40"},
		{"retention beyond the target", func(f *Facts) { f.Partitions[0].LogStart = 41 }, "starts at 41, beyond the new offset 40"},
		{"log shrank", func(f *Facts) { f.Partitions[0].LogEnd = 39 }, "now ends at 39"},
		{"commit moved", func(f *Facts) { f.Commits[tp("orders", 0)] = model.Commit{Offset: 51, LeaderEpoch: 3} }, "was at 50, is at 51"},
		{"committed once more", func(f *Facts) { f.Commits[tp("orders", 0)] = model.Commit{Offset: 50, LeaderEpoch: 4} }, "once more"},
		{"commit gone", func(f *Facts) { delete(f.Commits, tp("orders", 0)) }, "without a commit"},
		{"topic made anew", func(f *Facts) { f.Partitions[0].TopicID = [16]byte{2} }, "made anew"},
		{"partition gone", func(f *Facts) { f.Partitions = nil }, "gone"},
		{"leader gone", func(f *Facts) { f.Partitions[0].Problem = "it has no leader" }, "no leader"},
		{"transaction", func(f *Facts) { f.Pending = map[model.TopicPartition]bool{tp("orders", 0): true} }, "transaction"},
		{"member", func(f *Facts) { f.State, f.Members = "Stable", []model.Member{{ID: "m-1"}} }, "m-1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := apply(made, Plan{}) // a copy of the commits
			now.Partitions = slices.Clone(made.Partitions)
			tc.change(&now)
			err := plan.Check(now)
			if (err == nil) != (tc.want == "") {
				t.Fatalf("Check says %v, want %q", err, tc.want)
			}
			if err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%q does not say %q", err, tc.want)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	row := Row{TopicPartition: tp("orders", 0), HasCurrent: true, Current: model.Commit{Offset: 50}, New: 40}
	still := row
	still.New = 50
	refused, gone := errors.New("refused"), errors.New("no answer")
	for _, tc := range []struct {
		name    string
		row     Row
		reply   model.Reply
		found   int64
		readErr error
		want    model.Outcome
	}{
		{"written", row, model.Reply{}, 40, nil, model.Done},
		{"written though the reply was lost", row, model.Reply{Err: gone, Lost: true}, 40, nil, model.Done},
		{"lost, and not there yet", row, model.Reply{Err: gone, Lost: true}, 50, nil, model.Unknown},
		{"lost, and cannot be read", row, model.Reply{Err: gone, Lost: true}, model.NoOffset, gone, model.Unknown},
		{"refused", row, model.Reply{Err: refused}, 50, nil, model.Refused},
		{"refused, and cannot be read", row, model.Reply{Err: refused}, model.NoOffset, gone, model.Refused},
		{"accepted, and cannot be read", row, model.Reply{}, model.NoOffset, gone, model.Unknown},
		{"accepted, and overwritten", row, model.Reply{}, 45, nil, model.Refused},
		{"accepted, and deleted", row, model.Reply{}, model.NoOffset, nil, model.Refused},
		{"needed nothing", still, model.Reply{}, 50, nil, model.Unchanged},
		{"needed nothing, and was overwritten", still, model.Reply{}, 51, nil, model.Refused},
	} {
		t.Run(tc.name, func(t *testing.T) {
			found := model.Commit{Offset: tc.found}
			got, err := tc.row.Judge(tc.reply, found, tc.found != model.NoOffset, tc.readErr)
			if got != tc.want {
				t.Errorf("judged %s, want %s", got, tc.want)
			}
			if good := tc.want == model.Done || tc.want == model.Unchanged; (err == nil) != good {
				t.Errorf("error %v", err)
			}
		})
	}
}
