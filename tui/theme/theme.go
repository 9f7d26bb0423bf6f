// Package theme holds the colours of the console, by what they mean.
package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
)

// Colours is how many colours a terminal shows.
type Colours int

// How many colours a terminal shows.
const (
	Many Colours = iota // 256 or more
	Few                 // the 16 whose look the user chose
	None                // none, or NO_COLOR is set
)

// Theme is the set of styles that every screen draws with. A style says what a
// text means, never where it stands. Colours are chosen for a dark or a light
// background, from the palette of 256, so that they are the same on a terminal
// that has no more. Without colour (NO_COLOR) bold, faint, underline and reverse
// take their place, so nothing is told by colour alone. Ordinary text has the
// terminal's own colour: it can be read even where the background was guessed
// wrong.
type Theme struct {
	Dark    bool
	Colours Colours

	Text   lipgloss.Style // ordinary text
	Dim    lipgloss.Style // labels, units, what matters less
	Strong lipgloss.Style // the thing a screen is about
	Accent lipgloss.Style // kdeck's own colour: titles, the active tab
	Link   lipgloss.Style // names that can be opened

	Good lipgloss.Style // as it should be
	Warn lipgloss.Style // look at this soon
	Bad  lipgloss.Style // look at this now

	Header  lipgloss.Style // column titles
	Sorted  lipgloss.Style // the title of the column that sorts
	Cursor  lipgloss.Style // the row under the cursor
	Mark    lipgloss.Style // a marked row
	Match   lipgloss.Style // what a filter or search found
	Key     lipgloss.Style // a key that can be pressed
	Bar     lipgloss.Style // the header line
	Badge   lipgloss.Style // a word in a filled box
	Danger  lipgloss.Style // a warning word in a filled box
	Border  lipgloss.Style // lines around things
	Graph   lipgloss.Style // sparklines and charts: much ink, so less light than text
	Overlay lipgloss.Style // a box over a page: border and padding
}

// New returns the theme for a dark or a light background, of many colours.
func New(dark bool) *Theme {
	t := new(Theme)
	t.Set(dark)
	return t
}

// Set changes all styles to those for a dark or a light background. Pages keep
// the pointer, so the next draw uses them.
func (t *Theme) Set(dark bool) {
	pick := lipgloss.LightDark(dark)
	c := func(light, dark string) color.Color { return pick(lipgloss.Color(light), lipgloss.Color(dark)) }
	var (
		text   = c("235", "253")
		dim    = c("242", "246")
		accent = c("25", "117")
		good   = c("22", "114")
		warn   = c("94", "221")
		bad    = c("124", "210")
		row    = c("153", "238")
		panel  = c("254", "236")
		filled = c("231", "233")
		s      = lipgloss.NewStyle
	)
	*t = Theme{
		Dark: dark, Colours: t.Colours,

		Text:   s(),
		Dim:    s().Foreground(dim),
		Strong: s().Bold(true),
		Accent: s().Foreground(accent).Bold(true),
		Link:   s().Foreground(accent),

		Good: s().Foreground(good),
		Warn: s().Foreground(warn),
		Bad:  s().Foreground(bad).Bold(true),

		Header:  s().Foreground(dim).Bold(true),
		Sorted:  s().Foreground(accent).Bold(true),
		Cursor:  s().Foreground(text).Background(row).Bold(true),
		Mark:    s().Foreground(warn).Bold(true),
		Match:   s().Foreground(filled).Background(warn),
		Key:     s().Foreground(accent).Bold(true),
		Bar:     s().Foreground(text).Background(panel),
		Badge:   s().Foreground(filled).Background(accent).Bold(true).Padding(0, 1),
		Danger:  s().Foreground(filled).Background(bad).Bold(true).Padding(0, 1),
		Border:  s().Foreground(dim),
		Graph:   s().Foreground(c("110", "60")),
		Overlay: s().Border(lipgloss.RoundedBorder()).BorderForeground(accent).Padding(0, 1),
	}
	switch t.Colours {
	case Few:
		t.few()
	case None:
		t.few()
		t.none()
	}
}

// Tag is a badge in a colour that the user gave to a cluster, by the names that
// the config file knows; any other name is the ordinary badge.
func (t *Theme) Tag(name string) lipgloss.Style {
	code, ok := map[string]string{
		"red": "160", "orange": "208", "yellow": "220", "green": "35",
		"cyan": "44", "blue": "33", "magenta": "170", "gray": "247",
	}[name]
	if !ok || t.Colours == None {
		return t.Badge
	}
	text := "16"
	if name == "red" || name == "blue" {
		text = "231"
	}
	return lipgloss.NewStyle().Foreground(lipgloss.Color(text)).Background(lipgloss.Color(code)).Bold(true).Padding(0, 1)
}

// SetColours says how many colours the terminal shows.
func (t *Theme) SetColours(c Colours) {
	t.Colours = c
	t.Set(t.Dark)
}

// few does without backgrounds close to that of the terminal: of 16 colours none
// is sure to be.
func (t *Theme) few() {
	t.Cursor = lipgloss.NewStyle().Reverse(true).Bold(true)
	t.Bar = lipgloss.NewStyle()
	t.Graph = t.Dim
}

// none tells apart by other means what colours told apart.
func (t *Theme) none() {
	t.Dim = t.Dim.Faint(true)
	t.Border = t.Border.Faint(true)
	t.Sorted = t.Sorted.Underline(true)
	t.Match = t.Match.Underline(true)
	t.Badge = t.Badge.Reverse(true)
	t.Danger = t.Danger.Reverse(true)
}
