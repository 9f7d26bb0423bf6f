// Package kafka is the connection to a Kafka cluster and the questions that several
// rooms share: metadata, offsets of logs, log directories. Plain Go values go in and
// come out. It is built on franz-go, never imports the console, and imports no room.
//
// The rooms are packages by noun: groups, topics, brokers, configs, overview. They
// ask through a Conn; package admin puts them together for a command or a screen.
// Each question sends a few batched requests whatever the size of the cluster.
package kafka

import (
	"cmp"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/raw"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/unpack"
)

// defaultTimeout is long enough for the largest answer over a slow link, and short
// enough that a broker that accepts connections but answers nothing turns into an
// error while the user is still looking.
const defaultTimeout = 5 * time.Second

// Config says which cluster a Conn talks to, and how.
type Config struct {
	// Name is what the user calls the cluster: a context name, or the
	// bootstrap servers. It appears in errors.
	Name string
	// ReadOnly makes every method that would change the cluster return
	// ErrReadOnly before anything is sent.
	ReadOnly bool
	// CheckCluster judges the id that the cluster says it has, "" when it says none: an
	// error refuses every question and every change. It may cost a request, the first
	// time. nil takes any.
	CheckCluster func(id string) error
	// RequestTimeout bounds how long one request may take, on top of the time
	// that the broker itself is allowed; 5 seconds when zero. What only one
	// broker can answer is given up after one request without an answer.
	RequestTimeout time.Duration
	// StateDir is the folder for what is kept about changes: the audit log, and
	// offsets as they were before a reset. Without one nothing can be changed, as
	// if the context were read-only.
	StateDir string
	// Serde decodes keys and values; nil is one that finds out everything by
	// itself.
	Serde *serde.Serde
	// Throttled is told when a broker asks for a wait of more than LongestThrottle,
	// which every request to it would take; nil is nobody. It must return at once.
	Throttled func(*Throttle)
	// Opts connect to the cluster: seed brokers, TLS, SASL. See
	// profile.Context.Options.
	Opts []kgo.Opt
}

// Conn is the connection to one cluster, and asks it the questions that several
// rooms share. It is safe for concurrent use.
type Conn struct {
	cfg      Config
	kgo      *kgo.Client
	adm      *kadm.Client
	requests *requestLog
	roster   *roster
	unpack   *unpack.Decompressor
	quorum   atomic.Int32 // quorumUnknown, quorumNone or quorumLeads
	seen     seen
}

// New returns a connection to the cluster. Nothing is sent before the first
// question, so New succeeds when the cluster is unreachable.
func New(cfg Config) (*Conn, error) {
	cfg.RequestTimeout = cmp.Or(cfg.RequestTimeout, defaultTimeout)
	if cfg.Serde == nil {
		var err error
		if cfg.Serde, err = serde.New(serde.Config{Cluster: cfg.Name, StateDir: cfg.StateDir}); err != nil {
			return nil, err
		}
	}
	bounded, err := unpack.New(unpack.Bound)
	if err != nil {
		return nil, err
	}
	requests, silent := newRequestLog(), newSilence(cfg.RequestTimeout)
	requests.throttled = cfg.Throttled
	sparing, err := silent.sparing(options(cfg, requests))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", cfg.Name, err)
	}
	cl, err := connect(cfg, requests, append(sparing, kgo.RetryTimeoutFn(retryTimeout(cfg.RequestTimeout)), kgo.RetryBackoffFn(retryBackoff), kgo.RequestRetries(mostRetries))...)
	if err != nil {
		return nil, err
	}
	return &Conn{cfg: cfg, kgo: cl, adm: kadm.NewClient(cl), requests: requests, roster: newRoster(), unpack: bounded}, nil
}

// connect makes a franz-go client of the cluster whose requests are counted in
// the log. extra options come last.
func connect(cfg Config, requests *requestLog, extra ...kgo.Opt) (*kgo.Client, error) {
	cl, err := kgo.NewClient(append(options(cfg, requests), extra...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", cfg.Name, err)
	}
	return cl, nil
}

func options(cfg Config, requests *requestLog) []kgo.Opt {
	return append([]kgo.Opt{
		kgo.ClientID("kdeck"),
		kgo.WithHooks(requests),
		kgo.RequestTimeoutOverhead(cfg.RequestTimeout),
		kgo.RetryTimeout(cfg.RequestTimeout),
		kgo.DialTimeout(cfg.RequestTimeout),
		// Polls run every few seconds; metadata must not be older than
		// the poll that shows it.
		kgo.MetadataMinAge(time.Second),
		// KIP-714 metrics would be pushed to the cluster of the user, who
		// did not ask for that.
		kgo.DisableClientMetrics(),
		kgo.MaxDecompressBatchBytes(unpack.Bound),
		kgo.MaxVersions(raw.MaxVersions()),
	}, cfg.Opts...)
}

// retryTimeout is for how long a request is tried again. What any broker can answer
// is given time for two that are silent; what one broker alone can answer is given up
// after one request without an answer.
func retryTimeout(timeout time.Duration) func(key int16) time.Duration {
	return func(key int16) time.Duration {
		if raw.AnyBroker(key) {
			return anyTimeouts * timeout
		}
		return timeout
	}
}

// anyTimeouts is how long a question that any broker can answer is put to others, in
// request timeouts: after two that are silent.
const anyTimeouts = 2

// mostRetries ends retries after about three seconds when brokers refuse connections, or
// say that they are not ready: that costs no timeouts.
const mostRetries = 8

// retryBackoff is short at first: most often another broker is asked, not the same one
// again.
func retryBackoff(tries int) time.Duration {
	return min(10*time.Millisecond<<min(tries, 7), time.Second)
}

// NewConsumer returns a franz-go client of the same cluster with connections of
// its own, for reading records: its long polls must not delay the questions of
// c. Its requests count among those of c. The caller closes it.
func (c *Conn) NewConsumer(opts ...kgo.Opt) (*kgo.Client, error) {
	return connect(c.cfg, c.requests, opts...)
}

// StateDir is the folder for what is kept about changes, see Config.
func (c *Conn) StateDir() string { return c.cfg.StateDir }

// SavedDir is the folder for the offsets from before a reset.
func (c *Conn) SavedDir() string { return filepath.Join(c.cfg.StateDir, "resets") }

// RedriveDir is the folder for what redrives that were stopped have left to do.
func (c *Conn) RedriveDir() string { return filepath.Join(c.cfg.StateDir, "redrives") }

// Unpack decompresses record batches within the ordinary bound.
func (c *Conn) Unpack() *unpack.Decompressor { return c.unpack }

// Serde decodes the keys and values of the cluster's records.
func (c *Conn) Serde() *serde.Serde { return c.cfg.Serde }

// Close ends all connections. Questions still under way fail.
func (c *Conn) Close() { c.kgo.Close() }

// Name is what the user calls this cluster.
func (c *Conn) Name() string { return c.cfg.Name }

// ReadOnly reports whether methods that change the cluster are refused.
func (c *Conn) ReadOnly() bool { return c.cfg.ReadOnly }

// PingTimeout is how long a broker may take over the smallest question: longer
// than any healthy link needs, and short enough that a stalled broker is told
// while the user is still looking.
const PingTimeout = 3 * time.Second

// RequestTimeout is how long one request may take, on top of the time that the
// broker itself is allowed.
func (c *Conn) RequestTimeout() time.Duration { return c.cfg.RequestTimeout }

// HasStateDir reports whether there is a folder for what is kept about changes.
func (c *Conn) HasStateDir() bool { return c.cfg.StateDir != "" }

// Admin makes the changes, and the questions of one broker. See Ask for the others.
func (c *Conn) Admin() *kadm.Client { return c.adm }

// Kgo is the franz-go client that the requests go through.
func (c *Conn) Kgo() *kgo.Client { return c.kgo }
