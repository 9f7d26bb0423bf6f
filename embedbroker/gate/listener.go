// Package gate stands between the clients of one broker and the engine that
// serves them. It lets whole, valid requests through, one at a time per
// connection, and closes the connection of any other; it counts what passes and
// can delay, stall or cut it.
package gate

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/kdeck/kdeck/embedbroker/faults"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Listener accepts the connections of one broker and hands them, each behind
// a gate, to the engine. Until Open is called the clients wait in the backlog.
type Listener struct {
	addr    net.Addr
	cfg     Config
	apis    *apiTable // set before opened is closed
	traffic traffic
	stats   counters
	handoff chan net.Conn
	opened  chan struct{}
	closed  chan struct{}
	once    sync.Once

	mu     sync.Mutex
	conns  map[*conn]struct{}
	tcp    net.Listener  // nil while the broker is stopped
	port   io.Closer     // keeps the port while the broker is stopped, else nil
	resume chan struct{} // closed when it listens again
}

// Config tells a Listener which broker it serves and what to do with requests.
type Config struct {
	Broker int32
	// Handlers see requests of their API key before the engine does. They
	// run in the order of the connection, after all earlier responses.
	Handlers map[int16]Handler
	// Amends see the engine's responses to requests of their API key.
	Amends map[int16]Amend
	// Overlays change requests and responses of their API key while they are on.
	Overlays map[int16]*Overlay
	// Faults are injected before anything else is done, nil for none.
	Faults *faults.Set
	// Peers are the listeners of all brokers, by id, once they are made.
	Peers func() []*Listener
	// Guard says whether a request of so many bytes is refused, and with which error.
	// It may be nil.
	Guard func(key int16, size int) (code int16, why string)
	// Trusted says whether the engine's answer to a request of the key may be
	// passed on: if not, the connection is closed. It may be nil.
	Trusted func(key int16) bool
	// TLS is for the connections of clients, nil for none.
	TLS *tls.Config
	// SASL refuses what a client asks before it has logged in at the engine.
	SASL bool
	// Login logs a connection from inside in at the engine, nil without SASL.
	Login func(net.Conn) error
	// Advertise is the host that clients are told, "" for the address listened on.
	Advertise string
	// Budget is shared by all brokers of a cluster.
	Budget *Budget
}

// NewListener puts a gate before tcp.
func NewListener(tcp net.Listener, cfg Config) *Listener {
	l := &Listener{
		tcp:     tcp,
		addr:    tcp.Addr(),
		cfg:     cfg,
		handoff: make(chan net.Conn),
		opened:  make(chan struct{}),
		closed:  make(chan struct{}),
		conns:   make(map[*conn]struct{}),
	}
	l.traffic.changed = make(chan struct{})
	go l.serve()
	return l
}

// Open lets clients in. It must be called once, with what the engine answers
// to ApiVersions.
func (l *Listener) Open(served []kmsg.ApiVersionsResponseApiKey) {
	l.apis = newAPITable(served)
	close(l.opened)
}

// serve accepts clients. Running out of file descriptors must not end a
// broker, so every error but the end of the listener is retried.
func (l *Listener) serve() {
	select {
	case <-l.opened:
	case <-l.closed:
		return
	}
	for {
		tcp := l.listening()
		if tcp == nil {
			return
		}
		c, err := tcp.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) { // stopped, or closed for good
				continue
			}
			select {
			case <-time.After(acceptBackoff):
				continue
			case <-l.closed:
				return
			}
		}
		if l.traffic.isCut() {
			reset(c)
			continue
		}
		if !l.cfg.Budget.connect() {
			reset(c) // as Kafka beyond max.connections
			continue
		}
		g := l.newConn(c)
		if l.stopped() { // in between
			g.Close()
			continue
		}
		select {
		case l.handoff <- g:
		case <-l.closed:
			g.Close()
			return
		}
	}
}

// acceptBackoff gives a process without free file descriptors time to close
// some.
const acceptBackoff = 50 * time.Millisecond

// Accept returns the next connection for the engine.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.handoff:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Dial opens a connection to the engine from inside, past the gate.
func (l *Listener) Dial() (net.Conn, error) { return l.dialAs(nil) }

// dialAs is Dial with the address that the engine is to see, nil for none.
func (l *Listener) dialAs(remote net.Addr) (net.Conn, error) {
	ours, pipe := net.Pipe()
	theirs := pipe
	if remote != nil {
		theirs = addressed{pipe, remote}
	}
	select {
	case l.handoff <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close stops accepting. Connections that are open stay with the engine.
func (l *Listener) Close() error {
	var err error
	l.once.Do(func() {
		close(l.closed)
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.tcp != nil {
			err = l.tcp.Close()
		}
		if l.port != nil {
			err = errors.Join(err, l.port.Close())
		}
	})
	return err
}

// Addr is the address that clients are told to connect to.
func (l *Listener) Addr() net.Addr {
	if l.cfg.Advertise == "" {
		return l.addr
	}
	_, port, _ := net.SplitHostPort(l.addr.String()) // it has one
	return HostAddr{Host: l.cfg.Advertise, Port: port}
}

func (l *Listener) track(c *conn, open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if open {
		l.conns[c] = struct{}{}
	} else {
		delete(l.conns, c)
	}
}

// closeConns closes every client connection.
func (l *Listener) closeConns() {
	l.mu.Lock()
	open := make([]*conn, 0, len(l.conns))
	for c := range l.conns {
		open = append(open, c)
	}
	l.mu.Unlock()
	for _, c := range open {
		c.Close()
	}
}

// reset closes c so that the client sees a reset connection, as from a broker
// that has gone, and not an orderly end.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.Close()
}
