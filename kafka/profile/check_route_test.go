package profile

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/kdeck/kdeck/kafka/profile/route"
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
		}, StepSSH, "ssh 127.0.0.1 does not log in: ", "try: ssh -o BatchMode=yes 127.0.0.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", t.TempDir())
			c := Context{BootstrapServers: []string{"kafka.nowhere:9092"}}
			test.change(&c)
			got, err := check(t.Context(), c)
			if err == nil || got.names() != test.steps || !strings.Contains(got.String(), test.why) || !strings.Contains(got.String(), test.hint) {
				t.Errorf("%v\n%s\nwant %s: %s -> %s", err, got, test.steps, test.why, test.hint)
			}
		})
	}
}
