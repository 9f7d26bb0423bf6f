package widget

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

type row struct {
	id  string
	lag int
}

func rowTable() *Table[row] {
	t := NewTable(theme.New(true), func(r row) string { return r.id },
		Column[row]{Title: "name", Min: 8, Flex: 1, Cell: func(r row) string { return r.id }, Cmp: func(a, b row) int { return cmp.Compare(a.id, b.id) }},
		Column[row]{Title: "lag", Min: 6, Right: true, Descending: true, Cell: func(r row) string { return text.Count(r.lag) }, Cmp: func(a, b row) int { return cmp.Compare(a.lag, b.lag) }},
		Column[row]{Title: "note", Min: 6, Drop: 1, Cell: func(r row) string { return "n" + r.id }},
	)
	t.Resize(60, 8)
	return t
}

func rows(ids ...string) []row {
	out := make([]row, len(ids))
	for i, id := range ids {
		out[i] = row{id, len(ids) - i}
	}
	return out
}

func ids(items []row) []string {
	out := make([]string, len(items))
	for i, r := range items {
		out[i] = r.id
	}
	return out
}

// TestCursorAndMarksFollowTheirItems plays any sequence of moves, marks, filters
// and new items, and holds the table to a plain model of what should be where.
func TestCursorAndMarksFollowTheirItems(t *testing.T) {
	item := rapid.Custom(func(t *rapid.T) row {
		return row{fmt.Sprintf("t%02d", rapid.IntRange(0, 30).Draw(t, "id")), rapid.IntRange(0, 5).Draw(t, "lag")}
	})
	rapid.Check(t, func(t *rapid.T) {
		table := rowTable()
		marked := make(map[string]bool)
		selected := func() string {
			r, _ := table.Selected()
			return r.id
		}
		t.Repeat(map[string]func(*rapid.T){
			"items": func(t *rapid.T) {
				items := rapid.SliceOfNDistinct(item, 0, 25, func(r row) string { return r.id }).Draw(t, "items")
				before := selected()
				table.SetItems(items)
				if slices.Contains(ids(table.Shown()), before) && selected() != before {
					t.Fatalf("the cursor was on %q, which is still there, and is on %q", before, selected())
				}
				for id := range marked {
					if !slices.Contains(ids(items), id) {
						delete(marked, id)
					}
				}
			},
			"move": func(t *rapid.T) { table.Move(rapid.IntRange(-9, 9).Draw(t, "rows")) },
			"mark": func(t *rapid.T) {
				if id := selected(); id != "" {
					if table.ToggleMark(); marked[id] {
						delete(marked, id)
					} else {
						marked[id] = true
					}
				}
			},
			"sort": func(t *rapid.T) {
				before := selected()
				if table.SortNext(); selected() != before {
					t.Fatalf("sorting moved the cursor from %q to %q", before, selected())
				}
			},
			"reverse": func(t *rapid.T) {
				before := selected()
				if table.Reverse(); selected() != before {
					t.Fatalf("turning round moved the cursor from %q to %q", before, selected())
				}
			},
			"filter": func(t *rapid.T) {
				table.SetFilter(rapid.SampledFrom([]string{"", "1", "t1", "T12", "x"}).Draw(t, "filter"))
			},
			"resize": func(t *rapid.T) {
				table.Resize(rapid.IntRange(0, 90).Draw(t, "w"), rapid.IntRange(0, 12).Draw(t, "h"))
			},
			"": func(t *rapid.T) {
				checkTable(t, table)
				var got []string
				for _, r := range table.MarkedItems() {
					got = append(got, r.id)
				}
				slices.Sort(got)
				want := slices.Sorted(func(yield func(string) bool) {
					for id := range marked {
						if !yield(id) {
							return
						}
					}
				})
				if !slices.Equal(got, want) {
					t.Fatalf("marked are %v, want %v", got, want)
				}
			},
		})
	})
}

// checkTable holds what is true of every table at every moment.
func checkTable(t *rapid.T, table *Table[row]) {
	if !slices.IsSortedFunc(table.Items(), table.compare) {
		t.Fatalf("not in order: %v", ids(table.Items()))
	}
	want := strings.ToLower(table.FilterText())
	var through []string
	for _, r := range table.Items() {
		if table.matches(r, want) {
			through = append(through, r.id)
		}
	}
	if !slices.Equal(ids(table.Shown()), through) {
		t.Fatalf("the filter %q shows %v, want %v", want, ids(table.Shown()), through)
	}
	if _, ok := table.Selected(); ok != (len(through) > 0) {
		t.Fatalf("selected is %t with %d rows", ok, len(through))
	}
	if table.rows() > 0 && len(through) > 0 && (table.cursor < table.top || table.cursor >= table.top+table.rows()) {
		t.Fatalf("the cursor %d is outside of the window %d+%d", table.cursor, table.top, table.rows())
	}
	checkView(t, table.View(), table.width, table.height)
}

func checkView(t interface{ Fatalf(string, ...any) }, view string, w, h int) {
	if h <= 0 {
		if view != "" {
			t.Fatalf("no height, and yet %q", view)
		}
		return
	}
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Fatalf("%d lines, want %d", len(lines), h)
	}
	for _, line := range lines {
		if got := text.Width(line); got > w {
			t.Fatalf("a line of %d cells in a width of %d: %q", got, w, line)
		}
	}
}

func TestLayoutAtEveryWidth(t *testing.T) {
	table := rowTable()
	table.SetItems(rows("plain", strings.Repeat("long", 50), "客户事件的名字很长很长很长", "\x1b[2J\x1b]0;title\x07\r\n\tescape", "\xff\xfe", "👩‍👩‍👧 family"))
	for w := range 220 {
		for i := range len(table.Shown()) {
			table.First()
			table.Move(i)
			table.Resize(w, 8)
			view := table.View()
			checkView(t, view, w, 8)
			if strings.ContainsAny(ansi.Strip(view), "\x1b\a\r\t") {
				t.Fatalf("unsafe bytes at width %d: %q", w, view)
			}
		}
	}
}

func TestNumbersLineUpOnTheRight(t *testing.T) {
	table := rowTable()
	table.SetItems([]row{{"a", 5}, {"客户", 12_345}})
	lines := strings.Split(ansi.Strip(table.View()), "\n")
	end := func(line, s string) int {
		before, _, _ := strings.Cut(line, s)
		return text.Width(before + s)
	}
	if a, b := end(lines[1], " 5"), end(lines[2], "12,345"); a != b {
		t.Errorf("the numbers end at cells %d and %d:\n%s\n%s", a, b, lines[1], lines[2])
	}
}

func TestNarrowTablesDropWhatMattersLeast(t *testing.T) {
	table := rowTable()
	table.SetItems(rows("a"))
	if !strings.Contains(table.View(), "note") {
		t.Error("the note is missing where there is room")
	}
	table.Resize(22, 8)
	if view := ansi.Strip(table.View()); strings.Contains(view, "note") || !strings.Contains(view, "lag") {
		t.Errorf("at 22 cells:\n%s", view)
	}
}

func TestClicks(t *testing.T) {
	table := rowTable()
	table.SetItems(rows("a", "b", "c"))
	if table.Click(3, 1) {
		t.Error("the first click on the first row opens it")
	}
	if !table.Click(3, 1) {
		t.Error("the second click does not open")
	}
	if table.Click(3, 3) {
		t.Error("a click on another row opens")
	}
	if r, _ := table.Selected(); r.id != "c" {
		t.Errorf("the click selected %q, want c", r.id)
	}
	table.Move(-1)
	if table.Click(3, 3) {
		t.Error("a click opens after the cursor has left the row")
	}
	for _, y := range []int{4, 7, 100, -1} {
		if table.Click(3, y) {
			t.Errorf("a click beside the rows, at %d, opens", y)
		}
	}

	before, _, _ := strings.Cut(ansi.Strip(table.View()), "lag")
	at := text.Width(before)
	table.Click(at, 0)
	if got := ids(table.Shown()); table.SortedBy() != "lag" || !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("a click on the title of lag sorts by %s: %v", table.SortedBy(), got)
	}
	table.Click(at, 0)
	if got := ids(table.Shown()); !slices.Equal(got, []string{"c", "b", "a"}) {
		t.Errorf("a second click does not turn round: %v", got)
	}
}

func TestFilterLooksAtEveryCellAndIgnoresCase(t *testing.T) {
	table := rowTable()
	table.SetItems([]row{{"orders", 12_345}, {"Payments", 7}})
	for filter, want := range map[string][]string{
		"":       {"Payments", "orders"},
		"PAY":    {"Payments"},
		"12,3":   {"orders"},
		"norder": {"orders"},
		"zzz":    {},
	} {
		table.SetFilter(filter)
		if got := ids(table.Shown()); !slices.Equal(got, want) {
			t.Errorf("%q shows %v, want %v", filter, got, want)
		}
	}
}

func TestMarkAll(t *testing.T) {
	table := rowTable()
	table.SetItems(rows("a1", "b1", "a2"))
	table.SetFilter("a")
	table.MarkAll()
	if got := ids(table.MarkedItems()); !slices.Equal(got, []string{"a1", "a2"}) {
		t.Errorf("marked are %v, want what the filter shows", got)
	}
	table.MarkAll()
	if got := table.MarkedItems(); len(got) != 0 {
		t.Errorf("marked are %v after unmarking all", got)
	}
}

// TestColumnsWithoutOrderKeepTheOrderOfTheItems: a list that is made in an order,
// such as worst first, stays in it.
func TestColumnsWithoutOrderKeepTheOrderOfTheItems(t *testing.T) {
	table := NewTable(theme.New(true), func(s string) string { return s }, Column[string]{Title: "what", Cell: func(s string) string { return s }})
	table.SetItems([]string{"worst", "bad", "fine"})
	if got := fmt.Sprint(table.Shown()); got != "[worst bad fine]" {
		t.Errorf("the items stand as %s", got)
	}
}

// TestColumnsLeaveAMargin looks at the right edge of rows and titles.
func TestColumnsLeaveAMargin(t *testing.T) {
	table := rowTable()
	table.SetItems(rows("a", "b"))
	for _, w := range []int{20, 30, 60, 160} {
		table.Resize(w, 4)
		for _, line := range strings.Split(ansi.Strip(table.View()), "\n") {
			if got := text.Width(strings.TrimRight(line, " ")); got > w-margin {
				t.Errorf("at %d cells a line takes %d: %q", w, got, line)
			}
		}
	}
}

// TestColumnsGetNarrowerWhereNoneCanGo takes away the room for two columns that
// never go: the flexible one gives its cells first.
func TestColumnsGetNarrowerWhereNoneCanGo(t *testing.T) {
	columns := []Column[row]{
		{Title: "name", Min: 24, Flex: 1}, {Title: "lag", Min: 12, Right: true}, {Title: "note", Min: 6, Drop: 1},
	}
	for _, c := range []struct {
		width int
		want  []int
	}{
		{60, []int{35, 12, 6}},
		{49, []int{24, 12, 6}},
		{48, []int{23, 12, 6}},
		{41, []int{24, 12}},
		{37, []int{20, 12}},
		{25, []int{8, 12}},
		{20, []int{7, 8}},
		{5, []int{5, 4}}, // titles stay whole; the line is cut
	} {
		if got := layoutColumns(columns, c.width).widths; !slices.Equal(got, c.want) {
			t.Errorf("at %d cells the columns are %v wide, want %v", c.width, got, c.want)
		}
	}
}
