package kafka

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func TestASilentBrokerIsSpared(t *testing.T) {
	one := kgo.BrokerMetadata{NodeID: 1, Host: "one", Port: 9092}
	other := kgo.BrokerMetadata{NodeID: 2, Host: "other", Port: 9092}
	timeout := kgo.BrokerE2E{ReadErr: context.DeadlineExceeded}
	answer := kgo.BrokerE2E{}
	for _, tc := range []struct {
		name    string
		lasts   time.Duration
		happens func(*silence)
		spared  bool
	}{
		{"nothing is known", time.Hour, func(*silence) {}, false},
		{"it timed out, and another one has answered", time.Hour, func(s *silence) {
			s.OnBrokerE2E(other, 3, answer)
			s.OnBrokerE2E(one, 3, timeout)
		}, true},
		{"it cut the connection", time.Hour, func(s *silence) {
			s.OnBrokerE2E(other, 3, answer)
			s.OnBrokerConnect(one, 0, nil, io.EOF)
		}, true},
		{"it refused the connection", time.Hour, func(s *silence) {
			s.OnBrokerE2E(other, 3, answer)
			s.OnBrokerConnect(one, 0, nil, errors.New("connection refused"))
		}, false},
		{"there is no other one", time.Hour, func(s *silence) {
			s.OnBrokerE2E(one, 3, answer)
			s.OnBrokerE2E(one, 3, timeout)
		}, false},
		{"the other one is silent too", time.Hour, func(s *silence) {
			s.OnBrokerE2E(other, 3, answer)
			s.OnBrokerE2E(other, 3, timeout)
			s.OnBrokerE2E(one, 3, timeout)
		}, false},
		{"it has answered since, under the name of its seed", time.Hour, func(s *silence) {
			s.OnBrokerE2E(other, 3, answer)
			s.OnBrokerE2E(one, 3, timeout)
			s.OnBrokerE2E(kgo.BrokerMetadata{NodeID: -2147483648, Host: "one", Port: 9092}, 3, answer)
		}, false},
		{"that is long ago", 0, func(s *silence) {
			s.OnBrokerE2E(other, 3, answer)
			s.OnBrokerE2E(one, 3, timeout)
		}, false},
	} {
		s := newSilence(time.Second)
		s.lasts = tc.lasts
		tc.happens(s)
		dialled := false
		dial := s.dialing(func(context.Context, string, string) (net.Conn, error) { dialled = true; return nil, io.EOF })
		_, err := dial(ofAny(t.Context()), "tcp", "one:9092")
		if dialled == tc.spared || errors.Is(err, errSilent) != tc.spared {
			t.Errorf("%s: connected %v, %v", tc.name, dialled, err)
		}
		if _, err := dial(t.Context(), "tcp", "one:9092"); errors.Is(err, errSilent) {
			t.Errorf("%s: it was not asked what it alone can answer", tc.name)
		}
	}
}

// TestOneTriesASilentBroker: when it is time to try it again, one question does, and
// others do not wait for it meanwhile.
func TestOneTriesASilentBroker(t *testing.T) {
	s := newSilence(time.Hour)
	s.OnBrokerE2E(kgo.BrokerMetadata{Host: "other", Port: 9092}, 3, kgo.BrokerE2E{})
	s.since["one:9092"] = time.Now().Add(-3 * time.Hour)
	if s.spares("one:9092") || !s.spares("one:9092") {
		t.Error("not one question tried it")
	}
}
