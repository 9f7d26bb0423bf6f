package widget

import (
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

func TestSparkline(t *testing.T) {
	for _, tc := range []struct {
		values []float64
		width  int
		want   string
	}{
		{nil, 3, "   "},
		{[]float64{0, 0}, 3, " ▁▁"},
		{[]float64{1, 2, 4, 8}, 4, "▂▃▅█"},
		{[]float64{9, 9, 0, 5, 10}, 3, "▁▅█"},
		{[]float64{-1, 10}, 2, "▁█"},
		{[]float64{1}, 0, ""},
	} {
		if got := Sparkline(tc.values, tc.width); got != tc.want {
			t.Errorf("Sparkline(%v, %d) = %q, want %q", tc.values, tc.width, got, tc.want)
		}
	}
}

func TestSparklineFillsItsWidthWhateverTheValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64(), 0, 40).Draw(t, "values")
		width := rapid.IntRange(0, 30).Draw(t, "width")
		if got := text.Width(Sparkline(values, width)); got != width {
			t.Fatalf("%d cells, want %d", got, width)
		}
	})
}

func TestFillAndCenterKeepToTheirArea(t *testing.T) {
	for _, s := range []string{"", "one", "one\ntwo\nthree", strings.Repeat("客户", 60), "\x1b[31mred\x1b[0m " + strings.Repeat("long ", 50)} {
		for _, size := range [][2]int{{0, 0}, {1, 1}, {5, 2}, {80, 20}, {3, 0}} {
			w, h := size[0], size[1]
			if w == 0 {
				h = 0
			}
			checkView(t, Fill(s, w, h), w, h)
			checkView(t, Center(s, w, h), w, h)
		}
	}
}

func TestOverLeavesTheRestOfThePage(t *testing.T) {
	under := Fill(strings.Repeat(strings.Repeat("客x", 20)+"\n", 10), 60, 10)
	box := lipgloss.NewStyle().Border(lipgloss.NormalBorder()).Render("box")
	lines := strings.Split(ansi.Strip(Over(under, box, 60, 10)), "\n")
	x, y := Middle(box, 60, 10)
	if !strings.HasPrefix(lines[y+1], "客x") || !strings.HasSuffix(lines[y+1], "x") || !strings.Contains(lines[y+1], "│box│") {
		t.Errorf("line %d is %q", y+1, lines[y+1])
	}
	if got := strings.Index(lines[y+1], "│box│"); text.Width(lines[y+1][:got]) != x {
		t.Errorf("the box is at %d, Middle says %d", text.Width(lines[y+1][:got]), x)
	}
	checkView(t, Over(under, strings.Repeat("wide", 50), 60, 10), 60, 10)
}

func TestTabsAreMarkedWithoutColour(t *testing.T) {
	tabs := Tabs(theme.New(true), []string{"one", "two"}, 1)
	if !strings.Contains(tabs, "4") || ansi.Strip(tabs) != "one  │  two" {
		t.Errorf("tabs are %q", tabs)
	}
}

func TestWrap(t *testing.T) {
	got := Wrap(lipgloss.NewStyle(), "a few words and averyverylongone", 8)
	for _, line := range got {
		if text.Width(line) > 8 {
			t.Errorf("%q is wider than 8", line)
		}
	}
	if strings.Join(got, "") == "" {
		t.Error("nothing left")
	}
}
