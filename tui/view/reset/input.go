package reset

import (
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
)

// typed gives keys to the text field of the step.
func (p *wizard) typed(msg tea.Msg) tea.Cmd {
	action := keymap.Action("")
	if key, ok := msg.(tea.KeyPressMsg); ok {
		b, _ := p.env.Keys.Resolve(key, keymap.Input)
		action = b.Action
	}
	switch p.step {
	case partitionStep:
		return p.partitions.typed(p.ctx, action, msg)
	case targetStep:
		switch action {
		case keymap.Accept:
			return p.look()
		case keymap.Cancel:
			p.step = partitionStep
			return nil
		case keymap.Up:
			return p.target.move(-1)
		case keymap.Down:
			return p.target.move(1)
		}
		return p.target.edit(msg)
	case stateStep:
		_, cmd := p.states.list.Update(msg)
		return cmd
	case previewStep:
		_, cmd := p.preview.tabs[p.preview.tab].Update(msg)
		return tea.Batch(cmd, p.lookAtRecords())
	case confirmStep:
		switch action {
		case keymap.Accept:
			return p.write()
		case keymap.Cancel:
			return p.backToPreview()
		}
		return p.confirm.edit(msg)
	case resultStep:
		_, cmd := p.result.list.Update(msg)
		return cmd
	}
	return nil
}

func (p *wizard) mouse(msg tea.Msg) tea.Cmd {
	top := p.tableTop()
	if click, ok := msg.(page.Click); ok {
		if click.Y < top {
			return nil
		}
		msg = page.Click{X: click.X, Y: click.Y - top}
	}
	switch p.step {
	case partitionStep:
		again, cmd := p.partitions.list.Update(msg)
		if again {
			return p.partitions.toggleRow()
		}
		return cmd
	case stateStep:
		again, cmd := p.states.list.Update(msg)
		if again && p.Refuses(keymap.Open) == "" {
			return p.look()
		}
		return cmd
	case previewStep:
		_, cmd := p.preview.tabs[p.preview.tab].Update(msg)
		return tea.Batch(cmd, p.lookAtRecords())
	case resultStep:
		_, cmd := p.result.list.Update(msg)
		return cmd
	case targetStep:
		switch msg := msg.(type) {
		case page.Click:
			return p.target.click(msg.Y)
		case page.Wheel:
			return p.target.move(msg.Rows)
		}
	}
	return nil
}
