package profile

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestCheckTriesEveryServer(t *testing.T) {
	_, c := startCluster(t)
	dead := freePort(t)
	c.BootstrapServers = []string{dead, c.BootstrapServers[0], dead}
	got, err := check(t.Context(), c)
	if err != nil {
		t.Fatalf("check: %v\n%s", err, got)
	}
	if want := "DNS TCP DNS TCP ApiVersions Metadata Brokers DNS TCP"; got.names() != want {
		t.Errorf("steps %s, want %s", got.names(), want)
	}
	for i, step := range got {
		if failed := step.Server == dead && step.Name == StepTCP; failed != (step.Err != nil) {
			t.Errorf("step %d: %+v", i, step)
		}
	}
}

func TestCheckWithoutAnyServer(t *testing.T) {
	first, second := freePort(t), freePort(t)
	c := Context{Name: "prod", BootstrapServers: []string{first, second}}
	got, err := check(t.Context(), c)
	if got.names() != "DNS TCP DNS TCP" || err == nil || !strings.HasPrefix(err.Error(), "context prod does not work: "+first+": TCP: nobody listens") {
		t.Errorf("error %v, steps:\n%s", err, got)
	}
}

// A second refusal could lock the account.
func TestCheckLogsInOnceWithAWrongPassword(t *testing.T) {
	cluster, c := startCluster(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "alice", "right"))
	var logins atomic.Int32
	cluster.ControlKey(kmsg.SASLAuthenticate.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		logins.Add(1)
		return nil, nil, false
	})
	c.BootstrapServers = cluster.ListenAddrs()
	c.SASL = user("PLAIN", "wrong")
	got, err := check(t.Context(), c)
	if err == nil || logins.Load() != 1 || got.names() != "DNS TCP SASL" {
		t.Errorf("error %v, %d logins, steps:\n%s", err, logins.Load(), got)
	}
}

func TestCheckStopsWithItsContext(t *testing.T) {
	silent := talker("")(t)
	c := Context{BootstrapServers: []string{silent, silent}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got steps
	err := c.Check(ctx, func(s Step) {
		got = append(got, s)
		if s.Name == StepTCP {
			cancel()
		}
	})
	if err == nil || got.names() != "DNS TCP ApiVersions" || got[2].Err == nil || got[2].Err.Error() != "it was interrupted" {
		t.Errorf("error %v, steps:\n%s", err, got)
	}
}

func TestCheckOfWhatCannotBeRead(t *testing.T) {
	for want, c := range map[string]Context{
		"the list is empty":                   {},
		"/none/ca.pem: no such file":          {BootstrapServers: []string{"h:1"}, TLS: &TLS{CAFiles: []string{"/none/ca.pem"}}},
		"it is neither PEM nor a JKS":         {BootstrapServers: []string{"h:1"}, TLS: &TLS{CA: "x"}},
		"password of alice: read secret from": {BootstrapServers: []string{"h:1"}, SASL: &SASL{Mechanism: "PLAIN", User: "alice", Password: FileSecret("/none/p")}},
		"no PEM certificate":                  {BootstrapServers: []string{"h:1"}, TLS: &TLS{Cert: "x", Key: LiteralSecret("-----BEGIN ENCRYPTED PRIVATE KEY-----")}},
	} {
		got, err := check(t.Context(), c)
		if err == nil || got.names() != StepConfig || !strings.Contains(got[0].Err.Error(), want) {
			t.Errorf("want %q, got error %v, steps:\n%s", want, err, got)
		}
		if _, err := c.Options(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Options: error %v, want %q", err, want)
		}
	}
}

func TestCheckTellsOfTokens(t *testing.T) {
	_, c := startCluster(t, kfake.EnableSASL())
	c.SASL = &SASL{Mechanism: "OAUTHBEARER", OAuth: &OAuth{TokenURL: "http://" + freePort(t), ClientID: "c", ClientSecret: LiteralSecret(hidden)}}
	got, err := check(t.Context(), c)
	if err == nil || !strings.Contains(got.String(), "SASL failed: no token: get token from http://127.0.0.1:") || strings.Contains(got.String(), hidden) {
		t.Errorf("error %v, steps:\n%s", err, got)
	}
}

func TestCheckLogsInWithAToken(t *testing.T) {
	cluster, c := startCluster(t)
	cluster.ControlKey(kmsg.SASLHandshake.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		return req.ResponseKind(), nil, true
	})
	sent := make(chan string, 1)
	cluster.ControlKey(kmsg.SASLAuthenticate.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		sent <- string(req.(*kmsg.SASLAuthenticateRequest).SASLAuthBytes)
		return req.ResponseKind(), nil, true
	})
	c.SASL = &SASL{Mechanism: "OAUTHBEARER", OAuth: &OAuth{Token: LiteralSecret(hidden), Extensions: map[string]string{"traceId": "7 a", "logicalCluster": "lkc-1"}}}
	got, err := check(t.Context(), c)
	if err != nil || got.names() != "DNS TCP SASL ApiVersions Metadata Brokers" || strings.Contains(got.String(), hidden) {
		t.Fatalf("error %v, steps:\n%s", err, got)
	}
	if message, want := <-sent, "n,,\x01auth=Bearer "+hidden+"\x01logicalCluster=lkc-1\x01traceId=7 a\x01\x01"; message != want { // RFC 7628, KIP-342
		t.Errorf("sent %q, want %q", message, want)
	}
}

// Failures that no loopback listener can show.
func TestExplainDial(t *testing.T) {
	for want, err := range map[string]error{
		"the host name kafka.example does not exist":    &net.DNSError{Err: "no such host", IsNotFound: true},
		"the name server did not resolve kafka.example": &net.DNSError{Err: "server misbehaving", IsTemporary: true},
		"nobody listens there (connection refused)":     &net.OpError{Err: syscall.ECONNREFUSED},
		"no answer in time":                             context.DeadlineExceeded,
		"there is no route to kafka.example":            &net.OpError{Err: syscall.EHOSTUNREACH},
		"permission refused":                            fmt.Errorf("dial: %w", errors.New("permission refused")),
	} {
		got := explainDial("kafka.example:9092", err)
		if !strings.HasPrefix(got.why, want) || got.hint == "" {
			t.Errorf("%v: %+v, want %q", err, got, want)
		}
	}
}

func TestExplainAdvertisedLoopback(t *testing.T) {
	err := &reachError{failed: []unreachable{{broker: 2, addr: "localhost:9092", why: "nobody listens"}}, of: 3}
	got := explainReach(err, "kafka.example:9092")
	if !strings.Contains(got.why, "1 of 3 brokers cannot be reached at the advertised address: broker 2 advertises localhost:9092") ||
		!strings.Contains(got.hint, "from here is this machine, not the broker") {
		t.Errorf("%+v", got)
	}
	if got := explainReach(err, "localhost:9093"); strings.Contains(got.hint, "this machine") {
		t.Errorf("on the broker's machine: %+v", got)
	}
}
