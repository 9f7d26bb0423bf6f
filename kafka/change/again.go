package change

import (
	"fmt"

	"github.com/kdeck/kdeck/kafka/model"
)

// Compare freezes parts as they were shown: it returns them, each with what was
// read of its target now. An item that is gone, that is refused by now, or of which
// moved says how it differs, is refused; one that came since is not touched. Most
// changes implement Again with Plan and Compare.
func Compare[R Row](shown, now []Part[R], moved func(shown, now R) string) []Part[R] {
	byTarget := make(map[string]*Part[R], len(now))
	for i := range now {
		byTarget[now[i].Target] = &now[i]
	}
	for i := range shown {
		p := &shown[i]
		there := byTarget[p.Target]
		switch {
		case p.Refused != nil:
		case there == nil:
			p.Refused = &MovedError{Target: p.Target, How: "it is gone"}
		case there.Refused != nil:
			p.Refused = there.Refused
		default:
			p.Before = there.Before
			p.compareItems(there, moved)
		}
	}
	return shown
}

func (p *Part[R]) compareItems(now *Part[R], moved func(shown, now R) string) {
	bySubject := make(map[string]Item[R], len(now.Items))
	for _, item := range now.Items {
		bySubject[item.Row.Subject()] = item
	}
	for i := range p.Items {
		item := &p.Items[i]
		if item.Outcome != model.Planned {
			continue
		}
		there, ok := bySubject[item.Row.Subject()]
		var how string
		switch {
		case !ok:
			how = "it is gone"
		case there.Outcome == model.Refused:
			*item = item.As(model.Refused, there.Err)
			continue
		default:
			how = moved(item.Row, there.Row)
		}
		if how != "" {
			*item = item.As(model.Refused, &MovedError{Target: item.Row.Subject(), How: how})
			continue
		}
	}
}

// MovedError refuses what is no longer as it was shown.
type MovedError struct {
	Target string
	How    string // as in "was at 45, is at 60"
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("%s: nothing was changed, because it moved since the preview: %s; look at a new preview", e.Target, e.How)
}
