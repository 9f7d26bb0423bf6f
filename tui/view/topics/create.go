package topics

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// create is the form of a new topic. What is typed is checked as far as kdeck can; the
// page that asks before the creation shows what the controller says to it.
type create struct {
	env    page.Env
	fields []createField
	at     int // the field with the cursor
	w, h   int
}

// createField is a line of the form.
type createField struct {
	label, about string
	field        widget.Field
}

// newCreate returns the form.
func newCreate(env page.Env) *create {
	p := &create{env: env, fields: []createField{
		{label: "name", about: "letters, digits, '.', '_' and '-'"},
		{label: "partitions", about: "empty: num.partitions of the brokers"},
		{label: "replicas", about: "copies of each; empty: default.replication.factor"},
		{label: "settings", about: "KEY=VALUE, as in retention.ms=86400000; blanks between several"},
	}}
	for i := range p.fields {
		p.fields[i].field = widget.NewField("")
	}
	return p
}

// Title is the page's part of the path.
func (p *create) Title() string { return "new topic" }

// Scope is that of the list; all keys go to the fields.
func (p *create) Scope() keymap.Scope { return keymap.Topics }

// Typing reports that a field has the keys.
func (p *create) Typing() bool { return true }

// Start puts the cursor into the field where it was.
func (p *create) Start(context.Context) tea.Cmd { return p.fields[p.at].field.Focus() }

// Freshness is none: the form shows nothing of the cluster.
func (p *create) Freshness() (time.Time, error) { return time.Now(), nil }

// Do carries out no action: the fields have the keys.
func (p *create) Do(keymap.Action) (handled bool, cmd tea.Cmd) { return false, nil }

// Update takes keys.
func (p *create) Update(msg tea.Msg) tea.Cmd {
	key, pressed := msg.(tea.KeyPressMsg)
	if _, pasted := msg.(tea.PasteMsg); !pressed && !pasted {
		return nil
	}
	if pressed {
		b, _ := p.env.Keys.Resolve(key, keymap.Input)
		switch b.Action {
		case keymap.Cancel:
			return page.Ask(page.Back{})
		case keymap.Up:
			return p.move(-1)
		case keymap.Down, keymap.Complete:
			return p.move(1)
		case keymap.Accept:
			return p.accept()
		}
	}
	var cmd tea.Cmd
	p.fields[p.at].field, cmd = p.fields[p.at].field.Update(msg)
	return cmd
}

// move puts the cursor into another field.
func (p *create) move(by int) tea.Cmd {
	p.fields[p.at].field.Blur()
	p.at = (p.at + by + len(p.fields)) % len(p.fields)
	return p.fields[p.at].field.Focus()
}

// accept goes to the next field, and from the last one to the question.
func (p *create) accept() tea.Cmd {
	if p.at < len(p.fields)-1 {
		return p.move(1)
	}
	spec, err := p.spec()
	if err != nil {
		return page.Say(page.Failure, err.Error())
	}
	return page.Ask(page.Show{Page: page.NewChange(p.env, "create "+spec.Name, p.env.Client.Topics.Create(spec))})
}

// spec is what is typed.
func (p *create) spec() (topics.Spec, error) {
	value := func(i int) string { return strings.TrimSpace(p.fields[i].field.Value()) }
	spec := topics.Spec{Name: value(0), Partitions: topics.BrokerDefault, ReplicationFactor: topics.BrokerDefault}
	if err := topics.CheckName(spec.Name); err != nil {
		return spec, err
	}
	for i, most := range map[int]int{1: 1 << 30, 2: 1 << 14} {
		text := value(i)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > most {
			return spec, fmt.Errorf("%s %q: want a number from 1 on", p.fields[i].label, text)
		}
		if i == 1 {
			spec.Partitions = int32(n)
		} else {
			spec.ReplicationFactor = int16(n)
		}
	}
	var err error
	spec.Configs, err = topics.ParseConfigs(strings.Fields(value(3)))
	return spec, err
}

// Resize sets the size of the page.
func (p *create) Resize(w, h int) {
	p.w, p.h = w, h
	for i := range p.fields {
		p.fields[i].field.SetWidth(max(10, min(60, w-16)))
	}
}

// View draws the fields, what each means, what is wrong, and what enter does.
func (p *create) View() string {
	th := p.env.Theme
	lines := []string{""}
	for i, f := range p.fields {
		mark, label := "  ", th.Dim
		if i == p.at {
			mark, label = th.Accent.Render("▌ "), th.Strong
		}
		lines = append(lines, mark+label.Render(fmt.Sprintf("%-11s", f.label))+" "+f.field.View(), strings.Repeat(" ", 14)+th.Dim.Render(f.about))
	}
	lines = append(lines, "")
	if spec, err := p.spec(); err == nil {
		for _, command := range []string{spec.Command(), spec.KafkaCommand()} {
			for _, line := range widget.Wrap(th.Dim, command, p.w-2) {
				lines = append(lines, " "+line)
			}
		}
	} else if spec.Name != "" {
		for _, line := range widget.Wrap(th.Warn, "! "+text.Clean(err.Error()), p.w-2) {
			lines = append(lines, " "+line)
		}
	}
	lines = append(lines, "", " "+th.Dim.Render("↑ ↓ tab move; enter in the last field shows what would be created"))
	return widget.Fill(strings.Join(lines, "\n"), p.w, p.h)
}
