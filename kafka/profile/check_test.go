package profile

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func startCluster(t *testing.T, opts ...kfake.Opt) (*kfake.Cluster, Context) {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(2), kfake.ClusterID("test-cluster")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster, Context{Name: "test", BootstrapServers: cluster.ListenAddrs()[:1]}
}

// steps collects what a check reports.
type steps []Step

func (s steps) String() string {
	var lines []string
	for _, step := range s {
		line := step.Name + " ok: " + step.Detail
		if step.Err != nil {
			line = fmt.Sprintf("%s failed: %s -> %s", step.Name, step.Err, step.Hint)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func (s steps) names() string {
	var names []string
	for _, step := range s {
		names = append(names, step.Name)
	}
	return strings.Join(names, " ")
}

func check(ctx context.Context, c Context) (steps, error) {
	var got steps
	err := c.Check(ctx, func(s Step) { got = append(got, s) })
	return got, err
}

func user(mechanism, password string) *SASL {
	return &SASL{Mechanism: mechanism, User: "alice", Password: LiteralSecret(password)}
}

func TestCheckWorks(t *testing.T) {
	ca := newAuthority(t, "test authority")
	soon := time.Now().Add(time.Hour)
	cert, key := ca.issue(t, "client", soon)
	secure := kfake.TLS(ca.server(t, "127.0.0.1", soon))
	mutual := ca.server(t, "127.0.0.1", soon)
	mutual.ClientAuth = tls.RequireAndVerifyClientCert
	tests := []struct {
		name  string
		opts  []kfake.Opt
		tls   *TLS
		sasl  *SASL
		names string
	}{
		{"plaintext", nil, nil, nil, "DNS TCP ApiVersions Metadata Brokers"},
		{"TLS", []kfake.Opt{secure}, &TLS{CA: ca.pem}, nil, "DNS TCP TLS ApiVersions Metadata Brokers"},
		{"TLS, CA file", []kfake.Opt{secure}, &TLS{CAFiles: []string{tempFile(t, "ca.pem", ca.pem)}}, nil, "DNS TCP TLS ApiVersions Metadata Brokers"},
		{"TLS, nothing verified", []kfake.Opt{secure}, &TLS{InsecureSkipVerify: true}, nil, "DNS TCP TLS ApiVersions Metadata Brokers"},
		{"TLS, both ways", []kfake.Opt{kfake.TLS(mutual)}, &TLS{CA: ca.pem, Cert: cert, Key: LiteralSecret(key)}, nil, "DNS TCP TLS ApiVersions Metadata Brokers"},
		{
			"TLS, other host name", []kfake.Opt{kfake.TLS(ca.server(t, "kafka.example", soon))},
			&TLS{CA: ca.pem, ServerName: "kafka.example"}, nil, "DNS TCP TLS ApiVersions Metadata Brokers",
		},
		{
			"TLS, any host name", []kfake.Opt{kfake.TLS(ca.server(t, "kafka.example", soon))},
			&TLS{CA: ca.pem, SkipHostnameVerify: true}, nil, "DNS TCP TLS ApiVersions Metadata Brokers",
		},
	}
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		tests = append(tests, struct {
			name  string
			opts  []kfake.Opt
			tls   *TLS
			sasl  *SASL
			names string
		}{
			mechanism, []kfake.Opt{secure, kfake.EnableSASL(), kfake.Superuser(mechanism, "alice", "pa=ss,word")},
			&TLS{CA: ca.pem}, user(mechanism, "pa=ss,word"), "DNS TCP TLS SASL ApiVersions Metadata Brokers",
		})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, c := startCluster(t, test.opts...)
			c.TLS, c.SASL = test.tls, test.sasl
			got, err := check(t.Context(), c)
			if err != nil || got.names() != test.names {
				t.Fatalf("check: %v, steps:\n%s", err, got)
			}
			for _, want := range []string{"cluster id test-cluster, 2 brokers, controller", "all 2 advertised addresses can be reached"} {
				if !strings.Contains(got.String(), want) {
					t.Errorf("no %q in:\n%s", want, got)
				}
			}
			pingWithClient(t, c)
		})
	}
}

// pingWithClient holds Options to what Check has found.
func pingWithClient(t *testing.T, c Context) {
	t.Helper()
	opts, err := c.Options(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
}

func TestCheckFailsInPlainWords(t *testing.T) {
	ca, other := newAuthority(t, "test authority"), newAuthority(t, "other authority")
	soon := time.Now().Add(time.Hour)
	secure := kfake.TLS(ca.server(t, "127.0.0.1", soon))
	mutual := ca.server(t, "127.0.0.1", soon)
	mutual.ClientAuth = tls.RequireAndVerifyClientCert
	otherCert, otherKey := other.issue(t, "client", soon)
	login := []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("PLAIN", "alice", "right"), kfake.Superuser("SCRAM-SHA-256", "alice", "right")}
	trusting := &TLS{CA: ca.pem}
	quiet := log.New(io.Discard, "", 0) // of what is not HTTP
	web, secureWeb := httptest.NewUnstartedServer(http.NotFoundHandler()), httptest.NewUnstartedServer(http.NotFoundHandler())
	web.Config.ErrorLog, secureWeb.Config.ErrorLog = quiet, quiet
	web.Start()
	t.Cleanup(web.Close)
	secureWeb.StartTLS()
	t.Cleanup(secureWeb.Close)

	cluster := func(opts ...kfake.Opt) func(*testing.T) string {
		return func(t *testing.T) string {
			_, c := startCluster(t, opts...)
			return c.BootstrapServers[0]
		}
	}
	at := func(addr string) func(*testing.T) string { return func(*testing.T) string { return addr } }
	tests := []struct {
		name  string
		start func(*testing.T) string // returns the address
		tls   *TLS
		sasl  *SASL
		step  string
		why   string
		hint  string
	}{
		{"nobody listens", freePort, nil, nil, StepTCP, "nobody listens there (connection refused)", "check that the broker runs"},
		{"TLS to a plaintext port", cluster(), trusting, nil, StepTLS, "the port speaks Kafka without TLS", "leave out tls"},
		{"plaintext to a TLS port", cluster(secure), nil, nil, StepAPIVersions, "expects TLS", "add tls to the context"},
		{"SASL in plaintext to a TLS port", cluster(secure), nil, user("PLAIN", "x"), StepSASL, "expects TLS", "add tls to the context"},
		{"wrong CA", cluster(secure), &TLS{CA: other.pem}, nil, StepTLS, `signed by "CN=test authority", which is not a trusted authority`, "ca-files"},
		{"wrong CA, any host name", cluster(secure), &TLS{CA: other.pem, SkipHostnameVerify: true}, nil, StepTLS, "not a trusted authority", "ca-files"},
		{"expired certificate", cluster(kfake.TLS(ca.server(t, "127.0.0.1", time.Now().Add(-time.Hour)))), trusting, nil, StepTLS, "has expired", "renew"},
		{"other host name", cluster(kfake.TLS(ca.server(t, "kafka.example", soon))), trusting, nil, StepTLS, "is for kafka.example, not for 127.0.0.1", "server-name"},
		{"client certificate wanted", cluster(kfake.TLS(mutual)), trusting, nil, StepAPIVersions, "refused TLS: certificate required", "cert-file and key-file"},
		{
			"client certificate of another authority", cluster(kfake.TLS(mutual)),
			&TLS{CA: ca.pem, Cert: otherCert, Key: LiteralSecret(otherKey)}, nil, StepAPIVersions, "refused TLS", "",
		},
		{"wrong PLAIN password, connection cut", cluster(login...), nil, user("PLAIN", "wrong"), StepSASL, "closed the connection at the login of user alice with PLAIN", "check user and password"},
		{"wrong SCRAM password, connection cut", cluster(login...), nil, user("SCRAM-SHA-256", "wrong"), StepSASL, "closed the connection at the login of user alice", "kafka-configs.sh"},
		{"wrong password, with a reason", refusingLogin, nil, user("PLAIN", "wrong"), StepSASL, "refused user alice with PLAIN: Authentication failed: \uFFFD[31mInvalid username or password (SASL_AUTHENTICATION_FAILED)", "check user and password"},
		{"mechanism not enabled", withoutMechanism, nil, user("PLAIN", "x"), StepSASL, "does not do PLAIN, only SCRAM-SHA-512, GSSAPI", "set the mechanism"},
		{"listener without SASL", withoutSASL, nil, user("PLAIN", "x"), StepSASL, "the listener does not do SASL", "leave out sasl"},
		{"login wanted", cluster(login...), nil, nil, StepMetadata, "closed the connection at the Metadata request", "add sasl"},
		{"HTTP", at(web.Listener.Addr().String()), nil, nil, StepAPIVersions, "this is not a Kafka port: it speaks HTTP", "schema registry"},
		{"HTTP for TLS", at(web.Listener.Addr().String()), trusting, nil, StepTLS, "this is not a Kafka port: it speaks HTTP", "schema registry"},
		{"HTTPS", at(secureWeb.Listener.Addr().String()), nil, nil, StepAPIVersions, "this is not a Kafka port: it speaks HTTP", "schema registry"},
		{"SSH", talker("SSH-2.0-OpenSSH_9.9\r\n"), nil, nil, StepAPIVersions, `speaks something that begins "SSH-2.0-"`, "Kafka listener"},
		{"escape bytes", talker("\x1b]0;hi\x07 and more"), nil, nil, StepAPIVersions, `begins "\x1b]0;hi\a "`, ""},
		{"silence", talker(""), nil, nil, StepAPIVersions, "does not answer in time", "overloaded"},
		{"silence for TLS", talker(""), trusting, nil, StepTLS, "no answer to the TLS handshake in time", "TLS listener"},
		{"advertised address out of reach", advertising("127.0.0.1", 1), nil, nil, StepBrokers, "broker 7 advertises 127.0.0.1:1: nobody listens", "advertised.listeners"},
		{"no brokers", withoutBrokers, nil, nil, StepMetadata, "names no broker", "controller"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := Context{Name: "test", BootstrapServers: []string{test.start(t)}, TLS: test.tls, SASL: test.sasl}
			var got steps
			k := &checker{context: c, timeout: time.Second, report: func(s Step) { got = append(got, s) }}
			if err := k.prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := k.server(t.Context(), c.BootstrapServers[0], true)
			if err == nil || len(got) == 0 {
				t.Fatalf("check works:\n%s", got)
			}
			last := got[len(got)-1]
			if last.Name != test.step || last.Err == nil || !strings.Contains(last.Err.Error(), test.why) || !strings.Contains(last.Hint, test.hint) {
				t.Errorf("want %s failed: …%s… -> …%s…, got:\n%s", test.step, test.why, test.hint, got)
			}
			if !strings.Contains(err.Error(), test.why) {
				t.Errorf("error %q does not say %q", err, test.why)
			}
			if strings.ContainsFunc(got.String(), func(r rune) bool { return r < ' ' && r != '\n' }) {
				t.Errorf("control characters in %q", got)
			}
		})
	}
}

func freePort(t *testing.T) string {
	listener := listen(t)
	_ = listener.Close()
	return listener.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// talker greets each connection and then keeps silent.
func talker(greeting string) func(*testing.T) string {
	return func(t *testing.T) string {
		listener := listen(t)
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Write([]byte(greeting))
				t.Cleanup(func() { _ = conn.Close() })
			}
		}()
		return listener.Addr().String()
	}
}

// answering is a cluster that answers one API as told.
func answering(t *testing.T, key kmsg.Key, answer func(kmsg.Request) kmsg.Response, opts ...kfake.Opt) string {
	cluster, c := startCluster(t, opts...)
	cluster.ControlKey(key.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		return answer(req), nil, true
	})
	return c.BootstrapServers[0]
}

func refusingLogin(t *testing.T) string {
	return answering(t, kmsg.SASLAuthenticate, func(req kmsg.Request) kmsg.Response {
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.ErrorCode = kerr.SaslAuthenticationFailed.Code
		resp.ErrorMessage = kmsg.StringPtr("Authentication failed: \x1b[31mInvalid username or password")
		return resp
	}, kfake.EnableSASL())
}

func withoutMechanism(t *testing.T) string {
	return answering(t, kmsg.SASLHandshake, func(req kmsg.Request) kmsg.Response {
		resp := req.ResponseKind().(*kmsg.SASLHandshakeResponse)
		resp.ErrorCode = kerr.UnsupportedSaslMechanism.Code
		resp.SupportedMechanisms = []string{"SCRAM-SHA-512", "GSSAPI"}
		return resp
	}, kfake.EnableSASL())
}

func withoutSASL(t *testing.T) string {
	return answering(t, kmsg.SASLHandshake, func(req kmsg.Request) kmsg.Response {
		resp := req.ResponseKind().(*kmsg.SASLHandshakeResponse)
		resp.ErrorCode = kerr.IllegalSaslState.Code
		return resp
	})
}

func withoutBrokers(t *testing.T) string {
	return answering(t, kmsg.Metadata, kmsg.Request.ResponseKind)
}

func advertising(host string, port int32) func(*testing.T) string {
	return func(t *testing.T) string {
		return answering(t, kmsg.Metadata, func(req kmsg.Request) kmsg.Response {
			resp := req.ResponseKind().(*kmsg.MetadataResponse)
			broker := kmsg.NewMetadataResponseBroker()
			broker.NodeID, broker.Host, broker.Port = 7, host, port
			resp.Brokers = append(resp.Brokers, broker)
			return resp
		})
	}
}
