package gate

import (
	"encoding/binary"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Amend changes a response of the engine before the client sees it. It is called
// while the client waits, in the goroutine of its connection; an error closes it.
type Amend func(req kmsg.Request, resp kmsg.Response) error

// amend returns the response p as the client is to see it.
func (c *conn) amend(p []byte, req pending) ([]byte, error) {
	o := c.l.overlay(req.key)
	if o != nil && o.After == nil {
		o = nil
	}
	if req.req == nil && o == nil && req.merge == nil {
		return p, nil
	}
	kind := kmsg.ResponseForKey(req.key)
	kind.SetVersion(req.version)
	resp, err := decode(kind, p)
	if err != nil {
		return nil, err
	}
	if req.req != nil {
		if err := c.l.cfg.Amends[req.key](req.req, resp); err != nil {
			return nil, err
		}
	}
	if o != nil {
		if err := c.after(o, req.note, resp); err != nil {
			return nil, err
		}
	}
	if req.merge != nil {
		req.merge(resp)
	}
	return encode(int32(binary.BigEndian.Uint32(p[4:])), resp), nil
}
