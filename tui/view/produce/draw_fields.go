package produce

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// topicNote is what is known of the topic.
func (p *Page) topicNote() string {
	th := p.env.Theme
	d, known := p.destination()
	switch {
	case p.form.topicName() == "":
		return ""
	case known && d.Compacted:
		return th.Dim.Render(text.Plural(len(d.Leaders), "partition") + ", compacted")
	case known:
		return th.Dim.Render(text.Plural(len(d.Leaders), "partition"))
	case p.poll.Err != nil:
		return th.Bad.Render("✗")
	}
	return th.Dim.Render(page.Loading("topic"))
}

// keyNote is the form of the key, and where it leads.
func (p *Page) keyNote() string {
	th := p.env.Theme
	key, _, err := p.bytes(serde.Key)
	switch {
	case errors.Is(err, errNotYet):
		return th.Dim.Render("…")
	case err != nil:
		return th.Bad.Render("✗")
	}
	note := ""
	switch {
	case key == nil:
	case len(key) == 0:
		note = "empty · "
	default:
		note = p.formWords(serde.Key) + " · "
	}
	d, known := p.destination()
	if !known {
		return th.Dim.Render(strings.TrimSuffix(note, " · "))
	}
	partition, _ := p.form.place(d.Leaders, key, p.dice)
	return th.Dim.Render(note) + th.Text.Render("→ "+partitionText(partition))
}

// formWords is the form of a side, and whether the bytes are those of the record
// that is sent again.
func (p *Page) formWords(side serde.Side) string {
	part := &p.form.parts[side]
	if p.form.asItWas(part) {
		return string(p.form.forms[side]) + ", as it was"
	}
	if form := p.form.forms[side]; form != serde.Auto {
		return string(form)
	}
	return string(p.env.Client.Serde().Written(p.form.topicName(), side))
}

// partLine draws the key or the headers.
func (p *Page) partLine(f field) string {
	th, part := p.env.Theme, &p.form.parts[f-keyField]
	none := map[field]string{keyField: "none", headersField: "none, though there are some here"}[f]
	switch {
	case part.absent && f == headersField && part.empty():
		none = "none"
	case !part.absent && f == headersField && part.empty() && p.focus != f:
		return th.Dim.Render("none")
	}
	if part.absent {
		if p.focus == f && f == keyField {
			none += ": type one"
		}
		return th.Dim.Render(none)
	}
	if part.whole != nil {
		return p.wholeLine(part, p.w-labelWidth-30)
	}
	if f == headersField && p.focus != f && p.h < tall {
		return text.Cut(text.Clean(strings.Join(strings.Split(part.area.Value(), "\n"), "  ")), p.w-labelWidth-3)
	}
	return part.area.View()
}

// wholeLine is the beginning of a text that stands in place of the area.
func (p *Page) wholeLine(part *part, width int) string {
	begin := string(part.whole.text[:min(len(part.whole.text), 400)])
	return p.env.Theme.Text.Render(text.Cut(text.Clean(begin), max(8, width)))
}

// valueHead is the form and the size of the value.
func (p *Page) valueHead() string {
	th, part := p.env.Theme, &p.form.parts[serde.Value]
	if part.absent {
		return th.Warn.Render("null, a tombstone") + th.Dim.Render(": compacted topics delete the key's older records")
	}
	words := p.formWords(serde.Value)
	value, schema, err := p.bytes(serde.Value)
	if err == nil {
		words += " · " + bytesText(len(value))
	}
	if schema != 0 {
		words += fmt.Sprintf(" · schema id %d", schema)
	}
	if part.whole != nil && !part.whole.was {
		words += " · " + text.Clean(part.whole.from)
	}
	return th.Dim.Render(words)
}

// valueLines are those of the value itself.
func (p *Page) valueLines() []string {
	th, part, rows := p.env.Theme, &p.form.parts[serde.Value], p.valueRows()
	var body string
	switch {
	case part.absent:
	case part.whole != nil:
		const most = 16 << 10 // more than any screen has
		lines := strings.Split(text.CleanLines(string(part.whole.text[:min(len(part.whole.text), most)])), "\n")
		for i := range lines {
			lines[i] = th.Dim.Render(text.Cut(lines[i], p.w-4))
		}
		body = strings.Join(lines, "\n")
	default:
		body = part.area.View()
	}
	return strings.Split(widget.Fill(body, max(1, p.w-4), rows), "\n")
}

// valueNote says how the value is, under it.
func (p *Page) valueNote() string {
	th, part := p.env.Theme, &p.form.parts[serde.Value]
	_, _, err := p.bytes(serde.Value)
	note := ""
	switch {
	case part.absent:
	case errors.Is(err, errNotYet):
		note = th.Dim.Render("encoding …")
	case err != nil && part.empty() && !p.form.asItWas(part) && isJSON(p.valueForm()):
		note = th.Dim.Render("it wants JSON; " + p.label(keymap.FieldNull) + " makes it a tombstone")
	case err != nil:
		note = th.Bad.Render("✗ " + text.Clean(err.Error()))
	case p.form.asItWas(part) && part.locked() != "":
		note = th.Dim.Render("sent as it was; " + part.locked())
	case p.form.asItWas(part):
		note = th.Dim.Render("as it was, byte for byte")
	case part.empty():
		note = th.Dim.Render("an empty value; " + p.label(keymap.FieldNull) + " makes it a tombstone")
	default:
		note = p.verdict(part)
	}
	return text.Cut(note, max(1, p.w-4))
}

// valueForm is the form in which the value is written, as far as that is known.
func (p *Page) valueForm() serde.Form {
	if form := p.form.forms[serde.Value]; form != serde.Auto {
		return form
	}
	return p.env.Client.Serde().Written(p.form.topicName(), serde.Value)
}

// verdict is what there is to say of a value that can be encoded.
func (p *Page) verdict(part *part) string {
	th, form := p.env.Theme, p.valueForm()
	switch {
	case isJSON(form):
		return th.Good.Render("✓ " + string(form))
	case form != serde.Text || part.whole != nil || !looksJSON(part.text()):
		return ""
	}
	if err := checkJSON(part.text()); err != nil {
		return th.Warn.Render("! not JSON: " + text.Clean(err.Error()))
	}
	return th.Good.Render("✓ JSON")
}
