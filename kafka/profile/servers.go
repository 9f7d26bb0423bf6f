package profile

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// DefaultPort is the port of a bootstrap server that names none.
const DefaultPort = 9092

// FromServers returns a Context without a name, TLS or SASL for a list
// "host[:port][,host[:port]…]", as ParseServers reads it.
func FromServers(list string) (Context, error) {
	servers, err := ParseServers(list)
	if err != nil {
		return Context{}, err
	}
	return Context{BootstrapServers: servers}, nil
}

// ParseServers splits "host[:port][,host[:port]…]" into host:port addresses.
// Space around the parts and empty parts, as after a comma at the end, are ignored, a
// missing port is [DefaultPort], and an IPv6 address stands in brackets. Repeated
// servers are dropped.
func ParseServers(list string) ([]string, error) {
	var servers []string
	seen := map[string]bool{}
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		server, err := parseServer(part)
		if err != nil {
			return nil, fmt.Errorf("bootstrap server %q: %w", part, err)
		}
		if !seen[server] {
			seen[server] = true
			servers = append(servers, server)
		}
	}
	if len(servers) == 0 {
		return nil, errors.New("bootstrap servers: the list is empty; write HOST:PORT[,HOST:PORT…]")
	}
	return servers, nil
}

func parseServer(server string) (string, error) {
	if scheme, rest, found := strings.Cut(server, "://"); found {
		return "", fmt.Errorf("%s:// is not part of an address; write %s", scheme, rest)
	}
	host, port, err := splitServer(server)
	if err != nil {
		return "", err
	}
	if err := checkHost(host); err != nil {
		return "", err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 || port[0] == '+' {
		return "", fmt.Errorf("port %q is not a number from 1 to 65535", port)
	}
	return net.JoinHostPort(host, strconv.FormatUint(number, 10)), nil
}

// splitServer gives the default port to a host without one.
func splitServer(server string) (host, port string, err error) {
	if rest, bracketed := strings.CutPrefix(server, "["); bracketed {
		host, rest, closed := strings.Cut(rest, "]")
		if !closed {
			return "", "", errors.New("the bracket of the IPv6 address is not closed")
		}
		if addr, err := netip.ParseAddr(host); err != nil || !addr.Is6() {
			return "", "", fmt.Errorf("%q in brackets is not an IPv6 address", host)
		}
		return splitPort(host, rest)
	}
	if strings.Count(server, ":") > 1 {
		if _, err := netip.ParseAddr(server); err == nil {
			return "", "", fmt.Errorf("an IPv6 address stands in brackets: [%s]:%d", server, DefaultPort)
		}
		return "", "", errors.New("more than one colon; servers are separated by commas, and IPv6 addresses stand in brackets")
	}
	host, _, _ = strings.Cut(server, ":")
	return splitPort(host, server[len(host):])
}

// splitPort reads what follows the host: nothing, or a colon and a port.
func splitPort(host, rest string) (string, string, error) {
	if rest == "" {
		return host, strconv.Itoa(DefaultPort), nil
	}
	port, found := strings.CutPrefix(rest, ":")
	switch {
	case !found:
		return "", "", fmt.Errorf("%q after the bracket is not a port", rest)
	case port == "":
		return "", "", errors.New("the port after the colon is missing")
	}
	return host, port, nil
}

func checkHost(host string) error {
	if host == "" {
		return errors.New("the host before the colon is missing")
	}
	if len(host) > 253 {
		return fmt.Errorf("the host name has %d bytes; DNS allows 253", len(host))
	}
	for _, r := range host {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._:%", r) {
			return fmt.Errorf("%q cannot be part of a host name", r)
		}
	}
	return nil
}
