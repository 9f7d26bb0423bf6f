package produce

import (
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
)

// field is what can have the focus, in their order on the screen.
type field int

const (
	topicField field = iota
	keyField
	valueField
	headersField
	settingsField
	fields // how many there are
)

// String is the label of the field.
func (f field) String() string {
	return [...]string{"topic", "key", "value", "headers", "settings"}[f]
}

// part is the part of the record that has the focus, or nil.
func (p *Page) part() *part {
	if p.focus < keyField || p.focus > headersField {
		return nil
	}
	return &p.form.parts[p.focus-keyField]
}

// refocus gives the keys to the field that has the focus.
func (p *Page) refocus() tea.Cmd {
	p.form.topic.Blur()
	for i := range p.form.parts {
		p.form.parts[i].area.Blur()
	}
	if part := p.part(); part != nil {
		return part.area.Focus()
	}
	if p.focus == topicField {
		return p.form.topic.Focus()
	}
	return nil
}

// move goes some fields on, round and round.
func (p *Page) move(by int) tea.Cmd {
	p.focus = (p.focus + field(by) + fields) % fields
	if p.focus == settingsField {
		p.row = 0
		if by < 0 {
			p.row = options - 1
		}
	}
	return p.refocus()
}

// key takes a key press in the form.
func (p *Page) key(key tea.KeyPressMsg) tea.Cmd {
	if p.asking {
		return p.pathKey(key)
	}
	b, _ := p.env.Keys.Resolve(key, keymap.Produce)
	if b.Action != "" {
		p.wanted = false
	}
	if b.Changes && p.env.Client.ReadOnly() {
		return page.Say(page.Failure, "send: the context "+p.env.Client.Name()+" is read-only")
	}
	switch b.Action {
	case keymap.SendPreview:
		p.wanted = true
		return p.showPreview()
	case keymap.NextField:
		return p.move(1)
	case keymap.PrevField:
		return p.move(-1)
	case keymap.Cancel:
		return p.close()
	case keymap.FieldsHelp:
		return page.Open("help")
	case keymap.StartAnew:
		p.begin()
		return p.topicTyped()
	case keymap.EditField:
		return p.edit()
	case keymap.FieldFile:
		return p.askPath()
	case keymap.FieldNull:
		return p.toggleNull()
	case keymap.FieldAsWas:
		return p.putBack()
	case keymap.Up:
		if p.leavesUp() {
			return p.move(-1)
		}
	case keymap.Down:
		if p.leavesDown() {
			return p.move(1)
		}
	case keymap.Accept:
		if p.focus != valueField && p.focus != headersField {
			return p.move(1)
		}
	}
	p.wanted = false
	if p.focus == settingsField {
		return p.settingsKey(b.Action, key)
	}
	return p.typeKey(key)
}

// leavesUp and leavesDown report whether up and down go to another field.
func (p *Page) leavesUp() bool {
	if part := p.part(); part != nil {
		return part.atTop()
	}
	return p.focus == topicField || p.row == 0
}

func (p *Page) leavesDown() bool {
	if part := p.part(); part != nil {
		return part.atBottom()
	}
	return p.focus == topicField || p.row == options-1
}

// typeKey gives a key to the text that has the focus.
func (p *Page) typeKey(key tea.KeyPressMsg) tea.Cmd {
	part := p.part()
	if part == nil {
		return p.typeTopic(key)
	}
	change := part.change
	refused, cmd := part.press(key)
	if refused != "" {
		return page.Say(page.Failure, p.focus.String()+": "+refused)
	}
	if part.change != change {
		p.touch()
	}
	return cmd
}

func (p *Page) typeTopic(msg tea.Msg) tea.Cmd {
	before := p.form.topicName()
	var cmd tea.Cmd
	p.form.topic, cmd = p.form.topic.Update(msg)
	if p.form.topicName() == before {
		return cmd
	}
	p.touch()
	return tea.Batch(cmd, p.topicTyped())
}

// settingsKey gives a key to the row of the settings.
func (p *Page) settingsKey(a keymap.Action, key tea.KeyPressMsg) tea.Cmd {
	d, _ := p.destination()
	n := len(d.Leaders)
	switch {
	case a == keymap.Up:
		p.row--
		return nil
	case a == keymap.Down:
		p.row++
		return nil
	case p.row == timeOption && p.form.again == nil:
		return page.Say(page.Info, "a new record is as old as its sending; one that is sent again can keep its timestamp")
	case a == keymap.NextChoice || key.Code == tea.KeySpace:
		p.form.turn(p.row, 1, n)
	case a == keymap.PrevChoice:
		p.form.turn(p.row, -1, n)
	case key.Code == tea.KeyBackspace:
		p.form.erase(p.row)
	case key.Text == "":
		return nil
	case !p.form.typed(p.row, key.Text, n):
		return page.Say(page.Info, "← and → change "+p.row.String())
	}
	p.touch()
	return nil
}

// toggleNull leaves the part out, or takes it in again.
func (p *Page) toggleNull() tea.Cmd {
	part := p.part()
	if part == nil {
		return page.Say(page.Info, "null is for a key, a value, or headers")
	}
	part.absent = !part.absent
	part.change++
	p.touch()
	return nil
}

// putBack puts the part back to how it was.
func (p *Page) putBack() tea.Cmd {
	part := p.part()
	if part == nil || part.was == nil {
		return page.Say(page.Info, "this was in no record before")
	}
	part.restore()
	if p.focus != headersField {
		side := p.focus - keyField
		p.form.forms[side] = p.form.shown[side]
	}
	return nil
}

// paste gives what was pasted to the field.
func (p *Page) paste(msg tea.PasteMsg) tea.Cmd {
	p.wanted = false
	part := p.part()
	switch {
	case p.asking:
		var cmd tea.Cmd
		p.file, cmd = p.file.Update(msg)
		return cmd
	case p.focus == topicField:
		return p.typeTopic(msg)
	case part == nil:
		return page.Say(page.Info, "nothing can be pasted into the settings")
	}
	refused, cmd := part.paste(msg.Content)
	if refused != "" {
		return page.Say(page.Failure, p.focus.String()+": "+refused)
	}
	p.touch()
	if part.whole == nil {
		return cmd
	}
	return tea.Batch(cmd, page.Say(page.Info, p.focus.String()+": "+bytesText(len(part.whole.text))+" pasted; it is sent as it is, and "+p.label(keymap.EditField)+" edits it"))
}

// wheel moves the cursor in the value.
func (p *Page) wheel(rows int) {
	part := &p.form.parts[valueField-keyField]
	for range max(rows, -rows) {
		if rows > 0 {
			part.area.CursorDown()
		} else {
			part.area.CursorUp()
		}
	}
}

// click gives the focus to the field that was clicked on.
func (p *Page) click(at page.Click) tea.Cmd {
	if p.asking {
		return nil
	}
	lines := p.formLines()
	if i := at.Y + p.formTop(lines); at.Y < p.h-len(p.status()) && i < len(lines) {
		p.focus = lines[i].field
		if p.focus == settingsField && lines[i].row >= 0 {
			p.row = lines[i].row
		}
		return p.refocus()
	}
	return nil
}
