package topics

import (
	"errors"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/theme"
)

// What comes beside the rows has a pace of its own, and may be missing for good:
// neither makes the rows old.
func TestWhatIsMissingIsNotOld(t *testing.T) {
	client, err := admin.New(kafka.Config{Name: "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	env := page.Env{Client: client, Theme: theme.New(true), Keys: keys}
	forbidden := errors.New("read log dirs: not authorized; needs Describe on Cluster")
	for name, lose := range map[string]func(*List){
		"offsets of some partitions": func(l *List) { l.Poll.Value.Partial = forbidden },
		"sizes":                      func(l *List) { l.sizes.Err = forbidden },
		"some groups":                func(l *List) { l.groups.Value.Partial = forbidden },
		"policies":                   func(l *List) { l.policies.Err = forbidden },
	} {
		l := New(env)
		l.Poll.At = time.Unix(1, 0)
		lose(l)
		if at, problem := l.Freshness(); at != l.Poll.At || !page.IsPartial(problem) || !errors.Is(problem, forbidden) {
			t.Errorf("without %s: freshness %v, %v", name, at, problem)
		}
	}
}
