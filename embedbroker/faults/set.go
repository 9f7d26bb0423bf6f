package faults

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Set is the rules of a cluster. Its methods may be called from any goroutine.
type Set struct {
	// TopicName resolves the id of a topic (KIP-516); "" for an unknown one.
	topicName func(id [16]byte) string
	active    atomic.Bool

	mu    sync.Mutex
	rules []*rule
	last  int
}

// rule is a rule with what its names stand for.
type rule struct {
	Rule
	key  int16 // of the API, -1 for every
	code int16
}

// NewSet returns a set without rules. topicName resolves the id of a topic
// (KIP-516), "" for an unknown one.
func NewSet(topicName func(id [16]byte) string) *Set { return &Set{topicName: topicName} }

// Active reports whether there are rules at all.
func (s *Set) Active() bool { return s.active.Load() }

// Add adds a rule and returns it with its id.
func (s *Set) Add(r Rule, now time.Time) (Rule, error) {
	if err := r.Check(); err != nil {
		return r, err
	}
	a := &rule{Rule: r, key: -1}
	if r.API != "" {
		a.key, _ = apiKey(r.API)
	}
	if r.Error != "" {
		a.code, _ = errorCode(r.Error)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	a.ID, a.Hits = s.last, 0
	if r.For > 0 {
		a.Until = now.Add(r.For)
	}
	s.rules = append(s.rules, a)
	s.active.Store(true)
	return a.Rule, nil
}

// Remove removes a rule, or all for 0.
func (s *Set) Remove(id int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.rules)
	s.rules = slices.DeleteFunc(s.rules, func(a *rule) bool { return id == 0 || a.ID == id })
	s.active.Store(len(s.rules) > 0)
	if id != 0 && len(s.rules) == before {
		return fmt.Errorf("no fault %d", id)
	}
	return nil
}

// List returns the rules that hold at now.
func (s *Set) List(now time.Time) []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	rules := make([]Rule, len(s.rules))
	for i, a := range s.rules {
		rules[i] = a.Rule
	}
	return rules
}

func (s *Set) expire(now time.Time) {
	s.rules = slices.DeleteFunc(s.rules, func(a *rule) bool { return !a.Until.IsZero() && !now.Before(a.Until) })
	s.active.Store(len(s.rules) > 0)
}

// Call is a request that a client has sent.
type Call struct {
	Broker int32
	Client string // client.id
	Req    kmsg.Request
}

// Action is what is done to a request. The zero Action does nothing.
type Action struct {
	Close  bool
	Delay  time.Duration
	Answer kmsg.Response // in place of the engine's
	// Forward goes on in place of the request, and Merge completes its answer,
	// when some of what it is about gets an error and some does not. Nil for
	// the request itself.
	Forward kmsg.Request
	Merge   func(kmsg.Response)
}

// Judge decides what is done to a request: what the first rule says that fits,
// its delay and that of all others that fit.
func (s *Set) Judge(c Call, now time.Time) Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	var act Action
	for _, a := range s.rules {
		if !a.fits(c) {
			continue
		}
		sel := s.selector(a)
		if !sel.any(c.Req) || a.Rate > 0 && rand.Float64() >= a.Rate {
			continue
		}
		a.Hits++
		act.Delay += a.Delay
		switch {
		case act.Close || act.Answer != nil || act.Merge != nil:
		case a.Close:
			act.Close = true
		case a.Error != "":
			act.Answer, act.Forward, act.Merge = sel.refuse(c.Req, a.code)
		}
	}
	return act
}

func (a *rule) fits(c Call) bool {
	return (a.key < 0 || a.key == c.Req.Key()) &&
		(a.Broker == nil || *a.Broker == c.Broker) &&
		(a.Client == "" || matches(a.Client, c.Client))
}

func (s *Set) selector(a *rule) selector {
	return selector{topic: a.Topic, group: a.Group, name: s.topicName}
}
