package apply

import (
	"io"
	"strings"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/model"
)

// print prints the items of a result.
func (t Table[R]) print(out io.Writer, f output.Format, r change.Result[R]) error {
	switch {
	case t.Instead != nil:
		return t.Instead(out)
	case f.JSON():
		return output.WriteJSON(out, objects(r))
	}
	if err := output.Table(out, t.Titles+" OUTCOME NOTES", t.rows(r)); err != nil || t.After == nil {
		return err
	}
	return t.After(out, r)
}

// rows are the rows of the table, with one for each part that was refused as a whole.
func (t Table[R]) rows(r change.Result[R]) [][]string {
	var rows [][]string
	for _, p := range r.Parts {
		if refusedWhole(p) {
			row := make([]string, len(strings.Fields(t.Titles)))
			row[0] = p.Target
			rows = append(rows, append(row, string(model.Refused), output.Reason(p.Refused)))
		}
		for _, item := range p.Items {
			rows = append(rows, append(t.Cells(item.Row), string(item.Outcome), t.notes(item)))
		}
	}
	return rows
}

// notes are what is to be said of an item.
func (t Table[R]) notes(item change.Item[R]) string {
	var all []string
	if t.Notes != nil {
		all = t.Notes(item.Row)
	}
	if item.Err != nil {
		all = append(all[:len(all):len(all)], item.Err.Error())
	}
	return strings.Join(all, "; ")
}

func refusedWhole[R change.Row](p change.Part[R]) bool { return p.Refused != nil && len(p.Items) == 0 }

// refusedPart is a part that was refused as a whole, in JSON.
type refusedPart struct {
	Target  string        `json:"target"`
	Outcome model.Outcome `json:"outcome"`
	Note    string        `json:"note"`
}

// savedItem is an item of a part whose former state was saved, in JSON.
type savedItem[R change.Row] struct {
	item  change.Item[R]
	saved string // the path of the file
}

// MarshalJSON is the object of the item with one member more, "saved".
func (s savedItem[R]) MarshalJSON() ([]byte, error) {
	item, err := s.item.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return output.WithMember(item, "saved", s.saved)
}

// objects are what is printed as JSON. It is never nil, so that nothing is [].
func objects[R change.Row](r change.Result[R]) []any {
	all := []any{}
	for _, p := range r.Parts {
		if refusedWhole(p) {
			all = append(all, refusedPart{p.Target, model.Refused, output.Reason(p.Refused)})
		}
		for _, item := range p.Items {
			if p.Saved == "" {
				all = append(all, item)
				continue
			}
			all = append(all, savedItem[R]{item, p.Saved})
		}
	}
	return all
}
