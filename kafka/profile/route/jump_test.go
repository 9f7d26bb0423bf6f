package route_test

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
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/kdeck/kdeck/kafka/profile/route"
)

// jumpHost is an SSH server that lets one key in and connects to where it is asked.
type jumpHost struct {
	addr   string
	key    string // file of the private key that gets in
	known  string // known_hosts
	logins atomic.Int32
}

func startJumpHost(t *testing.T) *jumpHost {
	t.Helper()
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Skip("needs the ssh of OpenSSH")
	}
	host, user := newSSHKey(t), newSSHKey(t)
	h := &jumpHost{}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) != string(user.signer.PublicKey().Marshal()) {
			return nil, errors.New("another key")
		}
		return nil, nil
	}}
	config.AddHostKey(host.signer)
	listener := listen(t)
	h.addr = listener.Addr().String()
	_, port, _ := net.SplitHostPort(h.addr)
	h.key = writeFile(t, "key", string(user.private))
	h.known = writeFile(t, "known_hosts", fmt.Sprintf("[127.0.0.1]:%s %s", port, ssh.MarshalAuthorizedKey(host.signer.PublicKey())))
	serve(t, listener, func(conn net.Conn) {
		server, channels, requests, err := ssh.NewServerConn(conn, config)
		if err != nil {
			return
		}
		h.logins.Add(1)
		defer server.Close()
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

// jump is the way through h, with nothing of the user's configuration.
func (h *jumpHost) jump(t *testing.T) *route.Jump {
	host, port, _ := net.SplitHostPort(h.addr)
	dir, err := os.MkdirTemp("", "kdeck-jump-") // shorter than that of the test
	if err != nil {
		t.Fatal(err)
	}
	j := &route.Jump{
		Destination: "ops@" + host, Dir: filepath.Join(dir, "new"),
		Args: []string{"-F", "none", "-p", port, "-i", h.key, "-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=" + h.known},
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

func TestJump(t *testing.T) {
	h := startJumpHost(t)
	r := &route.Route{Jump: h.jump(t), Addresses: route.Addresses{"kafka-1.nowhere": greeter(t, "hello")}}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { greeted(t, t.Context(), r, "kafka-1.nowhere:9092", "hello") })
	}
	all.Wait()
	if got := h.logins.Load(); got != 1 {
		t.Errorf("%d logins for 5 connections", got)
	}
	if info, err := os.Stat(r.Jump.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of the login: %v, %v", info, err)
	}
}

func TestJumpWithoutASharedLogin(t *testing.T) {
	h := startJumpHost(t)
	j := h.jump(t)
	j.Dir = ""
	place := greeter(t, "hello")
	for range 2 {
		greeted(t, t.Context(), &route.Route{Jump: j}, place, "hello")
	}
	if got := h.logins.Load(); got != 2 {
		t.Errorf("%d logins for 2 connections", got)
	}
}

func TestJumpToWhereNobodyListens(t *testing.T) {
	h := startJumpHost(t)
	closed := listen(t)
	_ = closed.Close()
	shared, alone := h.jump(t), h.jump(t)
	alone.Dir = ""
	for want, j := range map[string]*route.Jump{"the jump host cannot connect there": shared, "Connection refused": alone} {
		conn, err := j.Dial(t.Context(), closed.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, err = conn.Read(make([]byte, 1))
		var failed *route.JumpError
		if !errors.As(err, &failed) || failed.Target != closed.Addr().String() || !strings.Contains(failed.Says, want) {
			t.Errorf("%v, want %q", err, want)
		}
		if conn.RemoteAddr().String() != closed.Addr().String() {
			t.Errorf("it is called %v", conn.RemoteAddr())
		}
		_ = conn.Close()
	}
}

func TestJumpThatDoesNotLogIn(t *testing.T) {
	h := startJumpHost(t)
	h.key = startJumpHost(t).key
	strangers := startJumpHost(t)
	strangers.known = "/dev/null"
	for want, host := range map[string]*jumpHost{"Permission denied (publickey)": h, "Host key verification failed": strangers} {
		_, err := host.jump(t).Dial(t.Context(), "127.0.0.1:1")
		var failed *route.JumpError
		if !errors.As(err, &failed) || failed.Target != "" || !strings.Contains(failed.Says, want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
