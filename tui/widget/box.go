package widget

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// Center puts a text in the middle of an area, cut where it is too large. The
// result has exactly h lines.
func Center(s string, w, h int) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	s = lipgloss.NewStyle().Width(min(w, max(1, lipgloss.Width(s)))).MaxHeight(h).Align(lipgloss.Center).Render(s)
	return Fill(lipgloss.Place(w, h, lipgloss.Center, lipgloss.Center, s), w, h)
}

// Fill makes a text exactly w cells wide and h lines high: lines that are too
// long are cut, and missing lines are empty.
func Fill(s string, w, h int) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	lines := strings.Split(s, "\n")
	if len(lines) > h {
		lines = lines[:h]
	}
	for i, line := range lines {
		lines[i] = text.Cut(line, w)
	}
	for len(lines) < h {
		lines = append(lines, "")
	}
	return strings.Join(lines, "\n")
}

// Wrap breaks a text at its spaces into lines of at most width cells, each in
// the style.
func Wrap(style lipgloss.Style, s string, width int) []string {
	lines := strings.Split(ansi.Wrap(s, max(1, width), ""), "\n")
	for i, line := range lines {
		lines[i] = style.Render(line)
	}
	return lines
}

// Tabs draws a line of tab titles with the active one marked.
func Tabs(th *theme.Theme, titles []string, active int) string {
	parts := make([]string, len(titles))
	for i, title := range titles {
		if i == active {
			parts[i] = th.Accent.Underline(true).Render(title)
		} else {
			parts[i] = th.Dim.Render(title)
		}
	}
	return strings.Join(parts, th.Border.Render(tabGap))
}

// tabGap stands between two tab titles.
const tabGap = "  │  "

// TabAt returns the index of the tab whose title Tabs draws at cell x of its
// line, or -1 between the titles.
func TabAt(titles []string, x int) int {
	left := 0
	for i, title := range titles {
		w := text.Width(title)
		if x >= left && x < left+w {
			return i
		}
		left += w + text.Width(tabGap)
	}
	return -1
}

// sparks are the heights that a sparkline is made of.
var sparks = [...]rune{'▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'}

// Sparkline draws the last width values as bars from zero to the largest of
// them; fewer values stand on the right.
func Sparkline(values []float64, width int) string {
	if width <= 0 {
		return ""
	}
	if len(values) > width {
		values = values[len(values)-width:]
	}
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	line := []rune(strings.Repeat(" ", width-len(values)))
	for _, v := range values {
		level := 0
		if top > 0 && v > 0 {
			level = max(0, min(len(sparks)-1, int(v/top*float64(len(sparks)))))
		}
		line = append(line, sparks[level])
	}
	return string(line)
}

// Chart draws the last width values as bars from zero to the largest of them,
// height lines high; fewer values stand on the right.
func Chart(values []float64, width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	values = values[max(0, len(values)-width):]
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	lines := make([]string, height)
	for y := range height {
		line := []rune(strings.Repeat(" ", width-len(values)))
		for _, v := range values {
			eighths := 0
			if top > 0 && v > 0 {
				eighths = max(1, int(v/top*float64(height*len(sparks))))
			}
			line = append(line, barPart(eighths-(height-1-y)*len(sparks)))
		}
		lines[y] = string(line)
	}
	return strings.Join(lines, "\n")
}

// barPart is the part of a bar in one line that has so many eighths left.
func barPart(eighths int) rune {
	if eighths <= 0 {
		return ' '
	}
	return sparks[min(eighths, len(sparks))-1]
}

// Over draws a box over the middle of a text of w × h cells, and clips it there.
func Over(under, box string, w, h int) string {
	x, y := Middle(box, w, h)
	canvas := lipgloss.NewCanvas(w, h)
	canvas.Compose(lipgloss.NewCompositor(lipgloss.NewLayer(under), lipgloss.NewLayer(box).X(x).Y(y)))
	return canvas.Render()
}

// Middle returns where Over puts the top left corner of a box: a little above
// the middle, where the eye is.
func Middle(box string, w, h int) (x, y int) {
	return max(0, (w-lipgloss.Width(box))/2), max(0, (h-lipgloss.Height(box))/3)
}

// Paragraph is a text in the style, a cell from the left edge, broken at its spaces
// and exactly h lines high: what does not fit ends in an ellipsis.
func Paragraph(style lipgloss.Style, s string, w, h int) string {
	lines := strings.Split(ansi.Wrap(s, max(1, w-2), ""), "\n")
	if len(lines) > h {
		lines = lines[:h]
		lines[h-1] = text.Cut(lines[h-1], w-4) + " …"
	}
	for i, line := range lines {
		lines[i] = " " + style.Render(line)
	}
	return Fill(strings.Join(lines, "\n"), w, h)
}
