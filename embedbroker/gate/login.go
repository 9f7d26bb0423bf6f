package gate

import (
	"errors"
	"net"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// login is how far a connection has come with SASL. The engine checks who a client
// is; the gate watches, since it answers some requests itself.
type login struct {
	steps int  // that the mechanism has left
	done  bool // the client has logged in
}

var errNotLoggedIn = errors.New("a request before the login")

// mayAsk reports whether a request may be looked at: before the login, only what
// leads to it.
func (c *conn) mayAsk(key int16) error {
	if !c.l.cfg.SASL {
		return nil
	}
	switch kmsg.Key(key) {
	case kmsg.ApiVersions, kmsg.SASLHandshake, kmsg.SASLAuthenticate:
		return nil
	}
	if err := c.awaitAnswers(); err != nil { // the login may be under way
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.login.done {
		return errNotLoggedIn
	}
	return nil
}

// watchLogin learns from the engine's answers how the login goes.
func (c *conn) watchLogin(req pending, frame []byte) error {
	switch kmsg.Key(req.key) {
	case kmsg.SASLHandshake, kmsg.SASLAuthenticate:
	default:
		return nil
	}
	kind := kmsg.ResponseForKey(req.key)
	kind.SetVersion(req.version)
	resp, err := decode(kind, frame)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch resp := resp.(type) {
	case *kmsg.SASLHandshakeResponse:
		if resp.ErrorCode == 0 {
			c.login = login{steps: req.steps}
		}
	case *kmsg.SASLAuthenticateResponse:
		if resp.ErrorCode == 0 && c.login.steps > 0 {
			c.login.steps--
			c.login.done = c.login.steps == 0
		}
	}
	return nil
}

// stepsOf is how many exchanges a mechanism takes: two for SCRAM.
func stepsOf(mechanism string) int {
	if mechanism == "PLAIN" {
		return 1
	}
	return 2
}

// HostAddr is the address of a broker that clients are told by another host than
// the one that it listens on.
type HostAddr struct {
	Host string
	Port string
}

// Network is part of net.Addr.
func (HostAddr) Network() string { return "tcp" }

func (a HostAddr) String() string { return net.JoinHostPort(a.Host, a.Port) }
