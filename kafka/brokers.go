package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
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

// Controller says which node is the active controller.
type Controller struct {
	// ID is the node id, or -1 when there is none or it cannot be told. With
	// KRaft it may be a node that is no broker.
	ID int32
	// Why says why a KRaft cluster's controller could not be told. Its Metadata
	// names a random broker that forwards to the controller (KIP-590), and only
	// DescribeQuorum (KIP-595) tells the real one.
	Why error
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
	check := BrokerCheck{Controller: Controller{ID: md.ControllerID}, At: md.at}
	kraft := false
	for _, n := range c.roster.all() {
		b := Broker{Node: n, State: BrokerDown, Latency: -1}
		if ping, up := pings[n.ID]; up {
			b.State, b.Err = BrokerUp, ping.err
			kraft = kraft || ping.kraft
			if l, ok := latency[n.ID]; ok && ping.err == nil {
				b.Latency = l
			}
			if ping.err != nil {
				b.State = BrokerSilent
			}
		}
		check.Brokers = append(check.Brokers, b)
	}
	if kraft {
		check.Controller = c.quorumLeader(ctx)
	}
	return check, nil
}

// ping is a broker's answer to the smallest question.
type ping struct {
	kraft bool // the broker knows DescribeQuorum
	err   error
}

func (c *Client) pingAll(ctx context.Context, brokers []kmsg.MetadataResponseBroker) map[int32]ping {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		pings = make(map[int32]ping, len(brokers))
	)
	for _, b := range brokers {
		wg.Go(func() {
			p := c.ping(ctx, b.NodeID)
			mu.Lock()
			defer mu.Unlock()
			pings[b.NodeID] = p
		})
	}
	wg.Wait()
	return pings
}

// ping asks one broker for its API versions, which takes no right. A second try
// follows when the connection had died since it was last used.
func (c *Client) ping(ctx context.Context, broker int32) ping {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "kdeck", "1" // KIP-511 wants both
	resp, err := c.kgo.Broker(int(broker)).Request(ctx, req)
	if err != nil && ctx.Err() == nil {
		resp, err = c.kgo.Broker(int(broker)).Request(ctx, req)
	}
	if err != nil {
		return ping{err: err}
	}
	knows := func(k kmsg.ApiVersionsResponseApiKey) bool { return kmsg.Key(k.ApiKey) == kmsg.DescribeQuorum }
	return ping{kraft: slices.ContainsFunc(resp.(*kmsg.ApiVersionsResponse).ApiKeys, knows)}
}

// metadataTopic is the KRaft controllers' log (KIP-595).
const metadataTopic = "__cluster_metadata"

// quorumLeader asks which node leads the KRaft quorum: the active controller.
func (c *Client) quorumLeader(ctx context.Context) Controller {
	req := kmsg.NewPtrDescribeQuorumRequest()
	topic := kmsg.NewDescribeQuorumRequestTopic()
	topic.Topic = metadataTopic
	topic.Partitions = append(topic.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, topic)

	resp, err := req.RequestWith(ctx, c.kgo)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return Controller{ID: -1, Why: Explain("ask for the controller", "Describe on Cluster", err)}
	}
	if len(resp.Topics) == 0 || len(resp.Topics[0].Partitions) == 0 {
		return Controller{ID: -1}
	}
	log := resp.Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(log.ErrorCode); err != nil {
		return Controller{ID: -1, Why: Explain("ask for the controller", "Describe on Cluster", err)}
	}
	return Controller{ID: log.LeaderID}
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
