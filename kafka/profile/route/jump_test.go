package route_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/kdeck/kdeck/kafka/profile/route"
	"github.com/kdeck/kdeck/kafka/profile/route/routetest"
)

func TestJump(t *testing.T) {
	h := routetest.StartJumpHost(t)
	r := &route.Route{Jump: h.Jump(t), Addresses: route.Addresses{"kafka-1.nowhere": greeter(t)}}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { greeted(t, r, "kafka-1.nowhere:9092") })
	}
	all.Wait()
	if got := h.Logins.Load(); got != 1 {
		t.Errorf("%d logins for 5 connections", got)
	}
	if info, err := os.Stat(r.Jump.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of the login: %v, %v", info, err)
	}
}

func TestJumpWithoutASharedLogin(t *testing.T) {
	h := routetest.StartJumpHost(t)
	j := h.Jump(t)
	j.Dir = ""
	place := greeter(t)
	for range 2 {
		greeted(t, &route.Route{Jump: j}, place)
	}
	if got := h.Logins.Load(); got != 2 {
		t.Errorf("%d logins for 2 connections", got)
	}
}

func TestJumpToWhereNobodyListens(t *testing.T) {
	h := routetest.StartJumpHost(t)
	closed := routetest.Listen(t)
	_ = closed.Close()
	shared, alone := h.Jump(t), h.Jump(t)
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
	h := routetest.StartJumpHost(t)
	h.Key = routetest.StartJumpHost(t).Key
	strangers := routetest.StartJumpHost(t)
	strangers.Known = "/dev/null"
	for want, host := range map[string]*routetest.JumpHost{"Permission denied (publickey)": h, "Host key verification failed": strangers} {
		_, err := host.Jump(t).Dial(t.Context(), "127.0.0.1:1")
		var failed *route.JumpError
		if !errors.As(err, &failed) || failed.Target != "" || !strings.Contains(failed.Says, want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
