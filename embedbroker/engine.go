package embedbroker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxAnswer bounds a response that the engine gives to us: metadata of a
// million partitions takes about 50 MiB.
const maxAnswer = 512 << 20

var errWriteFailed = errors.New("a write to the disk has failed")

// engineConn asks the engine from inside the process, past the gate, one
// request at a time.
type engineConn struct {
	dial  func() (net.Conn, error)
	login func(net.Conn) error // nil without SASL
	log   *engineLog

	mu   sync.Mutex
	conn net.Conn // nil until used and after an error
	corr int32
}

// ask sends req and waits for its response. The engine serves no deadline: it
// answers or the connection ends with it.
func (e *engineConn) ask(req kmsg.Request) (kmsg.Response, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	resp, err := e.exchange(req)
	if write, _ := writes(req.Key()); write && err == nil && e.log.failed.Load() {
		err = errWriteFailed // the engine may answer that all is well
	}
	if err != nil {
		if e.conn != nil {
			e.conn.Close()
			e.conn = nil
		}
		return nil, fmt.Errorf("ask the engine %s: %w", kmsg.NameForKey(req.Key()), err)
	}
	return resp, nil
}

func (e *engineConn) exchange(req kmsg.Request) (kmsg.Response, error) {
	if e.conn == nil {
		conn, err := e.dial()
		if err != nil {
			return nil, err
		}
		if e.login != nil {
			if err := e.login(conn); err != nil {
				conn.Close()
				return nil, err
			}
		}
		e.conn = conn
	}
	e.corr++
	msg := kmsg.NewRequestFormatter(kmsg.FormatterClientID("kdeck")).AppendRequest(nil, req, e.corr)
	if _, err := e.conn.Write(msg); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(e.conn, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n < 5 || n > maxAnswer {
		return nil, fmt.Errorf("response length %d out of range", n)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(e.conn, body); err != nil {
		return nil, err
	}
	if corr := int32(binary.BigEndian.Uint32(body)); corr != e.corr {
		return nil, errors.New("response to another request")
	}
	body = body[4:]
	resp := req.ResponseKind()
	if resp.IsFlexible() && resp.Key() != int16(kmsg.ApiVersions) {
		body = body[1:] // the engine sends no header tags
	}
	return resp, resp.ReadFrom(body)
}

func (e *engineConn) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.conn != nil {
		e.conn.Close()
		e.conn = nil
	}
}
