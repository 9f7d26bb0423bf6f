package brokers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"strconv"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// State says whether a broker does its work, as far as a client can tell.
type State int

// The states of a broker.
const (
	Up     State = iota // in the cluster's metadata, and answers
	Silent              // in the metadata, but gives this client no answer
	Down                // expected, but not in the metadata, which lists live brokers only
)

// String is the state in one or two words.
func (s State) String() string {
	switch s {
	case Silent:
		return "no answer"
	case Down:
		return "down"
	}
	return "up"
}

// Broker is one broker that the cluster has or should have.
type Broker struct {
	model.Node // as it was last seen; no Host when this client has never seen it up
	State      State
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
		return fmt.Sprintf("nothing within %s", kafka.PingTimeout)
	case errors.As(b.Err, &errno):
		return errno.Error()
	case errors.Is(b.Err, io.EOF):
		return "it closes the connection"
	}
	return b.Err.Error()
}

// Check is what a round of questions to every broker has told.
type Check struct {
	// Brokers holds every broker that is in the metadata, holds a replica, or
	// was seen up by this client earlier; by id.
	Brokers    []Broker
	Controller kafka.Controller
	At         time.Time
}

// Check asks the cluster which brokers are up and asks each of those a
// small question, all at the same time: one Metadata request without topics, one
// ApiVersions request per broker, and one DescribeQuorum request where the
// cluster knows it.
func (c *Client) Check(ctx context.Context) (Check, error) {
	md, err := c.conn.BrokerMetadata(ctx)
	if err != nil {
		return Check{}, err
	}
	pings := c.ping(ctx)
	latency := c.conn.Latency()
	check := Check{At: md.At}
	for _, n := range c.conn.KnownBrokers() {
		b := Broker{Node: n, State: Down, Latency: -1}
		if err, up := pings[n.ID]; up {
			b.State, b.Err = Up, err
			if l, ok := latency[n.ID]; ok && err == nil {
				b.Latency = l
			}
			if err != nil {
				b.State = Silent
			}
		}
		check.Brokers = append(check.Brokers, b)
	}
	check.Controller = c.conn.Controller(ctx, md, c.fastest(check.Brokers))
	return check, nil
}

// fastest is the broker that answers soonest, or any when none is known to: a
// silent one must not keep what another one can tell.
func (c *Client) fastest(brokers []Broker) raw.Requestor {
	var best raw.Requestor = c.conn.Kgo()
	least := time.Duration(math.MaxInt64)
	for _, b := range brokers {
		if b.State == Up && b.Latency >= 0 && b.Latency < least {
			best, least = c.conn.Kgo().Broker(int(b.ID)), b.Latency
		}
	}
	return best
}

// ping asks every broker that is up for its API versions, all at the same time, and
// returns why each did not answer, or nil. A second round follows when connections had
// died since they were last used.
func (c *Client) ping(ctx context.Context) map[int32]error {
	ctx, cancel := context.WithTimeout(ctx, kafka.PingTimeout)
	defer cancel()
	pings := make(map[int32]error)
	for range 2 {
		failed := false
		err := c.conn.Ask(ctx, func(adm *kadm.Client) error {
			versions, err := adm.ApiVersions(ctx)
			for id, v := range versions {
				if before, asked := pings[id]; asked && before == nil {
					continue
				}
				pings[id], failed = v.Err, failed || v.Err != nil
				if _, describes := v.KeyMaxVersion(raw.KeyDescribeQuorum); v.Err == nil {
					c.conn.LearnQuorum(describes)
				}
			}
			return err
		})
		if err == nil && !failed || ctx.Err() != nil {
			break
		}
	}
	return pings
}

// LogDirs asks every broker for its log directories and what is in them: one
// request per broker. The answer grows with the number of replicas, so ask
// rarely.
func (c *Client) LogDirs(ctx context.Context) (kafka.Snapshot[kafka.LogDir], error) {
	dirs, err := c.conn.LogDirs(ctx)
	if err != nil && len(dirs) == 0 {
		return kafka.Snapshot[kafka.LogDir]{}, err
	}
	snap := kafka.Snapshot[kafka.LogDir]{At: time.Now(), Partial: err}
	for _, d := range dirs {
		snap.Items = append(snap.Items, d.LogDir)
	}
	return snap, nil
}
