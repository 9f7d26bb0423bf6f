package profile

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/kdeck/kdeck/kafka/profile/route"
)

// finding is why a step failed and what to check next.
type finding struct{ why, hint string }

// explain turns the error of a step into words. Where the error alone is
// ambiguous it asks the port what it speaks.
func (k *checker) explain(ctx context.Context, step, server string, err error) finding {
	var unanswered *noAnswerError
	var reach *reachError
	var another *AnotherClusterError
	if found := explainRoute(err); found.why != "" {
		return found
	}
	switch {
	case step == StepDNS || step == StepTCP:
		return explainDial(k.route.Addresses.Place(server), err)
	case errors.As(err, &another):
		return finding{another.Error(), "check the bootstrap servers, or correct cluster-id in the context"}
	case isAlert(err):
		return explainAlert(err, k.context.TLS)
	case step == StepTLS:
		if found, certain := explainCertificate(forHost(k.tls, server).ServerName, err); certain {
			return found
		}
		return explainHandshake(err, k.identify(ctx, server))
	case errors.As(err, &unanswered):
		return explainNoAnswer(unanswered, k.tls != nil, k.identify(ctx, server))
	case step == StepSASL:
		return explainLogin(k.context.SASL, err)
	case errors.As(err, &reach):
		return explainReach(reach, server)
	}
	return explainRequest(step, err, k.context.SASL != nil)
}

// explainRoute is for the proxy and the jump host; the finding is zero when err is
// about something else.
func explainRoute(err error) finding {
	var proxy *route.ProxyError
	var jump *route.JumpError
	switch {
	case errors.As(err, &proxy) && proxy.Target == "":
		return finding{
			fmt.Sprintf("the proxy %s cannot be reached: %s", proxy.Addr, explainDial(proxy.Addr, proxy.Err).why),
			"check the url of the proxy, and that it runs",
		}
	case errors.As(err, &proxy):
		return finding{
			fmt.Sprintf("the proxy %s does not connect to %s: %s", proxy.Addr, proxy.Target, rootCause(proxy.Err)),
			"check that the proxy may connect there, and its user and password",
		}
	case errors.As(err, &jump) && errors.Is(jump.Err, exec.ErrNotFound):
		return finding{"there is no ssh on this machine", "install OpenSSH"}
	case errors.As(err, &jump) && jump.Target == "":
		return finding{
			shorten(jump.Error()),
			"it must log in without asking, by an agent or a key without a passphrase; try: ssh -o BatchMode=yes " + jump.Destination,
		}
	case errors.As(err, &jump):
		return finding{
			shorten(jump.Error()),
			"check that the jump host reaches the broker; addresses in the context maps what brokers advertise",
		}
	}
	return finding{}
}

// explainDial is for name lookups and TCP connections.
func explainDial(addr string, err error) finding {
	host, port, _ := net.SplitHostPort(addr)
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return finding{
			fmt.Sprintf("the host name %s does not exist", host),
			"check the spelling; some names resolve only inside a VPN, a container network or a Kubernetes cluster",
		}
	case errors.As(err, &dns):
		return finding{
			fmt.Sprintf("the name server did not resolve %s: %s", host, dns.Err),
			"check the network connection and the machine's name servers",
		}
	case errors.Is(err, syscall.ECONNREFUSED):
		return finding{
			"nobody listens there (connection refused)",
			fmt.Sprintf("check that the broker runs and that %s is the port of one of its listeners", port),
		}
	case isTimeout(err):
		return finding{
			"no answer in time",
			"check the address, VPN and firewall: packets to it seem to be dropped",
		}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return finding{fmt.Sprintf("there is no route to %s", host), "check the address, VPN and network connection"}
	}
	return finding{rootCause(err), "check the address and the network connection"}
}

// explainCertificate is for a certificate of the broker that does not pass;
// certain is false when err is about something else.
func explainCertificate(name string, err error) (f finding, certain bool) {
	var verification *tls.CertificateVerificationError
	if !errors.As(err, &verification) {
		return finding{}, false
	}
	cert := verification.UnverifiedCertificates[0]
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &authority):
		return finding{
			fmt.Sprintf("the certificate is signed by %q, which is not a trusted authority", cert.Issuer),
			"give the CA certificate of the cluster: ca-files in the context, --tls-ca FILE, or ssl.truststore.location",
		}, true
	case errors.As(err, &hostname):
		return finding{
			fmt.Sprintf("the certificate is for %s, not for %s", namesIn(cert), name),
			"use one of these names as the bootstrap server (addresses in the context says where to find it), or set server-name (--tls-server-name)",
		}, true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(cert.NotBefore):
		return finding{
			fmt.Sprintf("the certificate is valid only from %s", cert.NotBefore.Format(time.RFC3339)),
			"check the clock of this machine",
		}, true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return finding{
			fmt.Sprintf("a certificate of the broker has expired (its own is valid until %s)", cert.NotAfter.Format(time.RFC3339)),
			"renew the broker's certificate; check the clock of this machine",
		}, true
	}
	return finding{
		fmt.Sprintf("the certificate does not pass: %s", verification.Err),
		"look at it with: openssl s_client -showcerts -connect HOST:PORT",
	}, true
}

func namesIn(cert *x509.Certificate) string {
	names := cert.DNSNames
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "no host (it has no subject alternative names)"
	}
	const shown = 5
	if len(names) > shown {
		names = append(names[:shown:shown], "…")
	}
	return strings.Join(names, ", ")
}

// explainHandshake is for a TLS handshake that did not get as far as a
// certificate.
func explainHandshake(err error, port speech) finding {
	switch {
	case port.kafka:
		return finding{
			"the port speaks Kafka without TLS",
			"use the port of a TLS listener, or leave out tls (security.protocol PLAINTEXT or SASL_PLAINTEXT)",
		}
	case port.http:
		return notKafka("HTTP")
	case isTimeout(err):
		return finding{
			"no answer to the TLS handshake in time",
			"check that this is the port of a TLS listener; a plaintext listener waits for more",
		}
	case isCut(err):
		return finding{
			"the connection was closed during the TLS handshake",
			"check that this is the port of a TLS listener",
		}
	}
	return finding{
		"the port does not do TLS: " + rootCause(err),
		"check that this is the port of a TLS listener",
	}
}

// isAlert reports whether the other side refused TLS with an alert. With TLS
// 1.3 it may come only after the handshake, when the first answer is read.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

func explainAlert(err error, conf *TLS) finding {
	var op *net.OpError
	errors.As(err, &op)
	alert := strings.TrimPrefix(op.Err.Error(), "tls: ")
	f := finding{why: "the broker refused TLS: " + alert}
	switch {
	case conf == nil:
		f.hint = "check the TLS settings of the context"
	case !conf.hasClientCertificate() && (strings.Contains(alert, "certificate required") || strings.Contains(alert, "bad certificate") || strings.Contains(alert, "handshake failure")):
		f.hint = "the listener seems to want a client certificate (ssl.client.auth=required): give cert-file and key-file, or key-store (--tls-cert, --tls-key, --tls-key-store)"
	case strings.Contains(alert, "certificate"):
		f.hint = "check that the broker's trust store has the authority of the client certificate, and that it has not expired"
	case strings.Contains(alert, "unrecognized name"):
		f.hint = "the broker knows no such host name: check the bootstrap server and server-name"
	default:
		f.hint = "compare ssl.enabled.protocols and ssl.cipher.suites of the listener: kdeck does TLS 1.2 and 1.3"
	}
	return f
}

// explainNoAnswer is for a first request without a Kafka answer.
func explainNoAnswer(err *noAnswerError, secured bool, port speech) finding {
	switch {
	case port.http || strings.HasPrefix(string(err.begin), "HTTP"):
		return notKafka("HTTP")
	case port.tls && !secured:
		return finding{
			"the port expects TLS",
			"add tls to the context (--tls, --tls-ca FILE; security.protocol SSL or SASL_SSL), or use the port of a plaintext listener",
		}
	case errors.Is(err, errNotKafka):
		return notKafka(fmt.Sprintf("something that begins %q", err.begin))
	case isTimeout(err):
		return finding{
			"the port accepts connections, but does not answer in time",
			"check that this is a Kafka port, and that the broker is not overloaded or stopped",
		}
	case isCut(err):
		return finding{
			"the connection was closed at the first request",
			"check that this is a Kafka port, and whether its listener wants TLS or SASL (security.protocol)",
		}
	}
	return finding{rootCause(err), "check that this is a Kafka port"}
}

func notKafka(speaks string) finding {
	return finding{
		"this is not a Kafka port: it speaks " + speaks,
		"use the port of a Kafka listener, mostly 9092 to 9094; a schema registry, REST proxy or web console has another one",
	}
}

// explainRequest is for ApiVersions and Metadata on a connection that has
// been answered before.
func explainRequest(step string, err error, login bool) finding {
	switch {
	case isCut(err) && !login:
		return finding{
			fmt.Sprintf("the broker closed the connection at the %s request", step),
			"the listener seems to want a login: add sasl (security.protocol SASL_SSL or SASL_PLAINTEXT)",
		}
	case isTimeout(err):
		return finding{
			fmt.Sprintf("no answer to the %s request in time", step),
			"check that the broker is not overloaded, and its log",
		}
	case errors.Is(err, errNoBrokers):
		return finding{err.Error(), "the cluster is starting or has no controller: check the controllers' logs"}
	}
	return finding{fmt.Sprintf("%s: %s", step, rootCause(err)), "check the broker's log"}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

// isCut reports whether the other side ended the connection.
func isCut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// rootCause is the innermost error, without the addresses and operations that
// net and tls put around it, on one bounded line.
func rootCause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return shorten(err.Error())
		}
		err = inner
	}
}
