package tail

import (
	"fmt"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/tui/text"
)

// stateLines tell how reading goes, and what is read, what matters most first, as
// much as fits.
func (p *Page) stateLines() []string {
	going, about := p.readingFacts(), p.scopeFacts()
	if p.search != nil {
		going = p.search.facts(p.status)
	}
	return []string{p.factLine(p.state(), going), p.factLine(p.env.Theme.Dim.Render(about[0]), about[1:])}
}

func (p *Page) factLine(first string, rest []string) string {
	th, line := p.env.Theme, " "+first
	for _, fact := range rest {
		if text.Width(line)+3+text.Width(fact) > p.w {
			continue
		}
		line += th.Border.Render(" · ") + th.Dim.Render(fact)
	}
	return text.Cut(line, p.w)
}

// readingFacts tell how the tail goes on.
func (p *Page) readingFacts() []string {
	s := p.status
	held := text.Count(s.Held) + " held"
	if p.filter.text != "" {
		held = text.Count(s.Shown) + " of " + text.Count(s.Held) + " held match"
	}
	facts := []string{held + ", " + memory(s)}
	switch {
	case s.Ended || !s.Open: // nothing comes
	case s.History:
		facts = append(facts, text.Rate(s.LookRate)+"/s read")
	default:
		facts = append(facts, text.Rate(s.Rate)+"/s")
	}
	if s.Lag > 0 {
		facts = append(facts, text.Count(s.Lag)+" behind the end")
	} else if s.Lag == 0 && s.Open && s.Problem == nil { // which is not known without an answer
		facts = append(facts, "at the end")
	}
	return facts
}

// memory tells what the held records take, and how many had to leave.
func memory(s records.FeedStatus) string {
	if s.Dropped > 0 {
		return text.Bytes(s.Bytes) + "; " + text.ShortCount(text.Count(s.Dropped), 7) + " older dropped"
	}
	return text.Bytes(s.Bytes) + " of " + text.Bytes(records.DefaultBytes)
}

// scopeFacts tell what is read or looked through, and how.
func (p *Page) scopeFacts() []string {
	s, sc, decoder := p.status, p.scope, p.env.Client.Serde()
	var facts []string
	if p.search != nil {
		sc.from, sc.called = p.search.query.From, ""
	} else if s.Full {
		facts = append(facts, "no room for more until you move on: reading waits")
	}
	facts = append(facts, sc.order())
	switch masks := decoder.Masks(p.topic); {
	case masks && p.filter.text != "":
		facts = append(facts, "masked is not searched")
	case masks:
		facts = append(facts, "masked")
	}
	facts = append(facts, sc.words()...)
	for _, side := range []serde.Side{serde.Key, serde.Value} {
		if form := decoder.Choice(p.topic, side); form != serde.Auto {
			facts = append(facts, side.String()+" as "+string(form))
		}
	}
	if n := len(p.marks); n > 0 {
		facts = append(facts, text.Count(n)+" marked")
	}
	if s.Failed > 0 {
		facts = append(facts, text.Count(s.Failed)+" not comparable", text.Clean(s.WhyFailed.Error()))
	}
	if s.Note != "" {
		facts = append(facts, text.Clean(s.Note))
	}
	return facts
}

// state is the word for what the screen does.
func (p *Page) state() string {
	th, s := p.env.Theme, p.status
	added := ""
	if n := p.log.Added(); n > 0 {
		added = ", " + text.Count(n) + " new"
	}
	switch {
	case p.mistake != nil:
		return th.Bad.Render("✗ not reading")
	case s.Ended && p.search == nil:
		return th.Good.Render("✓ read to the end" + p.place())
	case !s.Open && !s.Ended && s.Problem != nil:
		return th.Bad.Render("✗ cannot read")
	case p.search != nil:
		return p.search.state(th, s)
	case !s.Open:
		return th.Warn.Render("◌ opening")
	case s.Paused:
		return th.Warn.Render("‖ paused" + p.place())
	case s.Full:
		return th.Warn.Render("‖ full" + p.place() + added)
	case !p.log.Following():
		return th.Warn.Render("‖ stopped" + p.place() + added)
	case s.Problem != nil:
		return th.Warn.Render("! following")
	}
	return th.Good.Render("● following")
}

// place is where the cursor stands.
func (p *Page) place() string {
	if held, ok := p.log.Selected(); ok {
		return fmt.Sprintf(" at %d:%d", held.Partition, held.Offset)
	}
	return ""
}
