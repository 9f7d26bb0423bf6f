package produce

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/textarea"
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// mostBytes bounds what is taken from a paste, a file or an editor: far more than
// any topic takes in one record.
const mostBytes = 32 << 20

// part is the key, the value or the headers while they are written, as text.
type part struct {
	area   textarea.Model
	whole  *whole    // what the area cannot hold, in its place
	absent bool      // no key, a tombstone, no headers; what was typed is kept
	was    *original // in a record that is sent again
	change int       // counts the changes
}

// whole is text that is sent as it is, or edited elsewhere.
type whole struct {
	text []byte
	from string // as in "pasted" or "order.json"
	was  bool   // it is the original
}

// original is a part of the record that is sent again.
type original struct {
	null   bool
	text   []byte // as it is shown, and can be edited
	locked string // why it cannot be edited, or ""
}

func newPart(absent bool, was *original) part {
	p := part{area: widget.NewArea(), absent: absent, was: was}
	if was != nil {
		p.restore()
	}
	return p
}

// restore puts the original back.
func (p *part) restore() {
	p.absent = p.was.null
	p.put(p.was.text, "")
	if p.was.locked != "" {
		p.area.Reset() // the original is never what one types in
		p.whole = &whole{text: p.was.text}
	}
	if p.whole != nil {
		p.whole.from, p.whole.was = "as it was", true
	}
	p.area.MoveToBegin()
	p.change++
}

// put takes a text in place of what there is.
func (p *part) put(data []byte, from string) {
	p.whole = nil
	if s := string(data); widget.AreaHolds(s) {
		p.area.SetValue(s)
	} else {
		p.area.Reset()
		p.whole = &whole{text: data, from: from}
	}
	p.change++
}

// text is what is written.
func (p *part) text() []byte {
	if p.whole != nil {
		return p.whole.text
	}
	return []byte(p.area.Value())
}

// untouched reports whether it is the original, byte for byte.
func (p *part) untouched() bool {
	switch {
	case p.was == nil || p.absent != p.was.null:
		return false
	case p.absent:
		return true
	case p.whole != nil:
		return p.whole.was
	}
	return p.was.locked == "" && p.area.Value() == string(p.was.text)
}

// empty reports whether nothing would be lost if something took its place.
func (p *part) empty() bool { return p.whole == nil && p.area.Value() == "" }

// press takes a key press; refused says why it does nothing.
func (p *part) press(key tea.KeyPressMsg) (refused string, cmd tea.Cmd) {
	if p.whole != nil && !p.absent {
		switch {
		case key.Code == tea.KeyBackspace || key.Code == tea.KeyDelete:
			p.put(nil, "")
		case key.Text != "" || key.Code == tea.KeyEnter:
			return p.why(), nil
		}
		return "", nil
	}
	if !widget.AreaHolds(key.Text) {
		return "this field cannot show such a character", nil
	}
	if p.absent && key.Text != "" && p.whole != nil {
		p.put(nil, "")
	}
	before := p.area.Value()
	if key.Text != "" && !widget.AreaHolds(before+key.Text) {
		return "this field is full; the editor takes more", nil
	}
	p.area, cmd = p.area.Update(key)
	if key.Text != "" || p.area.Value() != before {
		p.absent = false
		p.change++
	}
	return "", cmd
}

// why says why a text that stands in place of the area takes no keys.
func (p *part) why() string {
	if p.whole.was && p.was.locked != "" {
		return p.was.locked + "; it can be sent as it was, and backspace empties it"
	}
	return "it is too large for this field, or has what that cannot show; the editor takes it, and backspace empties it"
}

// locked says why it cannot be edited anywhere, or "".
func (p *part) locked() string {
	if p.whole != nil && p.whole.was {
		return p.was.locked
	}
	return ""
}

// paste takes what was pasted; refused says why not.
func (p *part) paste(s string) (refused string, cmd tea.Cmd) {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s) // terminals paste line feeds as either
	switch {
	case len(s) > mostBytes:
		return tooMuch(len(s)), nil
	case p.absent || p.empty():
		p.absent = false
		p.put([]byte(s), "pasted")
		return "", nil
	case p.whole != nil:
		return p.why(), nil
	case !widget.AreaHolds(s) || !widget.AreaHolds(p.area.Value()+s):
		return "that is too large for this field, or has what it cannot show; paste it into an empty one, or take it from a file", nil
	}
	p.area, cmd = p.area.Update(tea.PasteMsg{Content: s})
	p.change++
	return "", cmd
}

func tooMuch(n int) string {
	return fmt.Sprintf("%s is more than a record can have here, which is %s", text.Bytes(int64(n)), text.Bytes(mostBytes))
}

// atTop and atBottom report whether up and down would leave the text.
func (p *part) atTop() bool {
	return p.absent || p.whole != nil || p.area.Line() == 0 && p.area.LineInfo().RowOffset == 0
}

func (p *part) atBottom() bool {
	info := p.area.LineInfo()
	return p.absent || p.whole != nil || p.area.Line() == p.area.LineCount()-1 && info.RowOffset >= info.Height-1
}
