package apply_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/apply"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/cmdtest"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/model"
)

// garden is a cluster of flowers that can be cut.
type garden struct {
	dir      string
	readOnly bool
	flowers  map[string]bool
}

func (g *garden) MayChange(what string) error {
	if g.readOnly {
		return errors.New(what + ": the context is read-only")
	}
	return nil
}

func (g *garden) AuditLog() audit.Log {
	return audit.Log{Path: filepath.Join(g.dir, "audit.jsonl"), Cluster: "garden"}
}
func (g *garden) StateDir() string              { return g.dir }
func (g *garden) RequestTimeout() time.Duration { return time.Second }

// flower is what is cut.
type flower struct {
	Name string `json:"name"`
	Stem *int64 `json:"stem"`
}

func (f flower) Subject() string { return f.Name }
func (f flower) Effect() string  { return "cut" }

// Write is change.Before.
func (f flower) Write(dir string) (string, error) { return filepath.Join(dir, f.Name+".json"), nil }

// cut cuts flowers. The answer about those called thorn is lost; those called wilting
// have a warning; a hedge cannot be planned.
type cut struct {
	on    *garden
	names []string
}

func (c cut) Kind() change.Kind {
	return change.Kind{Action: "cut-flower", Verb: "cut", Past: "cut", Noun: "flower", Asks: change.AskName}
}
func (c cut) Title() string { return "cut " + strings.Join(c.names, ", ") }

func (c cut) Plan(context.Context) ([]change.Part[flower], error) {
	var parts []change.Part[flower]
	for _, name := range c.names {
		p := change.Part[flower]{Target: name}
		switch {
		case name == "hedge":
			return nil, errors.New("a hedge is no flower")
		case !c.on.flowers[name]:
			p.Refused = fmt.Errorf("there is no flower %q", name)
		default:
			p.Items, p.Before = []change.Item[flower]{change.Plan(flower{Name: name})}, flower{Name: name}
		}
		if strings.HasPrefix(name, "wilt") {
			p.Warnings = append(p.Warnings, "it wilts\x1b[2J")
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func (c cut) Again(ctx context.Context, shown []change.Part[flower]) ([]change.Part[flower], error) {
	now, err := c.Plan(ctx)
	return change.Compare(shown, now, func(flower, flower) string { return "" }), err
}

func (c cut) Send(_ context.Context, items []change.Item[flower]) []model.Reply {
	return make([]model.Reply, len(items))
}

func (c cut) Judge(_ context.Context, items []change.Item[flower], _ []model.Reply) []change.Item[flower] {
	for i, item := range items {
		items[i] = item.As(model.Done, nil)
		if strings.HasPrefix(item.Row.Name, "thorn") {
			items[i] = item.As(model.Unknown, errors.New("no answer"))
		}
	}
	return items
}

// newCut is "kdeck cut".
func newCut(on *garden, adds bool) *cobra.Command {
	var flags apply.Flags
	cmd := &cobra.Command{Use: "cut NAME...", RunE: func(cmd *cobra.Command, names []string) error {
		return apply.RunOn(cmd, on, &flags, apply.Table[flower]{
			Titles: "FLOWER STEM",
			Cells:  func(f flower) []string { return []string{f.Name, ""} },
			After: func(out io.Writer, r change.Result[flower]) error {
				_, err := fmt.Fprintln(out, "flowers:", len(r.Items()))
				return err
			},
			Undo: func(p change.Part[flower]) string { return "kdeck plant " + p.Target },
		}, cut{on, names})
	}}
	if adds {
		flags.RegisterAdding(cmd)
	} else {
		flags.Register(cmd)
	}
	return cmd
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args     string
		adds     bool
		readOnly bool
		out      string // with DIR for the folder of the garden
		notes    string
		err      string
		code     int
	}{
		{args: "rose", out: "FLOWER STEM OUTCOME NOTES|rose - planned -|flowers: 1", notes: "dry run: nothing was changed; --execute makes the change"},
		{args: "rose --dry-run -o json", out: `[{"name":"rose","stem":null,"outcome":"planned"}]`, notes: "dry run: nothing was changed; --execute makes the change"},
		{args: "rose", adds: true, out: "FLOWER STEM OUTCOME NOTES|rose - done -|flowers: 1", notes: "rose as it was before: DIR/rose.json|to undo: kdeck plant rose"},
		{args: "rose --dry-run", adds: true, out: "FLOWER STEM OUTCOME NOTES|rose - planned -|flowers: 1", notes: "dry run: nothing was changed"},
		{args: "rose tulip", out: `FLOWER STEM OUTCOME NOTES|rose - planned -|tulip - refused there is no flower "tulip"|flowers: 1`, notes: "dry run: nothing was changed; --execute makes the change",
			err: "cut rose, tulip: 1 of 2 would be refused", code: exit.Refused},
		{args: "tulip", out: `FLOWER STEM OUTCOME NOTES|tulip - refused there is no flower "tulip"|flowers: 0`, notes: "dry run: nothing was changed; --execute makes the change",
			err: `there is no flower "tulip"`, code: exit.Refused},
		{args: "tulip rose --execute -o json", out: `[{"target":"tulip","outcome":"refused","note":"there is no flower \"tulip\""},{"name":"rose","stem":null,"outcome":"done","saved":"DIR/rose.json"}]`,
			notes: "rose as it was before: DIR/rose.json|to undo: kdeck plant rose", err: "cut tulip, rose: cut 1 of 2", code: exit.InPart},
		{args: "thorn --execute", out: "FLOWER STEM OUTCOME NOTES|thorn - unknown no answer|flowers: 1", notes: "thorn as it was before: DIR/thorn.json|to undo: kdeck plant thorn",
			err: "cut thorn: cut 0 of 1, not known of 1", code: exit.InPart},
		{args: "wilting", out: "FLOWER STEM OUTCOME NOTES|wilting - planned -|flowers: 1", notes: "dry run: nothing was changed; --execute makes the change|warning: wilting: it wilts␛[2J"},
		{args: "hedge --execute", err: "cut hedge: nothing was changed: a hedge is no flower", code: exit.Refused},
		{args: "rose --execute", readOnly: true, err: "cut rose: the context is read-only", code: exit.Refused},
		{args: "rose -o json", readOnly: true, out: `[{"name":"rose","stem":null,"outcome":"refused","note":"cut rose: the context is read-only"}]`, notes: "dry run: nothing was changed; --execute makes the change",
			err: "cut rose: the context is read-only", code: exit.Refused},
		{args: "rose --execute --dry-run", err: "if any flags in the group [execute dry-run] are set none of the others can be; [dry-run execute] were all set", code: exit.Refused},
	} {
		on := &garden{dir: t.TempDir(), readOnly: c.readOnly, flowers: map[string]bool{"rose": true, "thorn": true, "wilting": true}}
		out, notes, err := cmdtest.Run(t.Context(), newCut(on, c.adds), nil, strings.Fields(c.args)...)
		flat := func(s string) string {
			sep := "|"
			if strings.HasPrefix(s, "[") || strings.HasPrefix(s, "{") {
				sep = ""
			}
			var lines []string
			for line := range strings.Lines(strings.ReplaceAll(s, on.dir, "DIR")) {
				lines = append(lines, strings.Join(strings.Fields(line), " "))
			}
			return strings.Join(lines, sep)
		}
		compact := strings.NewReplacer(`": `, `":`).Replace(flat(out))
		if compact != c.out || flat(notes) != c.notes || exit.Code(err) != c.code || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("cut %s (adds %v, read-only %v):\nout   %s\nwant  %s\nnotes %s\nwant  %s\nerror %v, code %d\nwant  %s, %d", c.args, c.adds, c.readOnly, compact, c.out, flat(notes), c.notes, err, exit.Code(err), c.err, c.code)
		}
	}
}
