package redrive

import (
	"sync"
	"time"

	"github.com/kdeck/kdeck/kafka/records"
)

// Meter tells how a Count or a Run goes while it goes; one is for one of them. It
// is for any goroutine.
type Meter struct {
	mu     sync.Mutex
	began  time.Time
	p      Progress
	reader *records.Reader // at work, or nil
	begun  int64           // offsets that it had before it
	before int64           // records looked at by those before
	book   *book           // of a run, or nil
}

// Progress is how far a Count or a Run has come.
type Progress struct {
	Looked int64 // records read, wanted or not
	Found  int64 // matches among them; of a Run, those that were handed to the producer
	Of     int64 // matches that a Run has to send
	Stored int64
	Failed int64 // refused, or sent without an answer
	// Done is the share that is done, from 0 to 1.
	Done float64
	// Rate is records per second: looked at, of a Count; stored, of a Run.
	Rate float64
	Left time.Duration // at that rate; 0 when not known
	// Problem says why it does not go on at this time, in words; nil when it does.
	Problem error
}

// Progress returns how far it has come.
func (m *Meter) Progress() Progress {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reader != nil {
		m.look()
	}
	if m.book != nil {
		m.p.Stored, m.p.Failed = m.book.sums()
	}
	p, took := m.p, time.Since(m.began)
	if m.began.IsZero() || took <= 0 {
		return p
	}
	if p.Of > 0 {
		p.Done = float64(p.Stored+p.Failed) / float64(p.Of)
		p.Rate = float64(p.Stored) / took.Seconds()
	} else {
		p.Rate = float64(p.Looked) / took.Seconds()
	}
	if p.Done > 0 {
		p.Left = time.Duration(float64(took) * (1 - p.Done) / p.Done)
	}
	return p
}

// look takes in how the reader stands.
func (m *Meter) look() {
	s := m.reader.Status()
	m.p.Looked, m.p.Problem = m.before+s.Looked, s.Problem
	if m.begun > 0 && s.Lag >= 0 {
		m.p.Done = float64(m.begun-s.Lag) / float64(m.begun)
	}
}

// watch lets Progress look at a reader; nil is none any more.
func (m *Meter) watch(reader *records.Reader, before int64) {
	m.note(func(*Progress) {
		if m.reader != nil {
			m.look()
		}
		m.reader, m.before = reader, before
		if reader != nil {
			m.begun = reader.Status().Lag
		}
	})
}

// note changes what is told.
func (m *Meter) note(change func(*Progress)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.began.IsZero() {
		m.began = time.Now()
	}
	change(&m.p)
}
