package embedbroker_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// way are the options of a client that gets in by TLS.
func way(t *testing.T, a embedbroker.Access) kgo.Opt {
	t.Helper()
	pem, err := os.ReadFile(a.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return kgo.DialTLSConfig(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
}

func password(t *testing.T, a embedbroker.Access) string {
	t.Helper()
	raw, err := os.ReadFile(a.PasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(a.PasswordFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v: others can read the password: %v", err, info.Mode())
	}
	return strings.TrimSpace(string(raw))
}

func mechanisms(user, pass string) []sasl.Mechanism {
	auth := scram.Auth{User: user, Pass: pass}
	return []sasl.Mechanism{plain.Auth{User: user, Pass: pass}.AsMechanism(), auth.AsSha256Mechanism(), auth.AsSha512Mechanism()}
}

func TestLogin(t *testing.T) {
	dir := t.TempDir()
	var last string
	for _, round := range []string{"the first start", "the next start"} {
		ctx := testContext(t)
		c, err := embedbroker.Start(embedbroker.Config{Brokers: 3, DataDir: dir, SASL: true, TLS: true, Users: map[string]string{"app": "secret"}})
		if err != nil {
			t.Fatal(err)
		}
		a := c.Access()
		admin := password(t, a)
		if last != "" && admin != last {
			t.Errorf("%s: the password of %s is another", round, a.User)
		}
		last = admin
		for user, pass := range map[string]string{a.User: admin, "app": "secret"} {
			for _, m := range mechanisms(user, pass) {
				cl := client(t, c, way(t, a), kgo.SASL(m), kgo.AllowAutoTopicCreation())
				produce(ctx, t, cl, "t", 3) // the gate asks the engine for the topic
				if _, err := kadm.NewClient(cl).CreateTopic(ctx, 1, 1, nil, user+m.Name()+round[4:5]); err != nil {
					t.Errorf("%s: %s by %s creates a topic: %v", round, user, m.Name(), err)
				}
			}
		}
		for _, m := range mechanisms("app", "wrong") {
			cl := client(t, c, way(t, a), kgo.SASL(m), kgo.RequestRetries(0), kgo.RetryTimeout(time.Second))
			if err := cl.Ping(ctx); err == nil {
				t.Errorf("%s: a wrong password gets in by %s", round, m.Name())
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Nothing is answered before the login, neither by the engine nor by the gate,
// and nothing without TLS.
func TestBeforeLogin(t *testing.T) {
	c := start(t, embedbroker.Config{Brokers: 1, SASL: true})
	create := kmsg.NewPtrCreateTopicsRequest()
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = "t", 1, 1
	create.Topics = append(create.Topics, topic)
	metadata := kmsg.NewPtrMetadataRequest()
	for _, req := range []kmsg.Request{create, metadata, kmsg.NewPtrListGroupsRequest()} {
		conn, err := net.Dial("tcp", c.Addrs()[0])
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(testTimeout)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(kmsg.NewRequestFormatter().AppendRequest(nil, req, 1)); err != nil {
			t.Fatal(err)
		}
		if _, err := readFrame(conn); err == nil {
			t.Errorf("%s is answered before the login", kmsg.NameForKey(req.Key()))
		}
	}
	if status := c.Replicas(10); len(status.Partitions) > 0 {
		t.Errorf("a topic was made: %+v", status.Partitions)
	}
	secured := start(t, embedbroker.Config{Brokers: 1, TLS: true})
	if err := client(t, secured, kgo.RequestRetries(0), kgo.RetryTimeout(time.Second)).Ping(testContext(t)); err == nil {
		t.Error("a client without TLS is answered")
	}
}

// Coordinators move on a cluster with SASL too.
func TestLoginAndCoordinators(t *testing.T) {
	ctx := testContext(t)
	c := start(t, embedbroker.Config{Brokers: 3, SASL: true})
	m := mechanisms("admin", password(t, c.Access()))[2]
	cl := client(t, c, kgo.SASL(m), kgo.AllowAutoTopicCreation())
	produce(ctx, t, cl, "t", 3)
	adm := kadm.NewClient(cl)
	for broker := range int32(3) {
		if err := c.StopBroker(broker); err != nil {
			t.Fatal(err)
		}
		for _, group := range []string{"a", "b", "c", "d", "e"} {
			commit := make(kadm.Offsets)
			commit.AddOffset("t", 0, 1, -1)
			err := adm.CommitAllOffsets(ctx, group, commit)
			for err != nil && strings.Contains(err.Error(), "dial") && ctx.Err() == nil { // it asks the old coordinator first
				err = adm.CommitAllOffsets(ctx, group, commit)
			}
			if err != nil {
				t.Errorf("without broker %d: commit of group %s: %v", broker, group, err)
			}
		}
		if err := c.StartBroker(broker); err != nil {
			t.Fatal(err)
		}
		for !inSync(c.Replicas(10)) && ctx.Err() == nil {
		}
	}
}

func TestAdvertise(t *testing.T) {
	c := start(t, embedbroker.Config{Brokers: 2, Listen: "0.0.0.0", Advertise: "localhost"})
	for _, addr := range c.Addrs() {
		if !strings.HasPrefix(addr, "localhost:") {
			t.Errorf("clients are told %s", addr)
		}
	}
	cl := client(t, c, kgo.AllowAutoTopicCreation())
	produce(testContext(t), t, cl, "t", 10)
	for _, listen := range []string{"0.0.0.0", "nowhere"} {
		if _, err := embedbroker.Start(embedbroker.Config{Ephemeral: true, Listen: listen}); err == nil || !strings.Contains(err.Error(), listen) {
			t.Errorf("listen on %s: %v", listen, err)
		}
	}
}
