// Package route dials brokers that cannot be reached where they say they are: under
// other addresses, by a SOCKS5 proxy, or from an SSH jump host. It knows nothing of
// Kafka and imports nothing of kdeck.
package route

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Route is how to get to addresses. The zero Route connects directly.
type Route struct {
	// Addresses replaces addresses before they are dialled, see ParseAddresses.
	Addresses Addresses
	// At most one of Proxy and Jump is set.
	Proxy *Proxy
	Jump  *Jump
}

// Dial connects to the place of addr. Its type is that of kgo.Dialer.
func (r *Route) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	place := r.Addresses.Place(addr)
	switch {
	case r.Proxy != nil:
		return r.Proxy.Dial(ctx, network, place)
	case r.Jump != nil:
		return r.Jump.Dial(ctx, place)
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, place)
}

// Direct reports whether this machine connects, and so looks up host names, by
// itself.
func (r *Route) Direct() bool { return r.Proxy == nil && r.Jump == nil }

// Addresses maps "host:port", "host" or "*", in this order of precedence, to the
// "host:port" or "host" to dial in its place. A host alone keeps the port.
type Addresses map[string]string

// Place returns where to find addr, which is host:port: addr itself when nothing is
// said of it.
func (a Addresses) Place(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	for _, key := range []string{net.JoinHostPort(host, port), host, "*"} {
		to, found := a[key]
		if !found {
			continue
		}
		if _, _, err := net.SplitHostPort(to); err == nil {
			return to
		}
		return net.JoinHostPort(strings.Trim(to, "[]"), port)
	}
	return addr
}

// Validate reports entries that cannot be meant.
func (a Addresses) Validate() error {
	var errs []error
	for from, to := range a {
		if from != "*" {
			if err := checkPlace(from); err != nil {
				errs = append(errs, fmt.Errorf("addresses: %q: %w", from, err))
			}
		}
		if err := checkPlace(to); err != nil {
			errs = append(errs, fmt.Errorf("addresses: %s is to be found at %q: %w", from, to, err))
		}
	}
	return errors.Join(errs...)
}

// checkPlace accepts "host:port", "host" and "[IPv6]:port".
func checkPlace(place string) error {
	host, port := place, "1"
	if strings.Contains(place, ":") {
		var err error
		if host, port, err = net.SplitHostPort(place); err != nil {
			return errors.New("it is neither HOST nor HOST:PORT")
		}
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return fmt.Errorf("port %q is not a number from 1 to 65535", port)
	}
	return checkHost(host)
}

func checkHost(host string) error {
	if host == "" || strings.ContainsAny(host, " \t\r\n/@,*\x00") || strings.HasPrefix(host, "-") {
		return fmt.Errorf("%q is not a host", host)
	}
	return nil
}
