package embedbroker

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/kdeck/kdeck/embedbroker/gate"
	"github.com/kdeck/kdeck/embedbroker/security"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// validateListen fills in where to listen and what to tell clients.
func (cfg *Config) validateListen() error {
	if cfg.Listen == "" {
		cfg.Listen = host
	}
	ip := net.ParseIP(cfg.Listen)
	if ip == nil {
		return fmt.Errorf("listen on %q: want an address of this machine, as 0.0.0.0", cfg.Listen)
	}
	if ip.IsUnspecified() && cfg.Advertise == "" {
		return fmt.Errorf("listen on %s: clients cannot connect to that; say by which host they reach this machine (--advertise HOST)", cfg.Listen)
	}
	return nil
}

// Local reports whether only this machine can reach the cluster.
func (cfg *Config) Local() bool {
	ip := net.ParseIP(cfg.Listen)
	return cfg.Listen == "" || ip != nil && ip.IsLoopback()
}

// secured is what a cluster with TLS or SASL is made with.
type secured struct {
	tls    *tls.Config
	login  func(net.Conn) error // of the cluster itself, nil without SASL
	engine []kfake.Opt
}

// secure makes or reads what TLS and SASL need.
func (c *Cluster) secure() (secured, error) {
	var s secured
	var err error
	if c.cfg.TLS {
		hosts := []string{c.cfg.Listen}
		if c.cfg.Advertise != "" {
			hosts = append(hosts, c.cfg.Advertise)
		}
		if name, err := os.Hostname(); err == nil {
			hosts = append(hosts, name)
		}
		if s.tls, err = security.Certificate(c.dir.path, hosts...); err != nil {
			return s, err
		}
	}
	if !c.cfg.SASL {
		return s, nil
	}
	// The engine writes passwords to a file that all could read.
	if err := os.Chmod(c.dir.path, 0o700); err != nil {
		return s, err
	}
	users, err := security.OpenUsers(c.dir.path, c.cfg.Users)
	if err != nil {
		return s, err
	}
	if err := users.Tell(c.dir.path); err != nil {
		return s, err
	}
	s.engine = []kfake.Opt{kfake.EnableSASL(), kfake.Superuser(security.Plain, security.Internal, users.Secret)}
	for name, password := range users.Passwords { // the first start has no state to read them from
		for _, mechanism := range []string{security.Plain, security.Scram256, security.Scram512} {
			s.engine = append(s.engine, kfake.User(mechanism, name, password))
		}
	}
	s.login = func(conn net.Conn) error { return logIn(conn, security.Internal, users.Secret) }
	return s, nil
}

// logIn logs a connection to the engine in by PLAIN.
func logIn(conn net.Conn, user, password string) error {
	handshake := kmsg.NewPtrSASLHandshakeRequest()
	handshake.Version, handshake.Mechanism = 1, security.Plain // since v1 SASLAuthenticate follows (KIP-152)
	answer, err := exchange(conn, handshake)
	if err == nil {
		err = kerr.ErrorForCode(answer.(*kmsg.SASLHandshakeResponse).ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("log in at the engine: %w", err)
	}
	authenticate := kmsg.NewPtrSASLAuthenticateRequest()
	authenticate.SASLAuthBytes = []byte("\x00" + user + "\x00" + password)
	answer, err = exchange(conn, authenticate)
	if err == nil {
		err = kerr.ErrorForCode(answer.(*kmsg.SASLAuthenticateResponse).ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("log in at the engine: %w", err)
	}
	return nil
}

// exchange sends a request without flexible fields and reads its response.
func exchange(conn net.Conn, req kmsg.Request) (kmsg.Response, error) {
	msg := kmsg.NewRequestFormatter(kmsg.FormatterClientID("kdeck")).AppendRequest(nil, req, 0)
	if _, err := conn.Write(msg); err != nil {
		return nil, err
	}
	frame, err := gate.ReadAnswer(conn)
	if err != nil {
		return nil, err
	}
	if binary.BigEndian.Uint32(frame[4:]) != 0 {
		return nil, errors.New("response to another request")
	}
	resp := req.ResponseKind()
	return resp, resp.ReadFrom(frame[8:])
}

// Access is how clients get in.
type Access struct {
	CAFile       string // to trust, "" without TLS
	User         string // "" without SASL
	PasswordFile string // of User
}

// Access tells how clients get in, as the user who may do everything.
func (c *Cluster) Access() Access {
	var a Access
	if c.cfg.TLS {
		a.CAFile = security.CAFile(c.dir.path)
	}
	if c.cfg.SASL {
		a.User, a.PasswordFile = security.Admin, security.PasswordFile(c.dir.path)
	}
	return a
}
