package keymap

import "strings"

// Title is the scope as a heading of the help screen and the documentation.
func (s Scope) Title() string {
	switch s {
	case Global:
		return "Everywhere"
	case Table:
		return "In every table"
	case Text:
		return "In running text"
	case Input:
		return "While typing"
	case Command:
		return "On the command line"
	case Help:
		return "In the help"
	case Start:
		return "On the start screen"
	case Tail:
		return "While tailing"
	case Record:
		return "On a record"
	case Reset:
		return "While resetting offsets: partitions"
	case ResetTarget:
		return "While resetting offsets: target"
	case ResetPreview:
		return "While resetting offsets: preview"
	case UndoStates:
		return "While undoing a reset: saved states"
	case ResetResult:
		return "While resetting offsets: result"
	case Produce:
		return "While writing a record"
	case ProduceSend:
		return "Before a record is sent"
	case ProduceSent:
		return "When a record has been sent"
	case Confirm:
		return "Asked before a change"
	case Confirmed:
		return "When a change is over"
	case Topic, Group, Broker:
		return "On a " + string(s)
	}
	return "On the " + string(s) + " screen"
}

// Markdown returns the table as a document: a section for each scope, and a row
// for each action with its keys, what it does, and the name that overrides it
// in the config file.
func (m *Map) Markdown() string {
	var b strings.Builder
	b.WriteString("# Keys\n\n" +
		"This page is written from the table of key bindings. In kdeck, `?` shows the keys\n" +
		"that work on the screen in front of you.\n\n" +
		"Keys can be changed in the config file, under `keys`, by the name of the action:\n\n" +
		"```yaml\nkeys:\n  tail: [T]\n  refresh: [r, f5]\n```\n\n" +
		"Two actions on one key are refused at start, and both are named. Actions marked\n" +
		"*changes the cluster* are refused where the context is read-only.\n")
	for _, scope := range append([]Scope{Global, Table, Text}, scopes()...) {
		m.section(&b, scope)
	}
	return b.String()
}

func (m *Map) section(b *strings.Builder, scope Scope) {
	heading := "\n## " + scope.Title() + "\n\n| keys | what it does | action |\n|---|---|---|\n"
	for _, binding := range m.bindings {
		if binding.Scope != scope {
			continue
		}
		b.WriteString(heading)
		heading = ""
		keys := make([]string, len(binding.Keys))
		for i, k := range binding.Keys {
			keys[i] = "`" + k + "`"
		}
		does := binding.Long
		if binding.Changes {
			does += " *Changes the cluster.*"
		}
		b.WriteString("| " + strings.Join(keys, " ") + " | " + does + " | `" + string(binding.Action) + "` |\n")
	}
}
