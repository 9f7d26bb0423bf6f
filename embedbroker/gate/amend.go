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
	if req.req == nil {
		return p, nil
	}
	resp := req.req.ResponseKind()
	body := p[8:] // behind length and correlation id
	if resp.IsFlexible() {
		body = body[1:] // the engine sends no header tags
	}
	if err := resp.ReadFrom(body); err != nil {
		return nil, err
	}
	if err := c.l.cfg.Amends[req.key](req.req, resp); err != nil {
		return nil, err
	}
	return appendResponse(nil, int32(binary.BigEndian.Uint32(p[4:])), resp), nil
}
