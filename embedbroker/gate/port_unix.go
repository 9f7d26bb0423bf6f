//go:build unix

package gate

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// keepPort binds a socket to addr that does not listen: whoever connects is
// refused, and nobody else can take the port. A listener can be bound beside it,
// as both have SO_REUSEADDR.
func keepPort(addr net.Addr) (io.Closer, error) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return nil, net.UnknownNetworkError(addr.Network())
	}
	domain, sa := syscall.AF_INET6, syscall.Sockaddr(&syscall.SockaddrInet6{Port: tcp.Port, Addr: [16]byte(tcp.IP.To16())})
	if ip := tcp.IP.To4(); ip != nil {
		domain, sa = syscall.AF_INET, &syscall.SockaddrInet4{Port: tcp.Port, Addr: [4]byte(ip)}
	}
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(domain, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return nil, errors.Join(os.NewSyscallError("setsockopt", err), syscall.Close(fd))
	}
	if err := syscall.Bind(fd, sa); err != nil {
		return nil, errors.Join(os.NewSyscallError("bind", err), syscall.Close(fd))
	}
	return socket(fd), nil
}

// socket is a file descriptor of a socket.
type socket int

func (s socket) Close() error { return syscall.Close(int(s)) }
