package kafkatest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// The users of a secured cluster, by every mechanism of Mechanisms.
const (
	Root  = "root"  // may do everything
	Clerk = "clerk" // may do what Cluster.Allow says, and at first nothing
)

// Mechanisms are those of SASL by which users get in.
var Mechanisms = []string{"SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"}

// Password is that of a user, with characters that files and shells quote.
func Password(user string) string { return user + `'s "pass=word"` }

// Certify writes a new certificate authority into the file ca.pem in dir, and its
// certificate for servers on the loopback, with the key, into broker.pem: a key
// store as Kafka reads it (KIP-651).
func Certify(dir string) (ca, broker string, err error) {
	ca, broker = filepath.Join(dir, "ca.pem"), filepath.Join(dir, "broker.pem")
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kdeck tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "broker"},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	var keys [2]*ecdsa.PrivateKey
	for i := range keys {
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return "", "", err
		}
	}
	signed, err := x509.CreateCertificate(rand.Reader, authority, authority, keys[0].Public(), keys[0])
	if err != nil {
		return "", "", err
	}
	issued, err := x509.CreateCertificate(rand.Reader, server, authority, keys[1].Public(), keys[0])
	if err != nil {
		return "", "", err
	}
	key, err := x509.MarshalPKCS8PrivateKey(keys[1])
	if err != nil {
		return "", "", err
	}
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	if err := os.WriteFile(ca, block("CERTIFICATE", signed), 0o600); err != nil {
		return "", "", err
	}
	return ca, broker, os.WriteFile(broker, append(block("PRIVATE KEY", key), block("CERTIFICATE", issued)...), 0o600)
}

// secureLines are the lines of server.properties for a listener SASL_SSL, with
// rights: whoever comes in by the plain listener may do everything, as brokers do
// among themselves.
func secureLines(broker string) []string {
	users := make([]string, 0, 2)
	for _, user := range []string{Root, Clerk} {
		users = append(users, fmt.Sprintf("user_%s=%s", user, jaasQuote(Password(user))))
	}
	const module = "org.apache.kafka.common.security."
	door := "listener.name.sasl_ssl."
	return []string{
		"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users=User:ANONYMOUS;User:" + Root,
		"sasl.enabled.mechanisms=" + strings.Join(Mechanisms, ","),
		door + "plain.sasl.jaas.config=" + module + "plain.PlainLoginModule required " + strings.Join(users, " ") + ";",
		door + "scram-sha-256.sasl.jaas.config=" + module + "scram.ScramLoginModule required;",
		door + "scram-sha-512.sasl.jaas.config=" + module + "scram.ScramLoginModule required;",
		door + "ssl.keystore.type=PEM",
		door + "ssl.keystore.location=" + broker,
	}
}

// jaasQuote quotes for a login configuration in a properties file, which takes
// one level of backslashes away before the other is read.
func jaasQuote(s string) string {
	return `"` + strings.ReplaceAll(s, `"`, `\\"`) + `"`
}

// scramArgs let format make the users of SCRAM (KIP-900), in its own notation.
func scramArgs() []string {
	var args []string
	for _, mechanism := range Mechanisms {
		if !strings.HasPrefix(mechanism, "SCRAM") {
			continue
		}
		for _, user := range []string{Root, Clerk} {
			args = append(args, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, user, Password(user)))
		}
	}
	return args
}

// startSecured gives tests without Apache Kafka the engine of the embedded
// cluster, which knows TLS, SASL and rights; the embedded cluster has none.
func (c *Cluster) startSecured() {
	c.tb.Helper()
	ca, broker, err := Certify(c.tb.TempDir())
	if err != nil {
		c.tb.Fatal(err)
	}
	cert, err := tls.LoadX509KeyPair(broker, broker)
	if err != nil {
		c.tb.Fatal(err)
	}
	opts := []kfake.Opt{
		kfake.NumBrokers(3), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}),
	}
	for _, mechanism := range Mechanisms {
		opts = append(opts, kfake.Superuser(mechanism, Root, Password(Root)), kfake.User(mechanism, Clerk, Password(Clerk)))
	}
	engine, err := kfake.NewCluster(opts...)
	if err != nil {
		c.tb.Fatal(err)
	}
	c.tb.Cleanup(engine.Close)
	c.Servers, c.CA = engine.ListenAddrs(), ca
}
