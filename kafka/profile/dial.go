package profile

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"

	"github.com/kdeck/kdeck/kafka/profile/route"
)

// Proxy is a SOCKS5 proxy to the brokers, which looks up their host names itself.
type Proxy struct {
	// URL is socks5://HOST:PORT, or socks5h://, which is the same here.
	URL      string `yaml:"url" json:"url"`
	User     string `yaml:"user,omitempty" json:"user,omitempty"`
	Password Secret `yaml:"password,omitempty" json:"password,omitzero"`
}

func (p *Proxy) address() (string, error) {
	u, err := url.Parse(p.URL)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "socks5" && u.Scheme != "socks5h":
		return "", errors.New("proxy: url is not socks5://HOST:PORT")
	case u.User != nil:
		return "", errors.New("proxy: url has a user or password in it; use user and password")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "":
		return "", errors.New("proxy: url has more than HOST:PORT")
	}
	port := u.Port()
	if port == "" {
		port = "1080" // RFC 1928
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// SSH is a jump host from which the brokers are reached, by the user's own ssh: its
// configuration, agent, keys and known hosts count. It must log in without asking.
type SSH struct {
	// Destination is what ssh takes: [USER@]HOST, ssh://[USER@]HOST[:PORT] or a name of
	// its configuration.
	Destination string `yaml:"destination" json:"destination"`
	// Args are more arguments of ssh, as in [-i, ~/.ssh/bastion].
	Args []string `yaml:"args,omitempty,flow" json:"args,omitempty"`
}

func (c Context) validateRoute() error {
	var errs []error
	errs = append(errs, c.Addresses.Validate())
	if c.Proxy != nil {
		_, err := c.Proxy.address()
		errs = append(errs, err, refuseRelative(c.Proxy.Password.source().file))
		if (c.Proxy.User == "") != c.Proxy.Password.IsZero() {
			errs = append(errs, errors.New("proxy: user and password are given together"))
		}
	}
	if c.SSH != nil {
		errs = append(errs, (&route.Jump{Destination: c.SSH.Destination}).Validate())
	}
	if c.Proxy != nil && c.SSH != nil {
		errs = append(errs, errors.New("proxy and ssh exclude each other; ssh itself goes by a proxy with ProxyCommand"))
	}
	return errors.Join(errs...)
}

// route resolves how to get to brokers.
func (c Context) route(ctx context.Context) (*route.Route, error) {
	r := &route.Route{Addresses: c.Addresses}
	if c.Proxy != nil {
		addr, err := c.Proxy.address()
		if err != nil {
			return nil, err
		}
		password, err := c.Proxy.Password.Resolve(ctx)
		if err != nil {
			return nil, fmt.Errorf("proxy: password of %s: %w", c.Proxy.User, err)
		}
		r.Proxy = &route.Proxy{Addr: addr, User: c.Proxy.User, Password: password}
	}
	if c.SSH != nil {
		r.Jump = &route.Jump{Destination: c.SSH.Destination}
		for _, arg := range c.SSH.Args {
			r.Jump.Args = append(r.Jump.Args, expandHome(arg))
		}
		// Without a folder each connection logs in by itself.
		if dir, err := StateDir(); err == nil {
			r.Jump.Dir = filepath.Join(dir, "ssh")
		}
	}
	return r, nil
}

// dialer connects to brokers, with TLS when conf is not nil. The certificate is
// compared with the address that the broker advertises, wherever it is found.
func dialer(r *route.Route, conf *tls.Config) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		conn, err := r.Dial(ctx, network, addr)
		if err != nil || conf == nil {
			return conn, err
		}
		secured := tls.Client(conn, forHost(conf, addr))
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = conn.Close() // the handshake's error is the one to tell
			return nil, err
		}
		return secured, nil
	}
}

// forHost expects the host of addr in the certificate, unless another name is set.
func forHost(conf *tls.Config, addr string) *tls.Config {
	conf = conf.Clone()
	if conf.ServerName == "" {
		conf.ServerName, _, _ = net.SplitHostPort(addr)
	}
	return conf
}
