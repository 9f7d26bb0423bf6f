package gate

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Handler sees a request before the engine does. It answers it (resp),
// replaces it by another of the same key and version (fwd), lets it pass (both
// nil), or refuses it, which closes the connection (err).
type Handler func(req kmsg.Request) (resp kmsg.Response, fwd kmsg.Request, err error)

// conn is the gate of one connection. The engine reads requests from it, one
// at a time and whole, and writes every response in one Write.
type conn struct {
	net.Conn
	l    *Listener
	gone chan struct{} // closed by Close
	once sync.Once

	// Read side; used by the engine's reader alone.
	frame *[]byte // the request that is being handed on, with its length
	rest  []byte  // what of it the engine has not read yet
	share *share  // what the request took from the budget, nil for nothing

	mu       sync.Mutex
	pending  []pending          // requests that the engine has and has not answered
	peers    map[int32]net.Conn // to other brokers of the engine, by id
	login    login
	answered chan struct{} // signalled when pending becomes empty
}

// pending is a request that waits for its response.
type pending struct {
	key, version int16
	at           time.Time
	req          kmsg.Request // when its response is amended, else nil
	note         any          // of its overlay
	steps        int          // of the mechanism that a SASLHandshake asks for
	// merge adds injected errors to the response, nil for none.
	merge func(kmsg.Response)
}

func (l *Listener) newConn(c net.Conn) *conn {
	if l.cfg.TLS != nil {
		c = tls.Server(c, l.cfg.TLS) // it shakes hands when the first request is read
	}
	g := &conn{Conn: c, l: l, gone: make(chan struct{}), answered: make(chan struct{}, 1)}
	l.stats.accepted.Add(1)
	l.track(g, true)
	return g
}

// Close closes the connection; it may be called more than once.
func (c *conn) Close() error {
	var err error
	c.once.Do(func() {
		close(c.gone)
		c.l.track(c, false)
		c.closePeers()
		c.l.cfg.Budget.disconnect()
		err = c.Conn.Close()
	})
	return err
}

// Read hands the engine the next bytes of a request that has fully arrived and
// passed every check.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		c.release()
		if err := c.next(); err != nil {
			c.release()
			c.Close()
			return 0, err
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// release gives back what the last request needed. It runs when the engine
// asks for the next one, that is when it has decoded the last.
func (c *conn) release() {
	putFrame(c.frame)
	c.frame, c.rest = nil, nil
	c.share.giveBack()
	c.share = nil
}

// next reads requests until one is for the engine.
func (c *conn) next() error {
	for {
		if err := c.readFrame(); err != nil {
			return err
		}
		forward, err := c.admit()
		if err != nil {
			c.l.stats.rejected.Add(1)
			return fmt.Errorf("broker %d refused a request of %s: %w", c.l.cfg.Broker, c.RemoteAddr(), err)
		}
		if forward {
			return nil
		}
		c.release()
	}
}

// readFrame reads one request into c.frame, its length first.
func (c *conn) readFrame() error {
	c.frame = getFrame()
	b, err := readInto(c.Conn, (*c.frame)[:0], 4)
	if err != nil {
		return err
	}
	n := int(int32(binary.BigEndian.Uint32(b)))
	if n < minFrame+2 || n > maxProduce {
		c.l.stats.rejected.Add(1)
		return fmt.Errorf("request length %d out of range", n)
	}
	if b, err = readInto(c.Conn, b, 2); err != nil {
		return err
	}
	key := int16(binary.BigEndian.Uint16(b[4:]))
	if key != int16(kmsg.Produce) && n > maxRequest {
		c.l.stats.rejected.Add(1)
		return fmt.Errorf("request length %d of API key %d out of range", n, key)
	}
	if c.share = c.l.cfg.Budget.share(key, n); c.share == nil {
		b, err = readInto(c.Conn, b, n-2)
	} else {
		b, err = c.readLarge(b, n-2)
	}
	*c.frame = b
	return err
}

// bodyTimeout is how long a client may take to send a large request that it
// has announced: it holds a share of the memory that all clients have.
const bodyTimeout = 30 * time.Second

// A large request takes its memory in steps, each before it is read: one that was
// announced and is not sent takes next to nothing.
const (
	leastStep = 64 << 10
	mostStep  = 1 << 20
)

// readLarge appends the next n bytes of a large request to b. Waiting for memory does
// not count as the client's time.
func (c *conn) readLarge(b []byte, n int) ([]byte, error) {
	left := bodyTimeout
	for n > 0 {
		step := min(n, max(leastStep, min(len(b), mostStep)))
		if err := c.share.take(c.gone, step); err != nil {
			return b, err
		}
		start := time.Now()
		if err := c.SetReadDeadline(start.Add(left)); err != nil {
			return b, err
		}
		var err error
		if b, err = readInto(c.Conn, b, step); err != nil {
			return b, err
		}
		n -= step
		left -= time.Since(start)
	}
	return b, c.SetReadDeadline(time.Time{})
}

// admit checks the request in c.frame and reports whether it is for the
// engine.
func (c *conn) admit() (bool, error) {
	if held, ok := c.l.traffic.reach(c.gone); !ok || held && hungUp(c.Conn) {
		return false, net.ErrClosed // what a client that gave up has sent is lost
	}
	at := time.Now()
	frame := *c.frame
	if newer := newerAPIVersions(frame[4:], c.l.apis); newer != nil {
		c.forward(newer, pending{key: int16(kmsg.ApiVersions), at: at}) // answered in version 0
		return true, nil
	}
	h, err := parseHeader(frame[4:], c.l.apis)
	if err != nil {
		return false, err
	}
	api := c.l.apis.lookup(h.key)
	body := frame[4+h.body:]
	w := walker{src: body}
	if w.walk(api.layout(h.version)); w.err != nil {
		return false, fmt.Errorf("API key %d version %d: %w", h.key, h.version, w.err)
	}
	stats := &c.l.stats.apis[h.key]
	stats.requests.Add(1)
	stats.in.Add(uint64(len(frame)))
	if err := c.mayAsk(h.key); err != nil {
		return false, err
	}
	wait := pending{key: h.key, version: h.version, at: at}
	if h.key == int16(kmsg.SASLHandshake) {
		var req kmsg.SASLHandshakeRequest
		if req.SetVersion(h.version); req.ReadFrom(body) != nil {
			return false, errShort
		}
		wait.steps = stepsOf(req.Mechanism)
	}
	if f := c.l.cfg.Faults; f != nil && f.Active() {
		done, err := c.inject(f, api, h, &wait)
		if done || err != nil {
			return false, err
		}
		body = (*c.frame)[4+h.body:]
	}
	if c.l.cfg.Guard != nil {
		if code, why := c.l.cfg.Guard(h.key, len(frame)); code != 0 {
			return false, c.refuse(api, h, at, code, why)
		}
	}
	if handle := c.l.cfg.Handlers[h.key]; handle != nil {
		done, err := c.handle(handle, api, h, wait)
		if done || err != nil {
			return false, err
		}
	}
	if h.key == int16(kmsg.Produce) {
		acks, err := checkProduce(api, h.version, body)
		if err != nil {
			return false, err
		}
		if acks == 0 { // nothing will be answered
			c.rest = *c.frame
			return true, nil
		}
	}
	if o := c.l.overlay(h.key); o != nil && o.Before != nil {
		done, err := c.before(o, api, h, &wait)
		if done || err != nil {
			return false, err
		}
	}
	if h.key == int16(kmsg.Fetch) {
		clampWait(h.version, (*c.frame)[4+h.body:])
	}
	if c.l.cfg.Amends[h.key] != nil {
		wait.req = api.request(h.version)
		if err := wait.req.ReadFrom((*c.frame)[4+h.body:]); err != nil {
			return false, err
		}
	}
	c.forward(*c.frame, wait)
	return true, nil
}

// forward hands a request to the engine, which will answer it.
func (c *conn) forward(frame []byte, wait pending) {
	c.mu.Lock()
	c.pending = append(c.pending, wait)
	c.mu.Unlock()
	c.rest = frame
}

// handle runs the handler of the request, after everything before it on this
// connection has been answered. It reports whether the request is done with.
func (c *conn) handle(handle Handler, api *api, h header, wait pending) (bool, error) {
	if err := c.awaitAnswers(); err != nil {
		return false, err
	}
	req := api.request(h.version)
	if err := req.ReadFrom((*c.frame)[4+h.body:]); err != nil {
		return false, err
	}
	resp, fwd, err := handle(req)
	if err != nil {
		return false, err
	}
	if resp != nil {
		if o := c.l.overlay(h.key); o != nil && o.After != nil {
			if err := c.after(o, nil, resp); err != nil {
				return false, err
			}
		}
		if wait.merge != nil {
			wait.merge(resp)
		}
		return true, c.send(encode(h.corr, resp), wait)
	}
	if fwd != nil {
		c.replace((*c.frame)[:4+h.body], fwd)
	}
	return false, nil
}

// errRefused ends the connection of a request that is refused and wants no answer.
var errRefused = errors.New("refused")

// refuse answers a request with an error for all that it names, after everything
// before it on this connection has been answered. A produce request without acks
// cannot be answered: Kafka closes the connection.
func (c *conn) refuse(api *api, h header, at time.Time, code int16, why string) error {
	if err := c.awaitAnswers(); err != nil {
		return err
	}
	req := api.request(h.version)
	if err := req.ReadFrom((*c.frame)[4+h.body:]); err != nil {
		return err
	}
	if p, ok := req.(*kmsg.ProduceRequest); ok && p.Acks == 0 {
		return errRefused
	}
	return c.send(encode(h.corr, Refusal(req, code, why)), pending{key: h.key, at: at})
}

// encode is resp with its length and header. The header of an
// ApiVersions response never has tags (KIP-511).
func encode(corr int32, resp kmsg.Response) []byte {
	dst := []byte{0, 0, 0, 0}
	dst = binary.BigEndian.AppendUint32(dst, uint32(corr))
	if resp.IsFlexible() && resp.Key() != int16(kmsg.ApiVersions) {
		dst = append(dst, 0)
	}
	dst = resp.AppendTo(dst)
	binary.BigEndian.PutUint32(dst, uint32(len(dst)-4))
	return dst
}

// awaitAnswers waits until the engine has answered all it has.
func (c *conn) awaitAnswers() error {
	for {
		c.mu.Lock()
		n := len(c.pending)
		c.mu.Unlock()
		if n == 0 {
			return nil
		}
		select {
		case <-c.answered:
		case <-c.gone:
			return net.ErrClosed
		}
	}
}

var errUntrusted = errors.New("the engine's answer is not to be trusted")

// Write passes on the engine's response to the oldest request.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	if len(c.pending) == 0 {
		c.mu.Unlock()
		return 0, errors.New("response without a request")
	}
	req := c.pending[0]
	c.mu.Unlock()
	if c.l.cfg.Trusted != nil && !c.l.cfg.Trusted(req.key) {
		c.Close()
		return 0, errUntrusted
	}
	out, err := c.amend(p, req)
	if err == nil && c.l.cfg.SASL {
		err = c.watchLogin(req, p)
	}
	if err == nil {
		err = c.send(out, req)
	}
	c.mu.Lock()
	c.pending = c.pending[:copy(c.pending, c.pending[1:])]
	last := len(c.pending) == 0
	c.mu.Unlock()
	if last {
		select {
		case c.answered <- struct{}{}:
		default:
		}
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// send writes a whole response as the faults of the broker allow.
func (c *conn) send(p []byte, req pending) error {
	if !c.l.traffic.hold(c.gone) {
		return net.ErrClosed
	}
	c.l.stats.apis[req.key].served(time.Since(req.at), len(p))
	_, err := c.Conn.Write(p)
	return err
}

// readInto appends the next n bytes of r to b. What b has room for is read at
// once; beyond that, memory grows with what has arrived, not with what was
// claimed.
func readInto(r io.Reader, b []byte, n int) ([]byte, error) {
	for n > 0 {
		step := min(n, max(firstFrame, len(b), cap(b)-len(b)))
		at := len(b)
		b = grow(b, step)
		if _, err := io.ReadFull(r, b[at:]); err != nil {
			return b, err
		}
		n -= step
	}
	return b, nil
}

// grow lengthens b by n bytes.
func grow(b []byte, n int) []byte {
	if need := len(b) + n; need > cap(b) {
		bigger := make([]byte, need, max(need, min(2*cap(b), need+keepFrame)))
		copy(bigger, b)
		return bigger
	}
	return b[:len(b)+n]
}

const (
	// firstFrame is what a connection reads into at first.
	firstFrame = 4 << 10
	// keepFrame is the largest buffer that is kept for the next request:
	// the batches of one produce request are 1 MiB by default.
	keepFrame = 2 << 20
)

var frames = sync.Pool{New: func() any { b := make([]byte, 0, firstFrame); return &b }}

func getFrame() *[]byte { return frames.Get().(*[]byte) }

func putFrame(b *[]byte) {
	if b != nil && cap(*b) <= keepFrame {
		*b = (*b)[:0]
		frames.Put(b)
	}
}
