package gate

import (
	"encoding/binary"
	"errors"
	"net"
	"time"

	"github.com/kdeck/kdeck/embedbroker/faults"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var errInjected = errors.New("a fault closes the connection")

// inject does to the request in c.frame what the faults say. It reports whether
// the request is done with.
func (c *conn) inject(f *faults.Set, api *api, h header, wait *pending) (bool, error) {
	req := api.request(h.version)
	if err := req.ReadFrom((*c.frame)[4+h.body:]); err != nil {
		return false, err
	}
	act := f.Judge(faults.Call{Broker: c.l.cfg.Broker, Client: clientID((*c.frame)[4:]), Req: req}, wait.at)
	if act.Delay > 0 {
		due := time.NewTimer(act.Delay)
		defer due.Stop()
		select {
		case <-due.C:
		case <-c.gone:
			return false, net.ErrClosed
		}
	}
	switch {
	case act.Close:
		return false, errInjected
	case act.Answer != nil:
		if err := c.awaitAnswers(); err != nil {
			return false, err
		}
		if p, ok := req.(*kmsg.ProduceRequest); ok && p.Acks == 0 { // nothing is answered
			return true, nil
		}
		return true, c.send(encode(h.corr, act.Answer), *wait)
	}
	if wait.merge = act.Merge; act.Forward != nil && act.Forward != req {
		c.replace((*c.frame)[:4+h.body], act.Forward)
	}
	return false, nil
}

// clientID is the client id in the header of a request without its length.
func clientID(frame []byte) string {
	n := int(int16(binary.BigEndian.Uint16(frame[minFrame:])))
	if n <= 0 || minFrame+2+n > len(frame) {
		return ""
	}
	return string(frame[minFrame+2 : minFrame+2+n])
}
