package start

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// checkServers says what is wrong with bootstrap servers as a user types them,
// host:port separated by commas, and returns them without spaces.
func checkServers(typed string) (string, error) {
	var servers []string
	for _, server := range strings.Split(typed, ",") {
		server = strings.TrimSpace(server)
		if server == "" {
			continue
		}
		host, port, err := net.SplitHostPort(server)
		switch n, bad := strconv.Atoi(port); {
		case err != nil && !strings.Contains(server, ":"):
			return "", fmt.Errorf("%s has no port; %s:9092 is the usual one", server, server)
		case err != nil:
			return "", fmt.Errorf("%s is not host:port; an IPv6 address goes in brackets, as in [::1]:9092", server)
		case host == "":
			return "", fmt.Errorf("%s has no host", server)
		case strings.ContainsAny(host, " \t/"):
			return "", fmt.Errorf("%q is not the name of a host; type host:port, without a scheme, and commas in between", host)
		case bad != nil || n < 1 || n > 65535:
			return "", fmt.Errorf("%q is not a port; ports go from 1 to 65535", port)
		}
		servers = append(servers, server)
	}
	if len(servers) == 0 {
		return "", errors.New("type at least one server, as in broker1:9092")
	}
	return strings.Join(servers, ","), nil
}
