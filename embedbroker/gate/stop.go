package gate

import (
	"fmt"
	"net"
)

// Stop closes the connections of the broker's clients and refuses new ones until
// Start. The port stays its own.
func (l *Listener) Stop() error {
	l.mu.Lock()
	if l.tcp == nil {
		l.mu.Unlock()
		return nil
	}
	err := l.tcp.Close()
	l.tcp, l.resume = nil, make(chan struct{})
	port, keepErr := keepPort(l.addr)
	l.port = port
	l.mu.Unlock()
	l.closeConns()
	if err == nil && keepErr != nil {
		err = fmt.Errorf("keep %s while broker %d is stopped: %w", l.addr, l.cfg.Broker, keepErr)
	}
	return err
}

// Start listens again after Stop.
func (l *Listener) Start() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tcp != nil {
		return nil
	}
	tcp, err := net.Listen("tcp", l.addr.String())
	if err != nil {
		return fmt.Errorf("start broker %d again: %w; end the program that uses the port", l.cfg.Broker, err)
	}
	if l.port != nil {
		err = l.port.Close()
	}
	l.tcp, l.port = tcp, nil
	close(l.resume)
	return err
}

func (l *Listener) stopped() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tcp == nil
}

// listening waits until the broker listens. It returns nil when it is closed for
// good.
func (l *Listener) listening() net.Listener {
	for {
		l.mu.Lock()
		tcp, resume := l.tcp, l.resume
		l.mu.Unlock()
		select {
		case <-l.closed:
			return nil
		default:
		}
		if tcp != nil {
			return tcp
		}
		select {
		case <-resume:
		case <-l.closed:
			return nil
		}
	}
}
