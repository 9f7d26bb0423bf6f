package page

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// ask runs a command and hands its message to the poll.
func ask(t *testing.T, p *Poll[int], cmd tea.Cmd) (next tea.Cmd) {
	t.Helper()
	if cmd == nil {
		t.Fatal("there is no command to run")
	}
	_, next = p.Update(cmd())
	return next
}

var errDown = errors.New("down")

func TestPollKeepsItsPaceAndItsValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, fails := 0, false
		p := Poll[int]{Every: 2 * time.Second, Fetch: func(context.Context) (int, error) {
			if fails {
				return 0, errDown
			}
			n++
			return n, nil
		}}
		if p.Loaded() {
			t.Error("loaded before it was asked")
		}
		next := ask(t, &p, p.Start(t.Context()))
		first := p.At
		if p.Value != 1 || p.Err != nil || !p.Loaded() {
			t.Fatalf("after the first answer: %d, %v", p.Value, p.Err)
		}

		fails = true
		for _, want := range []time.Duration{2, 2, 4, 8, 16, 30, 30} {
			began := time.Now()
			due := next()
			if wait := time.Since(began); wait != want*time.Second {
				t.Errorf("waited %v for the next question, want %v", wait, want*time.Second)
			}
			_, question := p.Update(due)
			next = ask(t, &p, question)
			if p.Value != 1 || p.At != first || !errors.Is(p.Err, errDown) {
				t.Fatalf("a failure left %d of %v, error %v", p.Value, p.At, p.Err)
			}
		}

		fails = false
		_, question := p.Update(next())
		next = ask(t, &p, question)
		if p.Value != 2 || p.Err != nil || !p.At.After(first) {
			t.Errorf("after coming back: %d of %v, error %v", p.Value, p.At, p.Err)
		}
		began := time.Now()
		next()
		if wait := time.Since(began); wait != 2*time.Second {
			t.Errorf("waited %v after coming back, want 2s", wait)
		}
	})
}

func TestPollNeverOverlaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under, most atomic.Int32
		answer := make(chan struct{})
		p := Poll[int]{Fetch: func(context.Context) (int, error) {
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			<-answer
			return 1, nil
		}}
		first := p.Start(t.Context())
		messages := make(chan tea.Msg, 1)
		go func() { messages <- first() }()
		synctest.Wait()
		if p.Refresh() != nil {
			t.Error("a second question while the first has no answer")
		}
		close(answer)
		_, tick := p.Update(<-messages)
		old := tick // the tick of the round that the user cuts short
		second := p.Refresh()
		if second == nil {
			t.Fatal("no question on refresh after an answer")
		}
		if _, cmd := p.Update(old()); cmd != nil {
			t.Error("the tick of an earlier round asks too")
		}
		ask(t, &p, second)
		if most.Load() != 1 {
			t.Errorf("%d questions at once", most.Load())
		}
	})
}

func TestPollDropsAnswersOfAnEarlierLife(t *testing.T) {
	n := 0
	p := Poll[int]{Every: -1, Fetch: func(context.Context) (int, error) { n++; return n, nil }}
	life, end := context.WithCancel(t.Context())
	late := p.Start(life)()
	end()
	now := p.Start(t.Context())
	if arrived, cmd := p.Update(late); arrived || cmd != nil || p.Loaded() {
		t.Error("an answer of an earlier life was taken")
	}
	ask(t, &p, now)
	if p.Value != 2 {
		t.Errorf("the value is %d, want that of the new life", p.Value)
	}
	other := Poll[int]{Fetch: p.Fetch}
	if arrived, _ := p.Update(other.Start(t.Context())()); arrived {
		t.Error("another poll's answer was taken")
	}
}

func TestPollThatAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := true
		p := Poll[int]{Every: -1, Fetch: func(context.Context) (int, error) {
			if fails {
				return 0, errDown
			}
			return 7, nil
		}}
		next := ask(t, &p, p.Start(t.Context()))
		if next == nil {
			t.Fatal("a question that failed is not asked again")
		}
		fails = false
		_, question := p.Update(next())
		if next = ask(t, &p, question); next != nil || p.Value != 7 {
			t.Errorf("value %d, and it asks on: %t", p.Value, next != nil)
		}
		if p.Refresh() == nil {
			t.Error("it cannot be refreshed")
		}
	})
}

func TestPollEndsAQuestionThatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := Poll[int]{Timeout: 3 * time.Second, Fetch: func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}}
		began := time.Now()
		ask(t, &p, p.Start(t.Context()))
		if took := time.Since(began); took != 3*time.Second || !errors.Is(p.Err, context.DeadlineExceeded) {
			t.Errorf("ended after %v with %v", took, p.Err)
		}
	})
}

// A failure makes the value old from the moment on at which the next answer is
// due, and nothing else does.
func TestPollTellsWhatMakesItsValueOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := true
		p := Poll[int]{
			Fetch: func(context.Context) (int, error) {
				if fails {
					return 0, errDown
				}
				return 1, nil
			},
			Pace: func(int, time.Duration) time.Duration { return time.Minute },
		}
		due := ask(t, &p, p.Start(t.Context()))
		if at, problem := p.Freshness(); !at.IsZero() || !errors.Is(problem, errDown) || IsPartial(problem) {
			t.Errorf("before any answer: %v, %v", at, problem)
		}
		fails = false
		_, question := p.Update(due())
		ask(t, &p, question)
		forbidden := errors.New("you may not see sizes")
		if _, problem := p.Freshness(nil, nil); problem != nil {
			t.Errorf("after a whole answer: %v", problem)
		}
		if at, problem := p.Freshness(nil, forbidden); at != p.At || !IsPartial(problem) || !errors.Is(problem, forbidden) {
			t.Errorf("after an answer in part: %v, %v", at, problem)
		}
		fails = true
		time.Sleep(20 * time.Second)
		ask(t, &p, p.Refresh())
		if _, problem := p.Freshness(forbidden); !IsPartial(problem) || !errors.Is(problem, errDown) {
			t.Errorf("the user asked in between, and failed: %v", problem)
		}
		time.Sleep(40 * time.Second)
		ask(t, &p, p.Refresh())
		if _, problem := p.Freshness(forbidden); IsPartial(problem) || !errors.Is(problem, errDown) {
			t.Errorf("the next answer was due: %v", problem)
		}
	})
}

func TestWorst(t *testing.T) {
	part, other := Partial(errors.New("in part")), errors.New("other")
	for _, tc := range []struct {
		problems []error
		want     error
	}{
		{nil, nil},
		{[]error{nil, nil}, nil},
		{[]error{nil, part}, part},
		{[]error{part, nil, errDown, other}, errDown},
	} {
		if got := Worst(tc.problems...); !errors.Is(got, tc.want) {
			t.Errorf("of %v the worst is %v", tc.problems, got)
		}
	}
}

func TestOlder(t *testing.T) {
	early, late, never := time.Unix(1, 0), time.Unix(2, 0), time.Time{}
	for _, tc := range [][3]time.Time{{early, late, early}, {late, early, early}, {never, late, late}, {late, never, late}, {never, never, never}} {
		if got := Older(tc[0], tc[1]); got != tc[2] {
			t.Errorf("the older of %v and %v is %v", tc[0], tc[1], got)
		}
	}
}

func TestPartialProblems(t *testing.T) {
	if Partial(nil) != nil || IsPartial(nil) || IsPartial(errDown) {
		t.Error("what is whole, or failed, is called partial")
	}
	if err := Partial(errDown); !IsPartial(err) || !errors.Is(err, errDown) || err.Error() != "down" {
		t.Errorf("a partial problem is %v", err)
	}
}

func TestMessagesOfAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := Poll[int]{Fetch: func(context.Context) (int, error) { return 1, nil }}
		answer := p.Start(t.Context())()
		_, next := p.Update(answer)
		alarm := next()
		if IsAlarm(answer) || !IsAlarm(alarm) || IsAlarm(nil) {
			t.Errorf("answer %t, alarm %t, nothing %t", IsAlarm(answer), IsAlarm(alarm), IsAlarm(nil))
		}
		other := Poll[int]{Fetch: p.Fetch}
		if !p.Owns(answer) || !p.Owns(alarm) || p.Owns(nil) || other.Owns(answer) || other.Owns(alarm) {
			t.Error("messages are not told apart by their poll")
		}
	})
}
