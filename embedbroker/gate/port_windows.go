//go:build windows

package gate

import (
	"io"
	"net"
)

// keepPort keeps nothing: Windows lets no second socket listen beside a bound
// one. Another program can take the port of a stopped broker.
func keepPort(net.Addr) (io.Closer, error) { return nil, nil }
