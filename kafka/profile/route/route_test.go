package route_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/kafka/profile/route"
	"github.com/kdeck/kdeck/kafka/profile/route/routetest"
)

func TestPlace(t *testing.T) {
	some := route.Addresses{
		"kafka-1:9092": "localhost:19092",
		"kafka-1":      "10.0.0.1",
		"kafka-2":      "gateway:29092",
		"*.example":    "not a pattern",
		"::1":          "[fe80::1]",
	}
	all := route.Addresses{"*": "gateway", "kafka-1": "first"}
	for _, test := range []struct {
		in   route.Addresses
		addr string
		want string
	}{
		{nil, "kafka-1:9092", "kafka-1:9092"},
		{some, "kafka-1:9092", "localhost:19092"},
		{some, "kafka-1:9093", "10.0.0.1:9093"},
		{some, "kafka-2:9093", "gateway:29092"},
		{some, "kafka-3:9092", "kafka-3:9092"},
		{some, "[::1]:9092", "[fe80::1]:9092"},
		{some, "not an address", "not an address"},
		{all, "kafka-1:9092", "first:9092"},
		{all, "kafka-7:7", "gateway:7"},
	} {
		if got := test.in.Place(test.addr); got != test.want {
			t.Errorf("%s is at %s, want %s", test.addr, got, test.want)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, good := range []route.Addresses{nil, {"a:1": "b"}, {"*": "h:65535"}, {"[::1]:9092": "127.0.0.1:1"}} {
		if err := good.Validate(); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	for want, bad := range map[string]route.Addresses{
		`"" is not a host`:           {"": "b"},
		`port "0" is not`:            {"a:0": "b"},
		`port "70000" is not`:        {"a": "b:70000"},
		"neither HOST nor HOST:PORT": {"a": "::1"},
		`"*" is not a host`:          {"a": "*"},
		`"*.internal" is not a host`: {"*.internal": "b"},
	} {
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", bad, err, want)
		}
	}
	for _, destination := range []string{"", "-oProxyCommand=x", "a b"} {
		if err := (&route.Jump{Destination: destination}).Validate(); err == nil {
			t.Errorf("%q is taken as a destination", destination)
		}
	}
}

const greeting = "hello"

// greeter listens on the loopback, greets each connection, and echoes what it says.
func greeter(t *testing.T) string {
	t.Helper()
	listener := routetest.Listen(t)
	routetest.Serve(t, listener, func(conn net.Conn) {
		_, _ = io.WriteString(conn, greeting)
		_, _ = io.Copy(conn, conn)
	})
	return listener.Addr().String()
}

func greeted(t *testing.T, r *route.Route, addr string) {
	t.Helper()
	conn, err := r.Dial(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(greeting))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != greeting {
		t.Fatalf("read %q, %v", got, err)
	}
	if _, err := io.WriteString(conn, "back"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, got[:4]); err != nil || string(got[:4]) != "back" {
		t.Fatalf("echoed %q, %v", got[:4], err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

func TestDialInAnotherPlace(t *testing.T) {
	r := &route.Route{Addresses: route.Addresses{"kafka-1.nowhere": greeter(t)}}
	greeted(t, r, "kafka-1.nowhere:9092")
}

func TestProxy(t *testing.T) {
	place := greeter(t)
	for _, login := range [][2]string{{"", ""}, {"ops", "secret"}} {
		addr := routetest.SOCKS(t, login[0], login[1], "kafka-1.nowhere", place)
		p := &route.Proxy{Addr: addr, User: login[0], Password: login[1]}
		if err := p.Reach(t.Context()); err != nil {
			t.Error(err)
		}
		greeted(t, &route.Route{Proxy: p}, "kafka-1.nowhere:9092")
	}
}

func TestProxyThatDoesNotConnect(t *testing.T) {
	closed := routetest.Listen(t)
	_ = closed.Close()
	refusing := routetest.SOCKS(t, "", "", "kafka-1.nowhere", closed.Addr().String())
	guarded := routetest.SOCKS(t, "ops", "secret", "kafka-1.nowhere", "")
	for want, p := range map[string]*route.Proxy{
		"SOCKS5 proxy " + closed.Addr().String() + ": dial tcp":                           {Addr: closed.Addr().String()},
		"SOCKS5 proxy " + refusing + " does not connect to kafka-1.nowhere:9092: unknown": {Addr: refusing},
		"SOCKS5 proxy " + guarded + " does not connect to kafka-1.nowhere:9092":           {Addr: guarded, User: "ops", Password: "secre7"},
	} {
		_, err := (&route.Route{Proxy: p}).Dial(t.Context(), "tcp", "kafka-1.nowhere:9092")
		var failed *route.ProxyError
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secre") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
