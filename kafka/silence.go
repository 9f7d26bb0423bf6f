package kafka

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// errSilent stands for a broker that is not connected to, since it has not answered
// lately and another one may.
var errSilent = errors.New("it did not answer before; it is asked again in a while")

// silence remembers the brokers that let a request time out, and fails at once to
// connect to them for what any broker can answer: kgo then turns to another one. Without
// it, each such question would wait for the same silent broker again when it is its turn.
// What one broker alone can answer is asked of it all the same. It is a set of kgo hooks
// and a dialer.
type silence struct {
	mu    sync.Mutex
	lasts time.Duration        // how long a broker is not connected to
	since map[string]time.Time // by address: when the broker last did not answer, or was tried again
	heard map[string]bool      // addresses that have answered
}

var (
	_ kgo.HookBrokerE2E     = (*silence)(nil)
	_ kgo.HookBrokerConnect = (*silence)(nil)
)

// silentTimeouts is how long a silent broker is left alone, in request timeouts.
const silentTimeouts = 2

func newSilence(timeout time.Duration) *silence {
	return &silence{lasts: silentTimeouts * timeout, since: make(map[string]time.Time), heard: make(map[string]bool)}
}

// OnBrokerE2E notes whether a request was answered.
func (s *silence) OnBrokerE2E(meta kgo.BrokerMetadata, _ int16, e2e kgo.BrokerE2E) {
	s.note(meta, e2e.Err())
}

// OnBrokerConnect notes that a connection could not be made. That one could be says
// nothing: a stalled broker takes connections too.
func (s *silence) OnBrokerConnect(meta kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err != nil {
		s.note(meta, err)
	}
}

func (s *silence) note(meta kgo.BrokerMetadata, err error) {
	addr := net.JoinHostPort(meta.Host, strconv.Itoa(int(meta.Port)))
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		delete(s.since, addr)
		s.heard[addr] = true
	case isSilence(err) && !errors.Is(err, errSilent):
		s.since[addr] = time.Now()
	}
}

// isSilence reports whether an error is that a broker does not answer, or cuts the
// connection instead. A connection that is refused at once costs no time, and is worth
// a new try.
func isSilence(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout() || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, errSilent)
}

// spares reports whether a broker is to be left alone: it is silent, and there is
// another one that is not. Once in a while it is not, so that one which is back is
// found.
func (s *silence) spares(addr string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, silent := s.since[addr]
	if !silent || !s.others(addr) {
		return false
	}
	if time.Since(at) < s.lasts {
		return true
	}
	s.since[addr] = time.Now() // one tries, the others wait for what it finds
	return false
}

// others reports whether another broker has answered, and has not been silent since.
func (s *silence) others(addr string) bool {
	for other := range s.heard {
		if _, silent := s.since[other]; other != addr && !silent {
			return true
		}
	}
	return false
}

// anyBroker marks the context of a question that any broker can answer.
type anyBroker struct{}

// ofAny marks what is asked as a question that any broker can answer. kgo's own such
// questions, who coordinates a group and which brokers there are, have the context of
// the client, which is marked.
func ofAny(ctx context.Context) context.Context {
	return context.WithValue(ctx, anyBroker{}, true)
}

// dialing makes a dialer of one that does not know about silence.
func (s *silence) dialing(dial dialer) dialer {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if ctx.Value(anyBroker{}) != nil && s.spares(addr) {
			return nil, &net.OpError{Op: "dial", Net: network, Err: errSilent}
		}
		return dial(ctx, network, addr)
	}
}

// dialer connects to an address, as kgo.Dialer wants it.
type dialer = func(ctx context.Context, network, addr string) (net.Conn, error)

// sparing are the options by which a client with some options leaves silent brokers
// alone.
func (s *silence) sparing(opts []kgo.Opt) ([]kgo.Opt, error) {
	plain, err := kgo.NewClient(opts...) // connects to nothing, and has a dialer made of the options, with TLS
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	dial, ok := plain.OptValue(kgo.Dialer).(dialer)
	if !ok {
		return nil, errors.New("the client has no dialer")
	}
	return []kgo.Opt{kgo.WithContext(ofAny(context.Background())), kgo.WithHooks(s), kgo.DialTLSConfig(nil), kgo.Dialer(s.dialing(dial))}, nil
}
