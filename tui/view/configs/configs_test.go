package configs

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

func TestReadable(t *testing.T) {
	for _, tc := range []struct{ name, value, want string }{
		{"retention.ms", "604800000", "604800000 = 7d"},
		{"retention.ms", "-1", "-1"},
		{"retention.ms", "9223372036854775807", "9223372036854775807"},
		{"segment.bytes", "1073741824", "1073741824 = 1.0 GiB"},
		{"segment.bytes", "14", "14"},
		{"num.partitions", "5000", "5000"},
		{"retention.ms", "a week", "a week"},
	} {
		if got := readable(tc.name, tc.value); got != tc.want {
			t.Errorf("%s of %s reads %q, want %q", tc.value, tc.name, got, tc.want)
		}
	}
}

// shown is a page of these entries, or of an error, on a screen of w × h cells.
func shown(t *testing.T, w, h int, entries []configs.Entry, err error) *Page {
	t.Helper()
	keys, keysErr := keymap.New(nil)
	if keysErr != nil {
		t.Fatal(keysErr)
	}
	p := New(page.Env{Theme: theme.New(true), Keys: keys}, keymap.Topic, func(context.Context) (kafka.Snapshot[configs.Entry], error) {
		return kafka.Snapshot[configs.Entry]{Items: entries}, err
	}, nil)
	p.Resize(w, h)
	p.Update(p.Start(t.Context())())
	return p
}

func lines(p *Page) []string { return strings.Split(ansi.Strip(p.View()), "\n") }

func TestWhatWasSetComesFirstAndIsExplained(t *testing.T) {
	p := shown(t, 80, 18, []configs.Entry{
		{Name: "cleanup.policy", Value: "delete", Source: configs.FromDefault, Default: "delete"},
		{Name: "min.insync.replicas", Value: "2", Source: configs.FromBrokerFile, Default: "1"},
		{Name: "retention.ms", Value: "1000", Source: configs.FromTopic, Default: "604800000",
			Doc: "How long\nto <code>retain</code> a log\x1b[2J; -1 < 0 is for ever."},
		{Name: "ssl.key.password", Sensitive: true, Source: configs.FromBrokerFile},
	}, nil)
	view := lines(p)
	for i, want := range []string{"retention.ms", "min.insync.replicas", "ssl.key.password", "cleanup.policy"} {
		if !strings.Contains(view[i+1], want) {
			t.Errorf("row %d is %q, want %s", i+1, view[i+1], want)
		}
	}
	if !strings.Contains(view[3], "(sensitive)") {
		t.Errorf("a password shows as %q", view[3])
	}
	doc := strings.Join(view[15:], " ")
	for _, want := range []string{"Without it: 604800000 = 7d.", "How long to retain a log", "-1 < 0 is for ever."} {
		if !strings.Contains(strings.Join(strings.Fields(doc), " "), want) {
			t.Errorf("the explanation %q lacks %q", doc, want)
		}
	}
	if strings.Contains(p.View(), "\x1b[2J") {
		t.Error("an escape sequence of the cluster reached the screen")
	}
}

func TestViewFillsItsSize(t *testing.T) {
	long := configs.Entry{Name: strings.Repeat("名", 60), Value: strings.Repeat("v", 300), Source: configs.FromTopic, Doc: strings.Repeat("word ", 300)}
	for _, size := range []struct{ w, h int }{{60, 9}, {80, 18}, {160, 42}} {
		view := lines(shown(t, size.w, size.h, []configs.Entry{long}, nil))
		if len(view) != size.h {
			t.Errorf("%d lines at a height of %d", len(view), size.h)
		}
		for _, l := range view {
			if w := text.Width(l); w > size.w {
				t.Errorf("%d cells at a width of %d: %q", w, size.w, l)
			}
		}
	}
}

func TestErrorStandsInThePlaceOfTheEntries(t *testing.T) {
	p := shown(t, 80, 18, nil, errors.New("not authorized; needs DescribeConfigs on Topic:orders"))
	if view := strings.Join(lines(p), "\n"); !strings.Contains(view, "needs DescribeConfigs on Topic:orders") {
		t.Errorf("the screen shows\n%s", view)
	}
}
