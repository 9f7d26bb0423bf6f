package routetest

import (
	"io"
	"net"
	"testing"
)

// Listen listens on a free port of the loopback until the test ends.
func Listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// Serve talks to each connection until the test ends.
func Serve(t *testing.T, listener net.Listener, talk func(net.Conn)) {
	t.Helper()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go talk(conn)
		}
	}()
}

// SOCKS is a proxy of RFC 1928 and 1929 that knows one user and one host name.
func SOCKS(t *testing.T, user, password, host, place string) string {
	t.Helper()
	listener := Listen(t)
	Serve(t, listener, func(conn net.Conn) {
		defer conn.Close()
		method := byte(0)
		if user != "" {
			method = 2
		}
		if _, err := io.ReadFull(conn, make([]byte, 2+1+int(method/2))); err != nil { // version, count, methods
			return
		}
		_, _ = conn.Write([]byte{5, method})
		if user != "" {
			login := make([]byte, 3+len(user)+len(password))
			if _, err := io.ReadFull(conn, login); err != nil || string(login[2:2+len(user)]) != user || string(login[3+len(user):]) != password {
				_, _ = conn.Write([]byte{1, 1})
				return
			}
			_, _ = conn.Write([]byte{1, 0})
		}
		request := make([]byte, 4+1+len(host)+2)
		if _, err := io.ReadFull(conn, request); err != nil || request[3] != 3 || string(request[5:5+len(host)]) != host {
			_, _ = conn.Write([]byte{5, 4, 0, 1, 0, 0, 0, 0, 0, 0}) // host unreachable
			return
		}
		far, err := net.Dial("tcp", place)
		if err != nil {
			_, _ = conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0}) // connection refused
			return
		}
		defer far.Close()
		_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		go func() { _, _ = io.Copy(far, conn) }()
		_, _ = io.Copy(conn, far)
	})
	return listener.Addr().String()
}
