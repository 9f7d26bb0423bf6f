package page

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Poll keeps one answer of the cluster fresh. The next question is asked an
// interval after the last answer has arrived, so questions never overlap; while
// they fail, the last good answer stays, with its age, and the interval doubles.
// The zero value of a field after Fetch is its default.
type Poll[T any] struct {
	// Fetch asks the question. It must honour ctx. It may be replaced between two
	// questions.
	Fetch func(ctx context.Context) (T, error)
	// Every is the time from an answer to the next question; 5 seconds unless
	// set. Negative asks only once, and on Refresh.
	Every time.Duration
	// Pace, when set, chooses the time to the next question in place of Every,
	// from the last good answer and how long it took.
	Pace func(value T, took time.Duration) time.Duration
	// Timeout bounds one question; 15 seconds unless set, which lets the client
	// try a second broker after a first that does not answer.
	Timeout time.Duration

	// Value is the last good answer, At when it arrived (zero before the first),
	// Err why the newest question failed, or nil.
	Value T
	At    time.Time
	Err   error

	ctx      context.Context
	asking   bool
	tried    time.Time // when the newest question was answered or failed
	failures int
	round    int // ticks of an earlier round are void
}

const (
	defaultEvery   = 5 * time.Second
	defaultTimeout = 15 * time.Second
	maxBackoff     = 30 * time.Second
)

// answered and due are a Poll's own messages; the poll pointer is their address.
type answered[T any] struct {
	poll  *Poll[T]
	ctx   context.Context
	value T
	at    time.Time
	took  time.Duration
	err   error
}

type due[T any] struct {
	poll  *Poll[T]
	round int
}

func (due[T]) alarm() {}

// IsAlarm reports whether a message only tells a poll that it is time to ask:
// nothing on the screen changes with it.
func IsAlarm(msg tea.Msg) bool {
	_, ok := msg.(interface{ alarm() })
	return ok
}

// Owns reports whether a message is this poll's own.
func (p *Poll[T]) Owns(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case answered[T]:
		return msg.poll == p
	case due[T]:
		return msg.poll == p
	}
	return false
}

// Start begins a life of the poll: it asks at once, and again and again until
// ctx ends. Call it from Page.Start.
func (p *Poll[T]) Start(ctx context.Context) tea.Cmd {
	p.ctx, p.asking, p.failures = ctx, false, 0
	return p.Refresh()
}

// Refresh asks now, unless a question is under way or the poll has not started.
func (p *Poll[T]) Refresh() tea.Cmd {
	if p.asking || p.ctx == nil {
		return nil
	}
	p.asking = true
	p.round++
	fetch, parent, timeout := p.Fetch, p.ctx, p.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, timeout)
		defer cancel()
		start := time.Now()
		value, err := fetch(ctx)
		return answered[T]{p, parent, value, time.Now(), time.Since(start), err}
	}
}

// Update takes in a message. answered reports whether the message was an answer
// to this poll, good or bad: the page then takes Value over into its tables.
func (p *Poll[T]) Update(msg tea.Msg) (arrived bool, cmd tea.Cmd) {
	switch msg := msg.(type) {
	case answered[T]:
		if msg.poll != p || msg.ctx != p.ctx {
			return false, nil
		}
		p.asking, p.tried, p.Err = false, msg.at, msg.err
		if msg.err != nil {
			p.failures++
		} else {
			p.failures, p.Value, p.At = 0, msg.value, msg.at
			if p.Pace != nil {
				p.Every = p.Pace(msg.value, msg.took)
			}
		}
		return true, p.schedule()
	case due[T]:
		if msg.poll != p || msg.round != p.round {
			return false, nil
		}
		return false, p.Refresh()
	}
	return false, nil
}

func (p *Poll[T]) schedule() tea.Cmd {
	wait := p.every()
	if p.Pace != nil && p.Err != nil { // a failure costs little
		wait = defaultEvery
	}
	if wait < 0 {
		if p.Err == nil {
			return nil
		}
		wait = defaultEvery // a question that is asked once is asked until it is answered
	}
	for range min(p.failures-1, 5) {
		wait *= 2
	}
	if p.failures > 1 {
		wait = min(wait, max(maxBackoff, p.Every))
	}
	round := p.round
	return tea.Tick(wait, func(time.Time) tea.Msg { return due[T]{p, round} })
}

// Loaded reports whether there has been a good answer.
func (p *Poll[T]) Loaded() bool { return !p.At.IsZero() }

// Freshness is what Live asks for, for a page of this poll. missing is what else
// is wrong, if anything, which does not make the value old; nor does a failure
// before the next answer is due, as when the user asked in between.
func (p *Poll[T]) Freshness(missing ...error) (time.Time, error) {
	if p.Err != nil && p.tried.Sub(p.At) >= p.every() {
		return p.At, p.Err
	}
	return p.At, Partial(Missing(append([]error{p.Err}, missing...)...))
}

// every is the time from a good answer to the next one that is due.
func (p *Poll[T]) every() time.Duration {
	if p.Every == 0 {
		return defaultEvery
	}
	return p.Every
}
