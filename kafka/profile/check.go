package profile

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl"

	"github.com/kdeck/kdeck/kafka/profile/route"
)

// The steps of a check in their order. StepConfig is reported only when files
// or secrets of the context cannot be read. StepProxy and StepSSH stand in for
// StepDNS, as the names are looked up over there.
const (
	StepConfig      = "Config"
	StepDNS         = "DNS"
	StepProxy       = "Proxy"
	StepSSH         = "SSH"
	StepTCP         = "TCP"
	StepTLS         = "TLS"
	StepSASL        = "SASL"
	StepAPIVersions = "ApiVersions"
	StepMetadata    = "Metadata"
	StepBrokers     = "Brokers"
)

// Step is one finished step of a check. Its texts have no control characters.
type Step struct {
	Name   string        // one of the Step constants
	Server string        // the bootstrap server, host:port
	Took   time.Duration // the step itself, without finding out why it failed
	Detail string        // what was found, on one line
	Err    error         // why it failed, in plain words; nil if it worked
	Hint   string        // what to check next, if it failed
}

// stepTimeout is long for any network path and short for a person who waits.
const stepTimeout = 5 * time.Second

// Check connects to the cluster step by step and reports each step when it
// has finished: DNS (or the proxy or jump host), TCP, TLS and SASL if the context has them, and
// ApiVersions for every bootstrap server, Metadata on the first that gets
// there, and then whether every broker can be reached at the address that it
// advertises. A step takes at most 5 s, and report is called before the next
// one begins. The error is nil if the context works, even when some of its
// bootstrap servers do not. After a refused login the other servers are not
// tried, as that could lock the account.
func (c Context) Check(ctx context.Context, report func(Step)) error {
	k := &checker{context: c, report: report, timeout: stepTimeout}
	if err := k.prepare(ctx); err != nil {
		report(Step{Name: StepConfig, Err: oneLine(err), Hint: "correct the context; kdeck context show prints it"})
		return fmt.Errorf("%s: %w", c.label(), oneLine(err))
	}
	works := false
	var failure error
	for _, server := range c.BootstrapServers {
		err := k.server(ctx, server, !works)
		if err == nil {
			works = true
			continue
		}
		if failure == nil {
			failure = err
		}
		if ctx.Err() != nil || conclusive(err) {
			break
		}
	}
	if works {
		return ctx.Err()
	}
	if c.Name == "" {
		return failure
	}
	return fmt.Errorf("context %s does not work: %w", c.Name, failure)
}

// conclusive reports whether the other bootstrap servers would fail alike: a
// refused login, and brokers out of reach.
func conclusive(err error) bool {
	var step *stepError
	var refused *authError
	return errors.As(err, &refused) || errors.Is(err, errLoginCut) || errors.As(err, &step) && step.name == StepBrokers
}

// checker is one run of Check.
type checker struct {
	context   Context
	route     *route.Route
	tls       *tls.Config
	mechanism sasl.Mechanism
	report    func(Step)
	timeout   time.Duration // of each step
}

func (k *checker) prepare(ctx context.Context) error {
	err := k.context.Validate()
	if err == nil {
		k.route, err = k.context.route(ctx)
	}
	if err == nil && k.context.TLS != nil {
		k.tls, err = k.context.TLS.config(ctx)
	}
	if err == nil && k.context.SASL != nil {
		k.mechanism, err = k.context.SASL.mechanism(ctx)
	}
	return err
}

// step runs and times do, reports it, and returns its error with the name of
// the step.
func (k *checker) step(ctx context.Context, name, server string, do func(context.Context) (string, error)) error {
	stepCtx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	start := time.Now()
	detail, err := do(stepCtx)
	done := Step{Name: name, Server: server, Took: time.Since(start), Detail: clean(detail)}
	if err == nil {
		k.report(done)
		return nil
	}
	found := finding{why: "it was interrupted"}
	if ctx.Err() == nil {
		found = k.explain(ctx, name, server, err)
	}
	done.Err, done.Hint = errors.New(clean(found.why)), clean(found.hint)
	k.report(done)
	return &stepError{name: name, server: server, why: done.Err, cause: err}
}

// stepError is the first failure, for the error that Check returns.
type stepError struct {
	name, server string
	why, cause   error
}

func (e *stepError) Error() string { return fmt.Sprintf("%s: %s: %s", e.server, e.name, e.why) }
func (e *stepError) Unwrap() error { return e.cause }

// server tries one bootstrap server, and through it the cluster if wanted.
func (k *checker) server(ctx context.Context, server string, cluster bool) error {
	conn, versions, err := k.connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close()
	if !cluster {
		return nil
	}
	return k.cluster(ctx, server, conn, versions)
}

// connect goes as far as ApiVersions with one bootstrap server. On success
// the caller closes the connection.
func (k *checker) connect(ctx context.Context, server string) (conn *wire, versions *kversion.Versions, err error) {
	if err := k.approach(ctx, server); err != nil {
		return nil, nil, err
	}
	var netConn net.Conn
	err = k.step(ctx, StepTCP, server, func(ctx context.Context) (detail string, err error) {
		if netConn, err = k.route.Dial(ctx, "tcp", server); err != nil {
			return "", err
		}
		return k.connected(server, netConn), nil
	})
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			_ = netConn.Close() // the step's error is the one to tell
		}
	}()
	if k.tls != nil {
		err = k.step(ctx, StepTLS, server, func(ctx context.Context) (string, error) {
			secured := tls.Client(netConn, forHost(k.tls, server))
			if err := secured.HandshakeContext(ctx); err != nil {
				return "", err
			}
			netConn = secured
			return describeTLS(secured.ConnectionState(), time.Now()), nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	conn = newWire(netConn, k.context.clientID())
	if k.mechanism != nil {
		err = k.step(ctx, StepSASL, server, func(ctx context.Context) (string, error) {
			return k.mechanism.Name() + k.asUser(), conn.authenticate(ctx, k.mechanism, server)
		})
		if err != nil {
			return nil, nil, err
		}
	}
	err = k.step(ctx, StepAPIVersions, server, func(ctx context.Context) (detail string, err error) {
		versions, detail, err = conn.apiVersions(ctx)
		return detail, err
	})
	if err != nil {
		return nil, nil, err
	}
	return conn, versions, nil
}

// cluster asks for the metadata of the cluster and tries its brokers.
func (k *checker) cluster(ctx context.Context, server string, conn *wire, versions *kversion.Versions) error {
	var metadata *kmsg.MetadataResponse
	err := k.step(ctx, StepMetadata, server, func(ctx context.Context) (_ string, err error) {
		if metadata, err = conn.metadata(ctx, versions); err != nil {
			return "", err
		}
		return describeMetadata(metadata), k.context.CheckClusterID(clusterID(metadata))
	})
	if err != nil {
		return err
	}
	return k.step(ctx, StepBrokers, server, func(ctx context.Context) (string, error) {
		return k.reachBrokers(ctx, metadata.Brokers)
	})
}

// approach is what comes before the connection: the name is looked up, or the proxy
// or jump host is there.
func (k *checker) approach(ctx context.Context, server string) error {
	switch {
	case k.route.Proxy != nil:
		return k.step(ctx, StepProxy, server, func(ctx context.Context) (string, error) {
			return k.route.Proxy.Addr + " accepts connections", k.route.Proxy.Reach(ctx)
		})
	case k.route.Jump != nil:
		return k.step(ctx, StepSSH, server, func(ctx context.Context) (string, error) {
			detail := "logged in to " + k.route.Jump.Destination
			if !k.route.Jump.Shares() {
				detail = "each connection logs in to " + k.route.Jump.Destination + " by itself"
			}
			return detail, k.route.Jump.Login(ctx)
		})
	}
	host, _, err := net.SplitHostPort(k.route.Addresses.Place(server))
	if err != nil {
		return err // Validate has been there before
	}
	return k.step(ctx, StepDNS, server, func(ctx context.Context) (string, error) { return lookup(ctx, host) })
}

// connected tells where a connection has ended up.
func (k *checker) connected(server string, conn net.Conn) string {
	place := k.route.Addresses.Place(server)
	switch {
	case k.route.Proxy != nil:
		return "connected to " + place + " by the proxy"
	case k.route.Jump != nil:
		return "asked the jump host to connect to " + place // it does not tell whether it did
	case place != server:
		return "connected to " + conn.RemoteAddr().String() + ", found at " + place
	}
	return "connected to " + conn.RemoteAddr().String()
}

func (k *checker) asUser() string {
	if login := k.context.SASL.Login(); login != "" {
		return " as " + login
	}
	return ""
}

func lookup(ctx context.Context, host string) (string, error) {
	if _, err := netip.ParseAddr(host); err == nil {
		return "an address, no lookup needed", nil
	}
	addrs, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return "", err
	}
	const shown = 4
	if len(addrs) > shown {
		addrs = append(addrs[:shown:shown], fmt.Sprintf("and %d more", len(addrs)-shown))
	}
	return strings.Join(addrs, ", "), nil
}

func describeTLS(state tls.ConnectionState, now time.Time) string {
	cert := state.PeerCertificates[0]
	subject := cert.Subject.String()
	if subject == "" {
		subject = strings.Join(cert.DNSNames, ",")
	}
	days := int(cert.NotAfter.Sub(now).Hours() / 24)
	return fmt.Sprintf("%s, %s, certificate of %s, expires %s (in %d days)", tls.VersionName(state.Version),
		tls.CipherSuiteName(state.CipherSuite), subject, cert.NotAfter.Format(time.DateOnly), days)
}

func describeMetadata(m *kmsg.MetadataResponse) string {
	id := clusterID(m)
	if id == "" {
		id = "none"
	}
	controller := "no controller"
	if m.ControllerID >= 0 {
		controller = fmt.Sprintf("controller %d", m.ControllerID)
	}
	return fmt.Sprintf("cluster id %s, %s, %s", id, plural(len(m.Brokers), "broker"), controller)
}

func clusterID(m *kmsg.MetadataResponse) string {
	if m.ClusterID == nil {
		return ""
	}
	return *m.ClusterID
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
