package tail

import (
	"fmt"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/tui/text"
)

// stateLine tells how reading goes, what matters most first, as much as fits.
func (p *Page) stateLine() string {
	th, s := p.env.Theme, p.status
	line := " " + p.state()
	for _, part := range p.facts(s) {
		if text.Width(line)+3+text.Width(part) > p.w {
			break
		}
		line += th.Border.Render(" · ") + th.Dim.Render(part)
	}
	return text.Cut(line, p.w)
}

func (p *Page) facts(s records.FeedStatus) []string {
	if p.search != nil {
		return p.search.facts(s, p.env.Client.Serde().Masks(p.topic))
	}
	facts := []string{text.Rate(s.Rate) + "/s", text.Count(s.Held) + " held"}
	if p.filter.text != "" {
		facts[1] = text.Count(s.Shown) + " of " + text.Count(s.Held) + " held match"
	}
	for _, side := range []serde.Side{serde.Key, serde.Value} {
		if form := p.env.Client.Serde().Choice(p.topic, side); form != serde.Auto {
			facts = append(facts, side.String()+" as "+string(form))
		}
	}
	if n := len(p.marks); n > 0 {
		facts = append(facts, text.Count(n)+" marked")
	}
	if s.Dropped > 0 {
		facts = append(facts, text.Count(s.Dropped)+" older dropped")
	}
	if s.Lag > 0 {
		facts = append(facts, text.Count(s.Lag)+" behind the end")
	} else if s.Lag == 0 && s.Open && s.Problem == nil { // which is not known without an answer
		facts = append(facts, "at the end")
	}
	facts = append(facts, p.scope.words()...)
	facts = append(facts, text.Bytes(s.Bytes)+" of "+text.Bytes(records.DefaultBytes))
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
		return th.Warn.Render("‖ full" + p.place() + added + ": reading waits")
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
