// Package keymap is the one table of key bindings: which keys start which
// action, where, and what help says about it. Screens never compare key names;
// they receive actions. The footer, the help screen and the documentation are
// all read from the same table.
package keymap

import (
	"fmt"
	"slices"
	"strings"
)

// Action is something a user can do, by a name that the config file uses too.
type Action string

// Scope is a place where bindings hold: a screen, or a kind of screen.
type Scope string

// Binding ties keys to an action in a scope.
type Binding struct {
	Action Action
	Scope  Scope
	Keys   []string // names as Bubble Tea spells them: "enter", "ctrl+c", "G"
	Short  string   // one or two words for the footer; empty keeps it out of there
	Long   string   // a sentence for the help screen
	// Changes marks an action that changes the cluster: it is refused where the
	// context is read-only.
	Changes bool
}

// Label is how the binding's first key is shown, as in "↑" or "enter".
func (b Binding) Label() string {
	if len(b.Keys) == 0 {
		return ""
	}
	return Label(b.Keys[0])
}

// Labels is how all keys of the binding are shown, as in "↑ k".
func (b Binding) Labels() string {
	labels := make([]string, len(b.Keys))
	for i, k := range b.Keys {
		labels[i] = Label(k)
	}
	return strings.Join(labels, " ")
}

// Label is how a key is shown to the user.
func Label(key string) string {
	switch key {
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	}
	return key
}

// Map is a table of bindings without conflicts.
type Map struct {
	bindings []Binding
	byScope  map[Scope][]Binding
}

// New returns the default table with the keys of some actions replaced:
// overrides holds action names and their keys, as the config file writes them.
// An action that does not exist, and a key that would start two actions on the
// same screen, are errors that name what is wrong.
func New(overrides map[string][]string) (*Map, error) {
	bindings := defaults()
	known := make(map[Action]bool, len(bindings))
	for i, b := range bindings {
		known[b.Action] = true
		if keys, ok := overrides[string(b.Action)]; ok {
			bindings[i].Keys = keys
		}
	}
	for name, keys := range overrides {
		if !known[Action(name)] {
			return nil, fmt.Errorf("keys: there is no action %q; the help screen (?) names them all", name)
		}
		if len(keys) == 0 || slices.Contains(keys, "") {
			return nil, fmt.Errorf("keys: the action %q has no key", name)
		}
	}
	m := &Map{bindings: bindings, byScope: make(map[Scope][]Binding)}
	for _, scope := range scopes() {
		if err := m.addScope(scope); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// addScope gathers what holds in a scope: its own bindings and those of all its
// parents.
func (m *Map) addScope(scope Scope) error {
	taken := make(map[string]Action)
	for s := scope; s != ""; s = parents()[s] {
		for _, b := range m.bindings {
			if b.Scope != s {
				continue
			}
			for _, k := range b.Keys {
				if other, ok := taken[k]; ok && other != b.Action {
					return fmt.Errorf("keys: %q starts both %q and %q on the %s screen; give one of them another key", Label(k), other, b.Action, scope)
				}
				taken[k] = b.Action
			}
			m.byScope[scope] = append(m.byScope[scope], b)
		}
	}
	return nil
}

// Resolve returns the binding that a key starts in a scope. A tea.KeyPressMsg
// spells itself as the table does.
func (m *Map) Resolve(pressed fmt.Stringer, scope Scope) (Binding, bool) {
	name := pressed.String()
	for _, b := range m.byScope[scope] {
		if slices.Contains(b.Keys, name) {
			return b, true
		}
	}
	return Binding{}, false
}

// Bindings returns what holds in a scope, nearest first: the screen's own
// bindings, then those of its parents.
func (m *Map) Bindings(scope Scope) []Binding { return m.byScope[scope] }

// In returns the binding of an action in a scope, where it has other keys than
// elsewhere.
func (m *Map) In(scope Scope, a Action) Binding {
	for _, b := range m.byScope[scope] {
		if b.Action == a {
			return b
		}
	}
	return Binding{}
}

// Of returns the binding of an action, for texts that mention a key.
func (m *Map) Of(a Action) Binding {
	for _, b := range m.bindings {
		if b.Action == a {
			return b
		}
	}
	return Binding{}
}
