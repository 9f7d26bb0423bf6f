package change

import (
	"encoding/json"
	"fmt"

	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/model"
)

// Item is one thing that a change does something to.
type Item[R Row] struct {
	Row     R
	Outcome model.Outcome
	Err     error // why the outcome is Refused or Unknown
}

// Plan is an item that would be done.
func Plan[R Row](row R) Item[R] { return Item[R]{Row: row, Outcome: model.Planned} }

// Refuse is an item that cannot be done, and why.
func Refuse[R Row](row R, why error) Item[R] {
	return Item[R]{Row: row, Outcome: model.Refused, Err: why}
}

// Keep is an item that is as it should be already.
func Keep[R Row](row R) Item[R] { return Item[R]{Row: row, Outcome: model.Unchanged} }

// As is the item with what became of it. why is the reason of Refused and Unknown.
func (i Item[R]) As(outcome model.Outcome, why error) Item[R] {
	i.Outcome, i.Err = outcome, why
	return i
}

// MarshalJSON is the object of the row with the members "outcome" and, where there
// is a reason, "note".
func (i Item[R]) MarshalJSON() ([]byte, error) {
	row, err := json.Marshal(i.Row)
	if err != nil {
		return nil, err
	}
	if len(row) < 2 || row[0] != '{' {
		return nil, fmt.Errorf("a row of a change is %s, which is no JSON object", row)
	}
	rest, err := json.Marshal(struct {
		Outcome model.Outcome `json:"outcome"`
		Note    string        `json:"note,omitempty"`
	}{i.Outcome, reason(i.Err)})
	if err != nil {
		return nil, err
	}
	if len(row) > 2 {
		row = append(row[:len(row)-1], ',')
	} else {
		row = row[:1]
	}
	return append(row, rest[1:]...), nil
}

// String is what would be done, or became of it, in one line.
func (i Item[R]) String() string {
	line := i.Row.Subject() + ": " + i.Row.Effect()
	if i.Outcome != model.Planned {
		line += ": " + string(i.Outcome)
	}
	if i.Err != nil {
		line += ": " + i.Err.Error()
	}
	return line
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Result is what a change would do, or what became of it.
type Result[R Row] struct {
	Kind  Kind
	Title string
	Parts []Part[R]
	// Executed is whether it was run: false in a dry run and in a preview.
	Executed bool
}

// Items are those of all parts, in order.
func (r Result[R]) Items() []Item[R] {
	var items []Item[R]
	for _, p := range r.Parts {
		items = append(items, p.Items...)
	}
	return items
}

// Planned returns the targets of the parts that would do anything.
func (r Result[R]) Planned() []string {
	var targets []string
	for _, p := range r.Parts {
		if p.count(model.Planned) > 0 {
			targets = append(targets, p.Target)
		}
	}
	return targets
}

// Tally counts the items by outcome. A part that is refused without any item
// counts as one.
func (r Result[R]) Tally() Tally {
	var t Tally
	for _, p := range r.Parts {
		if p.Refused != nil && len(p.Items) == 0 {
			t.Refused++
		}
		for _, i := range p.Items {
			t.add(i.Outcome)
		}
	}
	return t
}

// Tally is how many items had each outcome.
type Tally struct{ Planned, Unchanged, Done, Refused, Unknown int }

func (t *Tally) add(o model.Outcome) {
	switch o {
	case model.Planned:
		t.Planned++
	case model.Unchanged:
		t.Unchanged++
	case model.Done:
		t.Done++
	case model.Refused:
		t.Refused++
	default:
		t.Unknown++
	}
}

// All is how many items there are.
func (t Tally) All() int { return t.Planned + t.Unchanged + t.Done + t.Refused + t.Unknown }

// Left is how many items are not as the change wants them.
func (t Tally) Left() int { return t.Planned + t.Refused + t.Unknown }

// Err is nil when everything is, or would be, as the change wants it. Else it is the
// reason where there is one item or target only, and a sum in words otherwise; it
// is an *IncompleteError when something was done or nobody knows.
func (r Result[R]) Err() error {
	t := r.Tally()
	switch {
	case !r.Executed && t.Refused == 0, r.Executed && t.Left() == 0:
		return nil
	case !r.Executed && t.All() == 1, t.Refused == t.All() && t.All() == 1:
		return r.reasons()[0]
	case !r.Executed:
		return fmt.Errorf("%s: %d of %d would be refused", r.Title, t.Refused, t.All())
	case t.Done == 0 && t.Unknown == 0:
		if why := r.reasons(); len(why) == 1 {
			return why[0]
		}
		return fmt.Errorf("%s: refused; nothing was changed", r.Title)
	}
	return &IncompleteError{Title: r.Title, Kind: r.Kind, Tally: t}
}

// reasons are the different reasons why anything is refused, in order.
func (r Result[R]) reasons() []error {
	var all []error
	seen := make(map[string]bool)
	add := func(err error) {
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			all = append(all, err)
		}
	}
	for _, p := range r.Parts {
		add(p.Refused)
		for _, i := range p.Items {
			if i.Outcome == model.Refused {
				add(i.Err)
			}
		}
	}
	return all
}

// IncompleteError says that a change took effect in part, or that nobody knows.
type IncompleteError struct {
	Title string
	Kind  Kind
	Tally Tally
}

func (e *IncompleteError) Error() string {
	done, all := e.Tally.Done+e.Tally.Unchanged, e.Tally.All()
	text := fmt.Sprintf("%s: %s %d of %d", e.Title, e.Kind.Past, done, all)
	if e.Tally.Unknown > 0 {
		text += fmt.Sprintf(", not known of %d", e.Tally.Unknown)
	}
	return text
}

// Planned is how many items of the part would be done.
func (p Part[R]) Planned() int { return p.count(model.Planned) }

func (p Part[R]) count(o model.Outcome) int {
	n := 0
	for _, i := range p.Items {
		if i.Outcome == o {
			n++
		}
	}
	return n
}

// refuse refuses the part and all of its items that would be done.
func (p *Part[R]) refuse(why error) {
	p.Refused = why
	for i := range p.Items {
		if p.Items[i].Outcome == model.Planned {
			p.Items[i].Outcome, p.Items[i].Err = model.Refused, why
		}
	}
}

// stage is the part's result in the audit log.
func (p Part[R]) stage() audit.Stage {
	switch done := p.count(model.Done) + p.count(model.Unchanged); {
	case done == len(p.Items):
		return audit.Done
	case done == p.count(model.Unchanged) && p.count(model.Unknown) == 0:
		return audit.Refused
	}
	return audit.Partly
}

func (p Part[R]) lines() []string {
	lines := make([]string, len(p.Items))
	for i, item := range p.Items {
		lines[i] = item.String()
	}
	return lines
}
