package change_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/model"
)

// shelf is a cluster that holds numbers by name.
type shelf struct {
	dir    string
	forbid error
	log    []string // what was done, in order
	values map[string]int
	lost   map[string]bool // writes of these get no answer
	deaf   map[string]bool // writes of these are answered and not done
}

func (s *shelf) MayChange(string) error { return s.forbid }
func (s *shelf) AuditLog() audit.Log {
	return audit.Log{Path: filepath.Join(s.dir, "audit.jsonl"), Cluster: "test"}
}
func (s *shelf) StateDir() string              { return s.dir }
func (s *shelf) RequestTimeout() time.Duration { return time.Second }

// entry says what a set does to one number.
type entry struct {
	Name string `json:"name"`
	Was  int    `json:"was"`
	New  int    `json:"new"`
}

func (e entry) Subject() string { return e.Name }
func (e entry) Effect() string  { return fmt.Sprintf("%d → %d", e.Was, e.New) }

// set puts one value into several numbers, each of which is a target.
type set struct {
	on    *shelf
	names []string
	to    int
	batch int
}

var _ change.Change[entry] = set{}

func (c set) Kind() change.Kind {
	return change.Kind{Action: "set-number", Verb: "set", Past: "set", Noun: "number", Asks: change.AskYes, Together: c.batch}
}

func (c set) Title() string { return "set " + strings.Join(c.names, ", ") }

func (c set) Plan(context.Context) ([]change.Part[entry], error) {
	c.on.log = append(c.on.log, "look")
	var parts []change.Part[entry]
	for _, name := range c.names {
		was, ok := c.on.values[name]
		p := change.Part[entry]{Target: name}
		switch {
		case !ok:
			p.Refused = fmt.Errorf("there is no number %q", name)
		case was == c.to:
			p.Items = append(p.Items, change.Keep(entry{name, was, c.to}))
		default:
			p.Items = append(p.Items, change.Plan(entry{name, was, c.to}))
			p.Before = saved{c.on, name, was}
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func (c set) Again(ctx context.Context, shown []change.Part[entry]) ([]change.Part[entry], error) {
	now, err := c.Plan(ctx)
	return change.Compare(shown, now, func(shown, now entry) string {
		if shown.Was != now.Was {
			return fmt.Sprintf("was %d, is %d", shown.Was, now.Was)
		}
		return ""
	}), err
}

func (c set) Send(ctx context.Context, items []change.Item[entry]) []model.Reply {
	replies := make([]model.Reply, len(items))
	for i, item := range items {
		name := item.Row.Name
		c.on.log = append(c.on.log, "send "+name)
		if ctx.Err() != nil {
			replies[i] = model.Reply{Err: ctx.Err()}
			continue
		}
		if c.on.lost[name] {
			replies[i] = model.Reply{Err: errors.New("no answer"), Lost: true}
		}
		if !c.on.deaf[name] {
			c.on.values[name] = item.Row.New
		}
	}
	return replies
}

func (c set) Judge(_ context.Context, items []change.Item[entry], replies []model.Reply) []change.Item[entry] {
	c.on.log = append(c.on.log, "read back")
	for i, item := range items {
		switch {
		case c.on.values[item.Row.Name] == item.Row.New:
			items[i] = item.As(model.Done, nil)
		case replies[i].Lost:
			items[i] = item.As(model.Unknown, replies[i].Err)
		default:
			items[i] = item.As(model.Refused, errors.New("it is as it was"))
		}
	}
	return items
}

// saved is what a number was.
type saved struct {
	on   *shelf
	Name string `json:"name"`
	Was  int    `json:"was"`
}

func (s saved) Write(stateDir string) (string, error) {
	s.on.log = append(s.on.log, "save "+s.Name)
	dir := filepath.Join(stateDir, "saved")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, s.Name)
	return path, os.WriteFile(path, []byte(fmt.Sprint(s.Was)), 0o600)
}

func newShelf(t *testing.T) *shelf {
	return &shelf{dir: t.TempDir(), values: map[string]int{"a": 1, "b": 2, "c": 9}, lost: map[string]bool{}, deaf: map[string]bool{}}
}

func outcomes(r change.Result[entry]) []string {
	var all []string
	for _, p := range r.Parts {
		if len(p.Items) == 0 {
			all = append(all, p.Target+" "+p.Refused.Error())
		}
		for _, i := range p.Items {
			all = append(all, i.Row.Name+" "+string(i.Outcome))
		}
	}
	return all
}

func want(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestRunGoesInOrder(t *testing.T) {
	on := newShelf(t)
	r, err := change.Run(t.Context(), on, set{on: on, names: []string{"a", "c", "nil", "b"}, to: 9})
	if err != nil {
		t.Fatal(err)
	}
	want(t, outcomes(r), []string{"a done", "c unchanged", `nil there is no number "nil"`, "b done"})
	want(t, on.log, []string{"look", "look", "save a", "save b", "send a", "send b", "read back"})
	if got := r.Tally(); got != (change.Tally{Done: 2, Unchanged: 1, Refused: 1}) {
		t.Errorf("tally %+v", got)
	}
	var incomplete *change.IncompleteError
	if !errors.As(r.Err(), &incomplete) || incomplete.Error() != "set a, c, nil, b: set 3 of 4" {
		t.Errorf("err %v", r.Err())
	}
	want(t, stages(t, on), []string{"begun a", "begun b", "done a", "done b"})
}

// stages are the lines of the audit log.
func stages(t *testing.T, on *shelf) []string {
	t.Helper()
	data, err := os.ReadFile(on.AuditLog().Path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(data)) {
		var e audit.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Action != "set-number" {
			t.Errorf("action %s", e.Action)
		}
		all = append(all, string(e.Stage)+" "+e.Target)
	}
	return all
}

func TestDryRunChangesNothing(t *testing.T) {
	on := newShelf(t)
	r, err := change.DryRun(t.Context(), on, set{on: on, names: []string{"a", "c"}, to: 9})
	if err != nil || r.Err() != nil {
		t.Fatal(err, r.Err())
	}
	want(t, outcomes(r), []string{"a planned", "c unchanged"})
	want(t, on.log, []string{"look"})
	want(t, stages(t, on), nil)
	want(t, r.Planned(), []string{"a"})
}

func TestReadOnly(t *testing.T) {
	on := newShelf(t)
	on.forbid = errors.New("the context is read-only")
	c := set{on: on, names: []string{"a", "c"}, to: 9}
	if _, err := change.Run(t.Context(), on, c); !errors.Is(err, on.forbid) {
		t.Errorf("run: %v", err)
	}
	want(t, on.log, nil)
	r, err := change.DryRun(t.Context(), on, c)
	if err != nil {
		t.Fatal(err)
	}
	want(t, outcomes(r), []string{"a refused", "c unchanged"})
	if r.Err() == nil {
		t.Error("a dry run of what would be refused has no error")
	}
	if _, err := change.Execute(t.Context(), on, c, r); !errors.Is(err, on.forbid) {
		t.Errorf("execute: %v", err)
	}
}

func TestPreviewIsFrozen(t *testing.T) {
	on := newShelf(t)
	c := set{on: on, names: []string{"a", "b", "c"}, to: 5}
	shown, err := change.DryRun(t.Context(), on, c)
	if err != nil {
		t.Fatal(err)
	}
	on.values["a"] = 3
	delete(on.values, "b")
	r, err := change.Execute(t.Context(), on, c, shown)
	if err != nil {
		t.Fatal(err)
	}
	want(t, outcomes(r), []string{"a refused", "b refused", "c done"})
	var moved *change.MovedError
	if err := r.Parts[0].Items[0].Err; !errors.As(err, &moved) || moved.How != "was 1, is 3" {
		t.Errorf("a: %v", err)
	}
	if on.values["a"] != 3 {
		t.Error("a was changed although it had moved")
	}
	if shown.Parts[0].Items[0].Outcome != model.Planned {
		t.Error("executing has altered the preview")
	}
}

func TestWithoutAnAnswer(t *testing.T) {
	on := newShelf(t)
	on.lost["a"], on.deaf["a"], on.lost["b"], on.deaf["c"] = true, true, true, true
	r, err := change.Run(t.Context(), on, set{on: on, names: []string{"a", "b", "c"}, to: 5})
	if err != nil {
		t.Fatal(err)
	}
	want(t, outcomes(r), []string{"a unknown", "b done", "c refused"})
	want(t, stages(t, on), []string{"begun a", "begun b", "begun c", "partly a", "done b", "refused c"})
	if got := r.Err().Error(); got != "set a, b, c: set 1 of 3, not known of 1" {
		t.Error(got)
	}
}

// What cannot be kept or noted is not done.
func TestNothingIsDoneUnnoted(t *testing.T) {
	for name, block := range map[string]string{"saved": "saved", "audit": "audit.jsonl"} {
		t.Run(name, func(t *testing.T) {
			on := newShelf(t)
			path := filepath.Join(on.dir, block)
			if block == "saved" { // a file where the folder should be
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			} else if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			r, err := change.Run(t.Context(), on, set{on: on, names: []string{"a"}, to: 5})
			if err != nil {
				t.Fatal(err)
			}
			want(t, outcomes(r), []string{"a refused"})
			if on.values["a"] != 1 || slices.Contains(on.log, "send a") {
				t.Error("it was changed all the same")
			}
			if r.Err() == nil {
				t.Error("no reason is told")
			}
		})
	}
}

func TestLeavingStopsNoWrite(t *testing.T) {
	on := newShelf(t)
	c := set{on: on, names: []string{"a", "b"}, to: 5, batch: 1}
	shown, err := change.DryRun(t.Context(), on, c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	leave := leaving{set: c, leave: func() { cancel(errors.New("the user left")) }}
	r, err := change.Execute(ctx, on, leave, shown)
	if err != nil {
		t.Fatal(err)
	}
	want(t, outcomes(r), []string{"a done", "b refused"})
	if got := r.Parts[1].Items[0].Err.Error(); got != "set a, b: nothing was changed: the user left" {
		t.Error(got)
	}
}

// leaving is a set whose user leaves as soon as something is sent.
type leaving struct {
	set
	leave func()
}

func (c leaving) Send(ctx context.Context, items []change.Item[entry]) []model.Reply {
	c.leave()
	return c.set.Send(ctx, items)
}

func TestItemAsJSON(t *testing.T) {
	for _, c := range []struct {
		item change.Item[entry]
		want string
	}{
		{change.Plan(entry{"a", 1, 2}), `{"name":"a","was":1,"new":2,"outcome":"planned"}`},
		{change.Refuse(entry{"a", 1, 2}, errors.New(`a "reason"`)), `{"name":"a","was":1,"new":2,"outcome":"refused","note":"a \"reason\""}`},
	} {
		got, err := json.Marshal(c.item)
		if err != nil || string(got) != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	why := errors.New("it has members")
	part := func(items ...change.Item[entry]) change.Part[entry] { return change.Part[entry]{Items: items} }
	done := change.Item[entry]{Outcome: model.Done}
	for _, c := range []struct {
		name string
		r    change.Result[entry]
		want string
	}{
		{"planned", change.Result[entry]{Parts: []change.Part[entry]{part(change.Plan(entry{}))}}, ""},
		{"one refused in a dry run", change.Result[entry]{Parts: []change.Part[entry]{part(change.Refuse(entry{}, why))}}, "it has members"},
		{"a part refused in a dry run", change.Result[entry]{Parts: []change.Part[entry]{{Refused: why}}}, "it has members"},
		{"one of two in a dry run", change.Result[entry]{Title: "set", Parts: []change.Part[entry]{part(change.Plan(entry{}), change.Refuse(entry{}, why))}}, "set: 1 of 2 would be refused"},
		{"done", change.Result[entry]{Executed: true, Parts: []change.Part[entry]{part(done)}}, ""},
		{"all refused for one reason", change.Result[entry]{Executed: true, Parts: []change.Part[entry]{part(change.Refuse(entry{}, why), change.Refuse(entry{}, why))}}, "it has members"},
		{"all refused", change.Result[entry]{Title: "set", Executed: true, Parts: []change.Part[entry]{part(change.Refuse(entry{}, why)), {Refused: errors.New("gone")}}}, "set: refused; nothing was changed"},
		{"some refused", change.Result[entry]{Kind: change.Kind{Past: "set"}, Title: "set a", Executed: true, Parts: []change.Part[entry]{part(done, change.Refuse(entry{}, why))}}, "set a: set 1 of 2"},
	} {
		got := ""
		if err := c.r.Err(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
