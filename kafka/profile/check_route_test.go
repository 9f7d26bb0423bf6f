package profile

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/kdeck/kdeck/kafka/profile/route"
	"github.com/kdeck/kdeck/kafka/profile/route/routetest"
)

// A broker under another address: its certificate is compared with the one that is
// replaced, and server-name, where it is set, with every broker's.
func TestCheckOfABrokerElsewhere(t *testing.T) {
	ca := newAuthority(t, "test authority")
	secure := kfake.TLS(ca.server(t, "kafka.nowhere", time.Now().Add(time.Hour)))
	_, c := startCluster(t, secure, kfake.NumBrokers(1))
	place := c.BootstrapServers[0]
	c.TLS = &TLS{CA: ca.pem}
	c.BootstrapServers = []string{"kafka.nowhere:9093"}
	c.Addresses = route.Addresses{"kafka.nowhere": place}
	got, err := check(t.Context(), c)
	if err != nil || !strings.Contains(got.String(), "TCP ok: connected to "+place+", found at "+place) {
		t.Errorf("%v\n%s", err, got)
	}
	pingWithClient(t, c)

	c.Addresses = route.Addresses{"other.nowhere": place}
	c.BootstrapServers = []string{"other.nowhere:9093"}
	if got, err = check(t.Context(), c); err == nil || !strings.Contains(got.String(), "the certificate is for kafka.nowhere, not for other.nowhere") {
		t.Errorf("%v\n%s", err, got)
	}
	c.TLS.ServerName = "kafka.nowhere"
	if got, err = check(t.Context(), c); err != nil {
		t.Errorf("%v\n%s", err, got)
	}
	pingWithClient(t, c)
}

// What cannot be reached by a proxy or jump host is told at its own step.
func TestCheckTellsOfTheWay(t *testing.T) {
	noLogin := [2]string{"ssh 127.0.0.1 does not log in: ", "try: ssh -o BatchMode=yes 127.0.0.1"}
	if _, err := exec.LookPath("ssh"); err != nil {
		noLogin = [2]string{"there is no ssh on this machine", "install OpenSSH"}
	}
	nobody := freePort(t)
	deaf := talker("HTTP/1.1 400 Bad Request\r\n\r\n")(t)
	for _, test := range []struct {
		name   string
		change func(*Context)
		steps  string
		why    string
		hint   string
	}{
		{"no proxy", func(c *Context) { c.Proxy = &Proxy{URL: "socks5://" + nobody} }, StepProxy, "the proxy " + nobody + " cannot be reached: nobody listens there", "check the url of the proxy"},
		{"another proxy", func(c *Context) { c.Proxy = &Proxy{URL: "socks5h://" + deaf + "/"} }, StepProxy + " " + StepTCP, "the proxy " + deaf + " does not connect to kafka.nowhere:9092: unexpected protocol version", "check that the proxy may connect there"},
		{"nobody elsewhere", func(c *Context) { c.Addresses = route.Addresses{"*": nobody} }, StepDNS + " " + StepTCP, "nobody listens there", "check that the broker runs"},
		{"no jump host", func(c *Context) {
			host, port, _ := net.SplitHostPort(nobody)
			c.SSH = &SSH{Destination: host, Args: []string{"-F", "none", "-p", port}}
		}, StepSSH, noLogin[0], noLogin[1]},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", shortDir(t))
			c := Context{BootstrapServers: []string{"kafka.nowhere:9092"}}
			test.change(&c)
			got, err := check(t.Context(), c)
			if err == nil || got.names() != test.steps || !strings.Contains(got.String(), test.why) || !strings.Contains(got.String(), test.hint) {
				t.Errorf("%v\n%s\nwant %s: %s -> %s", err, got, test.steps, test.why, test.hint)
			}
		})
	}
}

// shortDir is a folder whose path leaves room for the name of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// With TLS, through a jump host and through a proxy, to a name that only they know.
func TestCheckByProxyAndJumpHost(t *testing.T) {
	ca := newAuthority(t, "test authority")
	_, direct := startCluster(t, kfake.TLS(ca.server(t, "127.0.0.1", time.Now().Add(time.Hour))), kfake.NumBrokers(1))
	direct.TLS = &TLS{CA: ca.pem}
	place := direct.BootstrapServers[0]

	t.Run("jump host", func(t *testing.T) {
		host := routetest.StartJumpHost(t)
		t.Setenv("XDG_STATE_HOME", shortDir(t))
		by := direct
		jump := host.Jump(t)
		by.SSH = &SSH{Destination: jump.Destination, Args: jump.Args}
		got, err := check(t.Context(), by)
		if err != nil || got.names() != "SSH TCP TLS ApiVersions Metadata Brokers" || !strings.Contains(got.String(), "logged in to ops@127.0.0.1") {
			t.Fatalf("%v\n%s", err, got)
		}
		pingWithClient(t, by)
		if n := host.Logins.Load(); n != 1 {
			t.Errorf("%d logins", n)
		}
		by.Addresses = route.Addresses{place: freePort(t)}
		got, err = check(t.Context(), by)
		if err == nil || got.names() != "SSH TCP TLS" || !strings.Contains(got.String(), "the jump host cannot connect there") || !strings.Contains(got.String(), "check that the jump host reaches the broker") {
			t.Errorf("%v\n%s", err, got)
		}
		endLogins(t, jump)
	})
	t.Run("proxy", func(t *testing.T) {
		by := direct
		by.BootstrapServers = []string{"kafka.nowhere:9093"}
		by.TLS = &TLS{CA: ca.pem, ServerName: "127.0.0.1"}
		by.Proxy = &Proxy{URL: "socks5://" + routetest.SOCKS(t, "u", "p", "kafka.nowhere", place), User: "u", Password: LiteralSecret("p")}
		by.Addresses = route.Addresses{"127.0.0.1": "kafka.nowhere"} // as the proxy knows the broker
		got, err := check(t.Context(), by)
		if err != nil || got.names() != "Proxy TCP TLS ApiVersions Metadata Brokers" || !strings.Contains(got.String(), "connected to kafka.nowhere:9093 by the proxy") {
			t.Fatalf("%v\n%s", err, got)
		}
		pingWithClient(t, by)
	})
}

// endLogins ends the login that would go on for a while.
func endLogins(t *testing.T, jump *route.Jump) {
	t.Helper()
	sockets, err := filepath.Glob(filepath.Join(os.Getenv("XDG_STATE_HOME"), "kdeck", "ssh", "*"))
	if err != nil || len(sockets) != 1 {
		t.Errorf("sockets %v, %v", sockets, err)
	}
	for _, socket := range sockets {
		args := append([]string{"-o", "ControlPath=" + socket, "-O", "exit"}, jump.Args...)
		if out, err := exec.Command("ssh", append(args, "--", jump.Destination)...).CombinedOutput(); err != nil {
			t.Errorf("end the login: %v: %s", err, out)
		}
	}
}
