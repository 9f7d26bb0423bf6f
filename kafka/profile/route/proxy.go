package route

import (
	"context"
	"errors"
	"fmt"
	"net"

	"golang.org/x/net/proxy"
)

// Proxy is a SOCKS5 proxy (RFC 1928), which looks up host names itself.
type Proxy struct {
	Addr string // host:port
	// User and Password are for RFC 1929; an empty User is no login.
	User, Password string
}

// ProxyError says that the proxy could not be reached, or that it did not connect.
type ProxyError struct {
	Addr   string // of the proxy
	Target string // empty when the proxy itself cannot be reached
	Err    error
}

func (e *ProxyError) Error() string {
	if e.Target == "" {
		return fmt.Sprintf("SOCKS5 proxy %s: %v", e.Addr, e.Err)
	}
	return fmt.Sprintf("SOCKS5 proxy %s does not connect to %s: %v", e.Addr, e.Target, e.Err)
}

func (e *ProxyError) Unwrap() error { return e.Err }

// Dial connects to addr from the proxy.
func (p *Proxy) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var auth *proxy.Auth
	if p.User != "" {
		auth = &proxy.Auth{User: p.User, Password: p.Password}
	}
	dialer, err := proxy.SOCKS5(network, p.Addr, auth, toProxy{})
	if err != nil {
		return nil, &ProxyError{Addr: p.Addr, Err: err}
	}
	contextDialer, ok := dialer.(proxy.ContextDialer)
	if !ok {
		return nil, &ProxyError{Addr: p.Addr, Err: errors.New("the dialer knows no deadline")}
	}
	conn, err := contextDialer.DialContext(ctx, network, addr)
	var unreached *ProxyError
	switch {
	case err == nil:
		return conn, nil
	case errors.As(err, &unreached):
		return nil, unreached
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err // it names both addresses once more
	}
	return nil, &ProxyError{Addr: p.Addr, Target: addr, Err: err}
}

// Reach connects to the proxy itself, and hangs up.
func (p *Proxy) Reach(ctx context.Context) error {
	conn, err := toProxy{}.DialContext(ctx, "tcp", p.Addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

// toProxy dials the proxy.
type toProxy struct{}

func (d toProxy) Dial(network, addr string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, addr)
}

func (toProxy) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, &ProxyError{Addr: addr, Err: err}
	}
	return conn, nil
}
