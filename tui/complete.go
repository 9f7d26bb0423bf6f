package tui

import (
	"slices"
	"strings"

	"github.com/sahilm/fuzzy"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
)

// suggestion is one line that the palette offers.
type suggestion struct {
	line  string  // what it puts in the field, safe to show: "tail orders"
	args  string  // what has to be typed behind line before it can run: "TOPIC"
	note  string  // a few words beside it
	match []int   // the bytes of line that the typed text matched
	runs  page.Go // what it runs when args is empty, with names as the cluster spells them
}

// names are what the arguments of commands can be, as far as they are known.
type names struct {
	topics, groups       []string
	topicsErr, groupsErr error // why names are missing
	read                 bool  // the cluster has been asked
}

// most is how many suggestions are kept: more than anyone scrolls through.
const most = 200

// complete returns what a line of the palette could become, best first. The
// screens are those that can be opened now; values are what the arguments named
// ARG can be.
func complete(screens []screen, values func(arg string) []string, recent []suggestion, line string) []suggestion {
	line = strings.TrimLeft(line, " ")
	name, rest, spaced := strings.Cut(line, " ")
	if !spaced {
		return completeCommand(screens, recent, name)
	}
	i := slices.IndexFunc(screens, func(s screen) bool { return s.name == name || slices.Contains(s.aliases, name) })
	if i < 0 || len(screens[i].args) == 0 {
		return nil
	}
	s := screens[i]
	return completeValue(s, values(strings.Trim(s.args[0], "[]")), strings.TrimLeft(rest, " "))
}

// recently is how many of the last commands stand above the others.
const recently = 5

func completeCommand(screens []screen, recent []suggestion, typed string) []suggestion {
	var found []suggestion
	if typed == "" {
		for _, r := range recent[:min(recently, len(recent))] {
			r.note, r.match = "again", nil
			found = append(found, r)
		}
		for _, s := range screens {
			if !slices.ContainsFunc(found, func(r suggestion) bool { return r.line == s.name }) {
				found = append(found, s.suggest(nil))
			}
		}
		return found
	}
	names := spellings(screens)
	taken := make(map[string]bool)
	add := func(s screen, match []int) {
		if !taken[s.name] {
			taken[s.name] = true
			found = append(found, s.suggest(match))
		}
	}
	for _, s := range screens {
		if slices.Contains(s.aliases, typed) {
			add(s, nil)
		}
	}
	for _, m := range find(typed, names) {
		add(screens[m.Index], m.MatchedIndexes)
	}
	for _, s := range screens {
		if words := s.help + " " + strings.Join(s.aliases, " "); strings.Contains(strings.ToLower(words), strings.ToLower(typed)) {
			add(s, nil)
		}
	}
	if len(found) == 0 { // typed wrong, not in part
		for _, near := range kafka.Nearest(typed, names) {
			s := screens[slices.Index(names, near)].suggest(nil)
			s.note = "did you mean this?"
			found = append(found, s)
		}
	}
	return found
}

// spellings are the names of commands.
func spellings(screens []screen) []string {
	names := make([]string, len(screens))
	for i, s := range screens {
		names[i] = s.name
	}
	return names
}

// suggest is the command itself as a suggestion.
func (s screen) suggest(match []int) suggestion {
	sug := suggestion{line: s.name, note: s.help, match: match, runs: page.Go{Screen: s.name}}
	if len(s.args) > 0 && !strings.HasPrefix(s.args[0], "[") {
		sug.args = s.args[0]
	}
	return sug
}

func completeValue(s screen, values []string, typed string) []suggestion {
	shown := make([]string, len(values))
	for i, v := range values {
		shown[i] = text.Clean(v)
	}
	var found []suggestion
	add := func(i int, match []int) {
		found = append(found, suggestion{
			line: s.name + " " + shown[i], match: match,
			runs: page.Go{Screen: s.name, Args: []string{values[i]}},
		})
	}
	if typed == "" {
		for i := range shown[:min(most, len(shown))] {
			add(i, nil)
		}
		return found
	}
	for _, m := range find(typed, shown) {
		for i := range m.MatchedIndexes {
			m.MatchedIndexes[i] += len(s.name) + 1
		}
		add(m.Index, m.MatchedIndexes)
	}
	return found
}

// find returns the texts that hold the letters of typed in their order: the same
// text first, then those that begin with it, those that hold it whole, each in
// their own order, and the rest by how closely the letters stand together.
func find(typed string, texts []string) []fuzzy.Match {
	matches := fuzzy.FindNoSort(typed, texts)
	typed = strings.ToLower(typed)
	rank := func(m fuzzy.Match) int {
		switch lower := strings.ToLower(m.Str); {
		case lower == typed:
			return 0
		case strings.HasPrefix(lower, typed):
			return 1
		case strings.Contains(lower, typed):
			return 2
		}
		return scattered
	}
	slices.SortStableFunc(matches, func(a, b fuzzy.Match) int {
		ra, rb := rank(a), rank(b)
		if ra == scattered && rb == scattered {
			return b.Score - a.Score
		}
		return ra - rb
	})
	return matches[:min(most, len(matches))]
}

// scattered is the rank of a match whose letters do not stand together.
const scattered = 3
