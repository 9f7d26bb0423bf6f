// Package routetest has the other ends of routes for tests: an SSH jump host and a
// SOCKS5 proxy on the loopback.
package routetest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/kdeck/kdeck/kafka/profile/route"
)

// JumpHost is an SSH server that lets one key in and connects to where it is asked.
type JumpHost struct {
	Addr   string
	Key    string // file of the private key that gets in
	Known  string // known_hosts
	Logins atomic.Int32
}

// StartJumpHost starts a JumpHost, or skips the test where there is no ssh to use it.
func StartJumpHost(t *testing.T) *JumpHost {
	t.Helper()
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Skip("needs the ssh of OpenSSH")
	}
	host, user := newSSHKey(t), newSSHKey(t)
	h := &JumpHost{}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) != string(user.signer.PublicKey().Marshal()) {
			return nil, errors.New("another key")
		}
		return nil, nil
	}}
	config.AddHostKey(host.signer)
	listener := Listen(t)
	h.Addr = listener.Addr().String()
	_, port, _ := net.SplitHostPort(h.Addr)
	h.Key = writeFile(t, "key", string(user.private))
	h.Known = writeFile(t, "known_hosts", fmt.Sprintf("[127.0.0.1]:%s %s", port, ssh.MarshalAuthorizedKey(host.signer.PublicKey())))
	Serve(t, listener, func(conn net.Conn) {
		server, channels, requests, err := ssh.NewServerConn(conn, config)
		if err != nil {
			return
		}
		h.Logins.Add(1)
		defer func() { _ = server.Close() }() // the client hangs up first
		go ssh.DiscardRequests(requests)
		for channel := range channels {
			go forward(channel)
		}
	})
	return h
}

type sshKey struct {
	signer  ssh.Signer
	private []byte // PEM
}

func newSSHKey(t *testing.T) sshKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	return sshKey{signer, pem.EncodeToMemory(block)}
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// forward does direct-tcpip, RFC 4254 section 7.2.
func forward(asked ssh.NewChannel) {
	var to struct {
		Host   string
		Port   uint32
		Origin string
		From   uint32
	}
	if asked.ChannelType() != "direct-tcpip" || ssh.Unmarshal(asked.ExtraData(), &to) != nil {
		_ = asked.Reject(ssh.UnknownChannelType, "no")
		return
	}
	far, err := net.Dial("tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		_ = asked.Reject(ssh.ConnectionFailed, "Connection refused")
		return
	}
	channel, requests, err := asked.Accept()
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	go func() {
		_, _ = io.Copy(far, channel)
		_ = far.Close()
	}()
	_, _ = io.Copy(channel, far)
	_ = channel.Close()
}

// Jump is the way through h, with nothing of the user's configuration.
func (h *JumpHost) Jump(t *testing.T) *route.Jump {
	t.Helper()
	host, port, _ := net.SplitHostPort(h.Addr)
	dir, err := os.MkdirTemp("", "kdeck-jump-") // shorter than that of the test
	if err != nil {
		t.Fatal(err)
	}
	j := &route.Jump{
		Destination: "ops@" + host, Dir: filepath.Join(dir, "new"),
		Args: []string{"-F", "none", "-p", port, "-i", h.Key, "-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=" + h.Known},
	}
	t.Cleanup(func() {
		entries, _ := os.ReadDir(j.Dir)
		for _, e := range entries { // ends the login that would go on for a while
			args := append([]string{"-o", "ControlPath=" + filepath.Join(j.Dir, e.Name()), "-O", "exit"}, j.Args...)
			_ = exec.Command("ssh", append(args, "--", j.Destination)...).Run()
		}
		_ = os.RemoveAll(dir)
	})
	return j
}
