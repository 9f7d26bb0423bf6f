package check

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"time"
)

// Network is what happens to the answers that clients get.
type Network struct {
	Delay time.Duration // at most, of every answer
	Lose  float64       // share of the answers that are lost, with their connection
}

var errLost = errors.New("the answer was lost")

// dial connects as a client does whose answers are delayed and lost.
func (n Network) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, network: n}, nil
}

// conn delays what is read, or loses it.
type conn struct {
	net.Conn
	network Network
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		return n, err
	}
	if rand.Float64() < c.network.Lose {
		c.Close()
		return 0, errLost
	}
	if d := c.network.Delay; d > 0 {
		<-time.After(rand.N(d))
	}
	return n, nil
}
