package profile

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// maxDials bounds how many brokers are tried at once.
	maxDials = 32
	// maxBrokers bounds how many are tried at all; Apache Kafka's largest
	// clusters have some hundreds.
	maxBrokers = 1000
)

// unreachable is a broker that does not answer where it says that it is.
type unreachable struct {
	broker int32
	addr   string
	why    string
}

// reachError lists the brokers out of reach.
type reachError struct {
	failed []unreachable
	of     int
}

func (e *reachError) Error() string {
	const shown = 3
	var parts []string
	for _, u := range e.failed[:min(shown, len(e.failed))] {
		parts = append(parts, fmt.Sprintf("broker %d advertises %s: %s", u.broker, u.addr, u.why))
	}
	if more := len(e.failed) - shown; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("%d of %s cannot be reached at the advertised address: %s",
		len(e.failed), plural(e.of, "broker"), strings.Join(parts, "; "))
}

// reachBrokers dials the address that each broker advertises: a client must
// reach all of them, whichever bootstrap server it started from.
func (k *checker) reachBrokers(ctx context.Context, brokers []kmsg.MetadataResponseBroker) (string, error) {
	brokers = slices.Clone(brokers)
	slices.SortFunc(brokers, func(a, b kmsg.MetadataResponseBroker) int { return cmp.Compare(a.NodeID, b.NodeID) })
	brokers = brokers[:min(len(brokers), maxBrokers)]
	failures := make([]*unreachable, len(brokers))
	slots := make(chan struct{}, maxDials)
	var dials sync.WaitGroup
	for i, broker := range brokers {
		dials.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			addr := net.JoinHostPort(broker.Host, strconv.Itoa(int(broker.Port)))
			if err := k.knock(ctx, addr); err != nil {
				failures[i] = &unreachable{broker.NodeID, addr, k.explainReached(addr, err)}
			}
		})
	}
	dials.Wait()
	failed := &reachError{of: len(brokers)}
	for _, f := range failures {
		if f != nil {
			failed.failed = append(failed.failed, *f)
		}
	}
	if len(failed.failed) > 0 {
		return "", failed
	}
	if len(brokers) == 1 {
		return "its advertised address can be reached", nil
	}
	return fmt.Sprintf("all %d advertised addresses can be reached", len(brokers)), nil
}

// knock connects and hangs up. A jump host tells only with the first answer whether
// it has connected, so there the broker is asked something, without a login.
func (k *checker) knock(ctx context.Context, addr string) error {
	conn, err := k.route.Dial(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if k.route.Jump == nil {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if k.tls != nil {
		return tls.Client(conn, forHost(k.tls, addr)).HandshakeContext(ctx)
	}
	_, err = newWire(conn, k.context.clientID()).request(ctx, kmsg.NewPtrApiVersionsRequest())
	return err
}

// explainReached says why a broker could not be reached, and where it was looked for.
func (k *checker) explainReached(addr string, err error) string {
	place := k.route.Addresses.Place(addr)
	why := explainRoute(err)
	if why.why == "" {
		why = explainDial(place, err)
	}
	if place != addr {
		return fmt.Sprintf("looked for at %s: %s", place, why.why)
	}
	return why.why
}

// explainReach tells the classic mistake in words.
func explainReach(err *reachError, bootstrap string) finding {
	hint := "clients leave the bootstrap server and connect to what each broker advertises: set advertised.listeners of these brokers to an address that can be reached from here, or map it with addresses, proxy or ssh in the context"
	host, _, _ := net.SplitHostPort(bootstrap)
	for _, u := range err.failed {
		if advertised, _, _ := net.SplitHostPort(u.addr); isLoopback(advertised) && !isLoopback(host) {
			hint = fmt.Sprintf("broker %d advertises %s, which from here is this machine, not the broker: set its advertised.listeners to an address that can be reached from here", u.broker, u.addr)
		}
	}
	return finding{why: err.Error(), hint: hint}
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (addr.IsLoopback() || addr.IsUnspecified())
}
