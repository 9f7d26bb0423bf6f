package groups

import (
	"fmt"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// failed is the report of an action that changed nothing.
func failed(th *theme.Theme, what string, err error) page.Report {
	return page.Report{
		Notice: page.Notify{Level: page.Failure, Text: what + ": nothing was done"},
		Lines:  []page.Line{{Style: th.Bad, Text: "✗ " + err.Error()}},
	}
}

// outcomeLine is what became of one item.
func outcomeLine(th *theme.Theme, o model.Outcome, item string, err error) page.Line {
	switch o {
	case model.Done:
		return page.Line{Style: th.Good, Text: "✓ " + item}
	case model.Unknown:
		return page.Line{Style: th.Warn, Text: "? " + item + ": " + err.Error()}
	}
	return page.Line{Style: th.Bad, Text: "✗ " + item + ": " + err.Error()}
}

// unnoted says that the audit log does not tell the outcome.
func unnoted(th *theme.Theme, err error) []page.Line {
	if err == nil {
		return nil
	}
	return []page.Line{{Style: th.Warn, Text: "! " + err.Error()}}
}

// summed is the notice of an action on several items.
func summed(what string, done, all int, noun string) page.Notify {
	if done < all {
		return page.Notify{Level: page.Failure, Text: fmt.Sprintf("%s: done for %d of %s", what, done, text.Plural(all, noun))}
	}
	return page.Notify{Level: page.Success, Text: what + ": done"}
}
