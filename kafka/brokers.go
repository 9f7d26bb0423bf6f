package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// BrokerState says whether a broker does its work, as far as a client can tell.
type BrokerState int

// The states of a broker.
const (
	BrokerUp     BrokerState = iota // in the cluster's metadata, and answers
	BrokerSilent                    // in the metadata, but gives this client no answer
	BrokerDown                      // expected, but not in the metadata, which lists live brokers only
)

// String is the state in one or two words.
func (s BrokerState) String() string {
	switch s {
	case BrokerSilent:
		return "no answer"
	case BrokerDown:
		return "down"
	}
	return "up"
}

// Broker is one broker that the cluster has or should have.
type Broker struct {
	Node  // as it was last seen; no Host when this client has never seen it up
	State BrokerState
	// Err is why a silent broker did not answer.
	Err error
	// Latency is the recent round trip time, or -1 when the broker does not
	// answer. See Client.Latency.
	Latency time.Duration
}

// Address is the advertised host and port, or empty when they are not known.
func (b Broker) Address() string {
	if b.Host == "" {
		return ""
	}
	return net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
}

// Why says in a few words why a silent broker did not answer; empty for the
// others.
func (b Broker) Why() string {
	var ne net.Error
	var errno syscall.Errno
	switch {
	case b.Err == nil:
		return ""
	case errors.Is(b.Err, context.DeadlineExceeded), errors.As(b.Err, &ne) && ne.Timeout():
		return fmt.Sprintf("nothing within %s", pingTimeout)
	case errors.As(b.Err, &errno):
		return errno.Error()
	case errors.Is(b.Err, io.EOF):
		return "it closes the connection"
	}
	return b.Err.Error()
}

// BrokerCheck is what a round of questions to every broker has told.
type BrokerCheck struct {
	// Brokers holds every broker that is in the metadata, holds a replica, or
	// was seen up by this client earlier; by id.
	Brokers    []Broker
	Controller Controller
	At         time.Time
}

// pingTimeout is how long a broker may take over the smallest question: longer
// than any healthy link needs, and short enough that a stalled broker is told
// while the user is still looking.
const pingTimeout = 3 * time.Second

// CheckBrokers asks the cluster which brokers are up and asks each of those a
// small question, all at the same time: one Metadata request without topics, one
// ApiVersions request per broker, and one DescribeQuorum request where the
// cluster knows it.
func (c *Client) CheckBrokers(ctx context.Context) (BrokerCheck, error) {
	md, err := c.brokerMetadata(ctx)
	if err != nil {
		return BrokerCheck{}, err
	}
	pings := c.pingAll(ctx, md.Brokers)
	latency := c.Latency()
	check := BrokerCheck{At: md.at}
	for _, n := range c.roster.all() {
		b := Broker{Node: n, State: BrokerDown, Latency: -1}
		if err, up := pings[n.ID]; up {
			b.State, b.Err = BrokerUp, err
			if l, ok := latency[n.ID]; ok && err == nil {
				b.Latency = l
			}
			if err != nil {
				b.State = BrokerSilent
			}
		}
		check.Brokers = append(check.Brokers, b)
	}
	check.Controller = c.controller(ctx, md, c.fastest(check.Brokers))
	return check, nil
}

// fastest is the broker that answers soonest, or any when none is known to: a
// silent one must not keep what another one can tell.
func (c *Client) fastest(brokers []Broker) kmsg.Requestor {
	var best kmsg.Requestor = c.kgo
	least := time.Duration(math.MaxInt64)
	for _, b := range brokers {
		if b.State == BrokerUp && b.Latency >= 0 && b.Latency < least {
			best, least = c.kgo.Broker(int(b.ID)), b.Latency
		}
	}
	return best
}

// pingAll pings brokers at the same time, and returns why each did not answer, or
// nil.
func (c *Client) pingAll(ctx context.Context, brokers []kmsg.MetadataResponseBroker) map[int32]error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		pings = make(map[int32]error, len(brokers))
	)
	for _, b := range brokers {
		wg.Go(func() {
			err := c.ping(ctx, b.NodeID)
			mu.Lock()
			defer mu.Unlock()
			pings[b.NodeID] = err
		})
	}
	wg.Wait()
	return pings
}

// ping asks one broker for its API versions. A second try follows when the
// connection had died since it was last used.
func (c *Client) ping(ctx context.Context, broker int32) error {
	err := c.learnVersions(ctx, c.kgo.Broker(int(broker)))
	if err != nil && ctx.Err() == nil {
		err = c.learnVersions(ctx, c.kgo.Broker(int(broker)))
	}
	return err
}

// LogDirs asks every broker for its log directories and what is in them: one
// request per broker. The answer grows with the number of replicas, so ask
// rarely.
func (c *Client) LogDirs(ctx context.Context) (Snapshot[LogDir], error) {
	dirs, err := c.describeLogDirs(ctx)
	if err != nil && len(dirs) == 0 {
		return Snapshot[LogDir]{}, err
	}
	snap := Snapshot[LogDir]{At: time.Now(), Partial: err}
	for _, d := range dirs {
		snap.Items = append(snap.Items, d.LogDir)
	}
	return snap, nil
}

// roster remembers every broker that a client has heard of, so that one that
// goes down can be told from one that never was.
type roster struct {
	mu    sync.Mutex
	nodes map[int32]Node
	up    map[int32]bool // in the newest metadata
}

func newRoster() *roster { return &roster{nodes: make(map[int32]Node)} }

// note takes in the brokers of a metadata answer, and the holders of replicas.
func (r *roster) note(md metadata) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.up = make(map[int32]bool, len(md.Brokers))
	for _, n := range md.cluster().Up {
		r.nodes[n.ID], r.up[n.ID] = n, true
	}
	for i := range md.Topics {
		for j := range md.Topics[i].Partitions {
			for _, id := range md.Topics[i].Partitions[j].Replicas {
				if _, known := r.nodes[id]; !known {
					r.nodes[id] = Node{ID: id}
				}
			}
		}
	}
}

// reach says that what only the broker itself can tell cannot be had while it is
// down; nil when it is up, or when there was no metadata yet.
func (r *roster) reach(what string, broker int32) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.up == nil || r.up[broker] {
		return nil
	}
	return fmt.Errorf("%s: broker %d is down, and only the broker itself can tell", what, broker)
}

// allUp returns the ids of the brokers in the newest metadata.
func (r *roster) allUp() []int32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.up))
}

// is reports whether a broker is the one that was asked, which kgo may know as a
// seed: by its address alone.
func (r *roster) is(broker int32, asked kgo.BrokerMetadata) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.nodes[broker]
	return broker == asked.NodeID || n.Host == asked.Host && n.Port == asked.Port
}

// all returns the brokers by id.
func (r *roster) all() []Node {
	r.mu.Lock()
	defer r.mu.Unlock()
	nodes := make([]Node, 0, len(r.nodes))
	for _, n := range r.nodes {
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b Node) int { return cmp.Compare(a.ID, b.ID) })
	return nodes
}
