package tail_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

var sizes = [][2]int{{80, 24}, {160, 48}}

// TestSearchTheWholeTopic finds what is far behind the tail, shows it with what is
// around it, and follows.
func TestSearchTheWholeTopic(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.fill(t, "orders", 0, 3000)
	for i, size := range sizes {
		s := l.open(t, "tail orders", size[0], size[1])
		s.WaitFor("100 held", "from the last 100")
		s.Type("/", "v-42.").WaitFor(fmt.Sprintf(" %d of 100", i), "enter searches the topic")
		s.Type("enter").WaitFor("✓ searched, following", "found", "looked at", "k-42")
		l.write(t, &kgo.Record{Topic: "orders", Value: fmt.Appendf(nil, "v-42. again %d", i)})
		s.WaitFor(fmt.Sprintf("again %d", i), fmt.Sprint(i+2, " found"))
		s.Type("home", "enter").WaitFor("orders/0 @42", "k-42")
		s.Type("n").WaitFor("@3000")
		s.Type("esc").WaitFor("✓ searched, following")
		s.Type("home", "x").WaitFor("stopped at 0:42", "v-41.", "v-43.", "v-40.").WaitGone("looked at")
	}
}

func TestSearchKinds(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 2)
	for i := range 20 {
		l.write(t, &kgo.Record{Topic: "orders", Partition: int32(i % 2), Value: fmt.Appendf(nil, `{"id":%d,"total":%d.5,"status":"paid"}`, i, 10*i)})
	}
	for _, size := range sizes {
		s := l.open(t, "tail orders", size[0], size[1])
		s.WaitFor("20 held")
		s.Type("/", "/total\":1[78]/", "enter").WaitFor("2 found", `"id":17`, `"id":18`).WaitGone(`"id":16`)
		s.Type("esc").WaitFor("20 held")
		s.Type("/", "value.total > 180 and partition == 1", "enter").WaitFor("1 found", `"id":19`)
		s.Type("esc").WaitFor("20 held")
		s.Type("/", "value.total > \"x\"", "enter").WaitFor("nothing found in 20 records", "20 looked at")
	}
}

// TestAMistakeShowsWhileTyping is pointed at from below, and is not searched for.
func TestAMistakeShowsWhileTyping(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.fill(t, "orders", 0, 3)
	for _, size := range sizes {
		s := l.open(t, "tail orders", size[0], size[1])
		s.WaitFor("3 held")
		s.Type("/", "offset > ofset").WaitFor("^ unknown name ofset")
		lines := strings.Split(s.Text(), "\n")
		for i, line := range lines {
			if at := strings.Index(line, "^ unknown"); at >= 0 && strings.Index(lines[i-1], "ofset") != at {
				t.Errorf("the place is not under the mistake:\n%s\n%s", lines[i-1], line)
			}
		}
		s.Type("enter").WaitFor("^ unknown name ofset")
		s.Type("backspace", "backspace", "backspace", "backspace", "backspace", "1").WaitFor("expression; enter searches", "1 of 3").WaitGone("unknown")
		s.Type("enter").WaitFor("1 found", "v-2.")
		s.Type("esc", "/", "/ab[c/").WaitFor("^ missing closing ]")
		s.Type("esc").WaitFor("3 held")
	}
}

// TestASearchIsPausedCancelledAndGoneOnWith stalls the brokers, so that the search
// cannot end.
func TestASearchIsPausedCancelledAndGoneOnWith(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 3)
	l.fill(t, "orders", 0, 500)
	s := l.open(t, "tail orders", 80, 24)
	s.WaitFor("100 held")
	s.Type("/", "v-7.", "enter").WaitFor("✓ searched", "1 found")
	s.Type("space").WaitFor("‖ paused at 100 %")
	s.Type("esc").WaitFor("100 held", "● following").WaitGone("found")
	l.fill(t, "orders", 500, 501)
	s.WaitFor("101 held")
	s.Type("/", "v-7.", "enter").WaitFor("✓ searched, following", "1 found", "501 looked at")
}

// TestASearchGoesOnBehindARecord finds what is written while a match is open over
// it, and shows it at once when one comes back.
func TestASearchGoesOnBehindARecord(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprint(size[0]), func(t *testing.T) {
			l := newLab(t)
			l.create(t, "orders", 1)
			l.fill(t, "orders", 0, 500)
			s := l.open(t, "tail orders", size[0], size[1])
			s.WaitFor("100 held")
			s.Type("/", "v-42.", "enter").WaitFor("✓ searched, following", "1 found")
			s.Type("enter").WaitFor("orders/0 @42")
			l.write(t, &kgo.Record{Topic: "orders", Value: []byte("v-42. again")})
			s.WaitUntil("the next match", func(screen string) bool {
				if strings.Contains(screen, "orders/0 @500") {
					return true
				}
				s.Type("n")
				return false
			})
			s.Type("n").WaitFor("this is the last match so far")
			s.Type("esc").WaitFor("✓ searched, following", "2 found", "▌")
			s.Type("space").WaitFor("‖ paused")
			s.Type("enter").WaitFor("orders/0 @500")
			s.Type("esc").WaitFor("‖ paused at 100 %", "2 found")
			s.Type("esc").WaitFor("● following", "101 held")
			s.Type("space").WaitFor("‖ paused at 0:500")
			s.Type("enter").WaitFor("orders/0 @500")
			l.write(t, &kgo.Record{Topic: "orders", Value: []byte("later")})
			s.Type("esc").WaitFor("‖ paused at 0:500", "1 behind the end").WaitGone("later")
			s.Type("space", "end").WaitFor("● following", "later")
		})
	}
}

func TestRangeOfATail(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.fill(t, "orders", 0, 50)
	if err := l.commit(t, "billing", "orders", 45); err != nil {
		t.Fatal(err)
	}
	for _, size := range sizes {
		s := l.open(t, "tail orders", size[0], size[1])
		s.WaitFor("50 held")
		s.Type("f", "down", "down", "down", "down").WaitFor("want the name of a group")
		s.Type("billing").WaitFor("enter reads from what billing would read next")
		s.Type("enter").WaitFor("5 held", "v-45.").WaitGone("v-44.")
		s.Type("u").WaitFor("read until", "enter reads on as records come")
		s.Type("down", "enter").WaitFor("✓ read to the end", "5 held")
		s.Type("u", "down", "47").WaitFor("enter reads up to offset 47")
		s.Type("enter").WaitFor("2 held", "✓ read to the end at 0:46", "v-46.").WaitGone("v-47.")
		s.Type("u", "home", "up", "up", "up", "enter").WaitFor("● following", "5 held")
		s.Type("i").WaitFor("committed only", "5 held")
	}
}

// TestOlderPagesComeOnDemand goes up beyond what the tail began with, to the start
// of the topic and back to its end.
func TestOlderPagesComeOnDemand(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.fill(t, "orders", 0, 1500)
	s := l.open(t, "tail orders", 80, 24)
	s.WaitFor("100 held")
	s.Type("home").WaitFor("stopped at 0:1400", "v-1400.").WaitGone("v-1499.")
	s.Type("up").WaitFor("1,100 held", "stopped at 0:1400")
	s.Type("up", "up").WaitFor("v-1398.")
	s.Type("home").WaitFor("stopped at 0:400")
	s.Type("home").WaitFor("1,500 held", "stopped at 0:400")
	s.Type("home").WaitFor("v-0.", "stopped at 0:0")
	s.Type("up").WaitFor("this is the oldest record there is")
	s.Type("end").WaitFor("● following", "v-1499.")
}

func TestMarkedRecordsAreExported(t *testing.T) {
	t.Chdir(t.TempDir())
	l := newLab(t)
	l.create(t, "orders", 1)
	l.fill(t, "orders", 0, 10)
	l.write(t, &kgo.Record{Topic: "orders", Key: []byte("=1"), Value: []byte{0xff}, Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("v")}}})
	s := l.open(t, "tail orders", 80, 24)
	s.WaitFor("11 held")
	s.Type("home", "m", "m").WaitFor("2 marked", "•")
	s.Type("e").WaitFor("write 2 marked records", "file orders.jsonl")
	s.Type("enter").WaitFor("wrote 2 records to orders.jsonl")
	s.Type("e", "enter").WaitFor("orders.jsonl is there already")
	s.Type("e", "backspace", "x", "enter").WaitFor("want a name that ends in")
	s.Type("esc", "m", "home", "m", "m", "down", "up").WaitGone("2 marked")
	for name, want := range map[string]string{"orders.jsonl": "\"offset\":0,"} {
		data, err := os.ReadFile(filepath.Clean(name))
		if err != nil || strings.Count(string(data), "\n") != 2 || !strings.Contains(string(data), want) {
			t.Errorf("%s holds %s (%v)", name, data, err)
		}
	}
	s.Type("K").WaitFor("sent to the terminal: the key")
	s.Type("end", "Y").WaitFor("sent to the terminal: the record")
	if got := s.Clipboard(); !strings.Contains(got, `"key":"=1","value":{"base64":"/w=="},"headers":[{"key":"h","value":"v"}]`) {
		t.Errorf("copied %s", got)
	}
}
