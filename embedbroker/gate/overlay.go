package gate

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Overlay changes what the clients of one API are told while On says so, and
// costs nothing otherwise. Before and After may be nil.
type Overlay struct {
	On func() bool
	// Before sees a request when all before it on the connection are answered,
	// and after its Handler. The request is valid until it returns.
	Before func(c *Client, req kmsg.Request) (Verdict, error)
	// After sees a response before the client does, behind its Amend, and may
	// wait until c.Gone. note is what Before has left, nil if it was not called.
	After func(c *Client, note any, resp kmsg.Response) error
}

// Verdict is what becomes of a request. The zero Verdict lets it pass.
type Verdict struct {
	Answer  kmsg.Response // answers it; After is not called for it
	Forward kmsg.Request  // goes to the engine in its place, of the same API and version
	Note    any           // for After
}

// Client is a connection, as an Overlay sees it.
type Client struct {
	Broker int32
	Gone   <-chan struct{} // closed when the connection is
	conn   *conn
	header []byte // of the request that is being handled, with its length
}

// Addr is the address of the client.
func (c *Client) Addr() net.Addr { return c.conn.RemoteAddr() }

// Ask sends a request of the client to the engine's broker id, which sees the
// client's address and id, and returns its response. It must be called from
// Before.
func (c *Client) Ask(id int32, req kmsg.Request) (kmsg.Response, error) {
	peer, err := c.conn.peer(id)
	if err != nil {
		return nil, err
	}
	msg := req.AppendTo(append([]byte(nil), c.header...))
	binary.BigEndian.PutUint32(msg, uint32(len(msg)-4))
	if _, err := peer.Write(msg); err != nil {
		return nil, err
	}
	frame, err := ReadAnswer(peer)
	if err != nil {
		return nil, fmt.Errorf("ask broker %d of the engine %s: %w", id, kmsg.NameForKey(req.Key()), err)
	}
	if trusted := c.conn.l.cfg.Trusted; trusted != nil && !trusted(req.Key()) {
		return nil, errUntrusted
	}
	return decode(req.ResponseKind(), frame)
}

// ReadAnswer reads one response of the engine, with its length.
func ReadAnswer(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, 4+int(binary.BigEndian.Uint32(size[:])))
	copy(frame, size[:])
	_, err := io.ReadFull(r, frame[4:])
	return frame, err
}

// decode reads a response of the engine from its frame.
func decode(resp kmsg.Response, frame []byte) (kmsg.Response, error) {
	body := frame[8:] // behind length and correlation id
	if resp.IsFlexible() && resp.Key() != int16(kmsg.ApiVersions) {
		body = body[1:] // the engine sends no header tags
	}
	return resp, resp.ReadFrom(body)
}

// peer is this client's connection to another broker of the engine.
func (c *conn) peer(id int32) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.peers[id]; p != nil {
		return p, nil
	}
	if id < 0 || int(id) >= len(c.l.cfg.Peers()) {
		return nil, fmt.Errorf("no broker %d of the engine", id)
	}
	p, err := c.l.cfg.Peers()[id].dialAs(c.RemoteAddr())
	if err != nil {
		return nil, err
	}
	if c.l.cfg.Login != nil {
		if err := c.l.cfg.Login(p); err != nil {
			p.Close()
			return nil, err
		}
	}
	if c.peers == nil {
		c.peers = make(map[int32]net.Conn)
	}
	c.peers[id] = p
	return p, nil
}

// closePeers ends what Ask has opened.
func (c *conn) closePeers() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.peers {
		p.Close()
	}
	c.peers = nil
}

// addressed is a connection from inside that has the address of a client: the
// engine tells it as that of a group's member.
type addressed struct {
	net.Conn
	remote net.Addr
}

func (a addressed) RemoteAddr() net.Addr { return a.remote }

// overlay returns the overlay of an API while it is on.
func (l *Listener) overlay(key int16) *Overlay {
	if o, ok := l.cfg.Overlays[key]; ok && o.On() {
		return o
	}
	return nil
}

// before runs the overlay of the request in c.frame. It reports whether the
// request is done with.
func (c *conn) before(o *Overlay, api *api, h header, wait *pending) (bool, error) {
	if err := c.awaitAnswers(); err != nil {
		return false, err
	}
	req := api.request(h.version)
	if err := req.ReadFrom((*c.frame)[4+h.body:]); err != nil {
		return false, err
	}
	head := (*c.frame)[:4+h.body]
	v, err := o.Before(&Client{Broker: c.l.cfg.Broker, Gone: c.gone, conn: c, header: head}, req)
	if err != nil {
		return false, err
	}
	if v.Answer != nil {
		if amend := c.l.cfg.Amends[h.key]; amend != nil {
			if err := amend(req, v.Answer); err != nil {
				return false, err
			}
		}
		if wait.merge != nil {
			wait.merge(v.Answer)
		}
		return true, c.send(encode(h.corr, v.Answer), *wait)
	}
	if v.Forward != nil {
		c.replace(head, v.Forward)
	}
	wait.note = v.Note
	return false, nil
}

// replace puts req in the place of the request in c.frame. What req holds may be
// in the frame itself.
func (c *conn) replace(head []byte, req kmsg.Request) {
	b := req.AppendTo(append([]byte(nil), head...))
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	*c.frame = b
}

// after runs the overlay of a response.
func (c *conn) after(o *Overlay, note any, resp kmsg.Response) error {
	return o.After(&Client{Broker: c.l.cfg.Broker, Gone: c.gone, conn: c}, note, resp)
}
