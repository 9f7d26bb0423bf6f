package embedbroker

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/kdeck/kdeck/embedbroker/faults"
	"github.com/kdeck/kdeck/embedbroker/gate"
	"github.com/kdeck/kdeck/embedbroker/lab"
	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Bounds and defaults of Config.
const (
	defaultBrokers = 3
	maxBrokers     = 15
	host           = "127.0.0.1"
)

// Config describes the cluster to start.
type Config struct {
	Name      string // cluster name; InUseError tells it to who comes second
	Brokers   int    // number of brokers, 1 to 15; 0 means 3
	Port      int    // first of Brokers consecutive ports on 127.0.0.1; 0 takes free ports
	DataDir   string // created when missing; required unless Ephemeral
	Ephemeral bool   // keep everything in a temporary folder removed by Close
	// KafkaVersion makes clients see a Kafka of that version, as in "2.8": what
	// came later is not served. From "2.8" on; the newest when empty.
	KafkaVersion string
	Listen       string            // address to listen on; 127.0.0.1 when empty
	Advertise    string            // host that clients are told; Listen when empty
	TLS          bool              // with a certificate of an authority in the data folder
	SASL         bool              // clients must log in: PLAIN, SCRAM-SHA-256 and -512
	Users        map[string]string // passwords of users to add, with SASL; security.Admin is always there
	Racks        []string          // of the brokers, by id; those without one may be left out
	Settings     map[string]string // of the brokers, by Kafka's names; see Settings
	// Partitions is how many partitions all topics together may have; 0 means as many
	// as can hold records at the same time with the files that the process may open,
	// at most 200,000. Topics that stay empty need no files.
	Partitions int
	// Report is told what was found damaged and put right, from any goroutine; nil
	// for nobody. It is in the event log of the data folder in any case.
	Report func(repair.Event)
}

func (cfg *Config) validate() error {
	if cfg.Brokers == 0 {
		cfg.Brokers = defaultBrokers
	}
	if cfg.Brokers < 1 || cfg.Brokers > maxBrokers {
		return fmt.Errorf("%d brokers: must be 1 to %d", cfg.Brokers, maxBrokers)
	}
	if cfg.Port < 0 || cfg.Port > 0 && cfg.Port+cfg.Brokers-1 > 65535 {
		return fmt.Errorf("port %d with %d brokers: all ports must be 1 to 65535, or 0 for free ones", cfg.Port, cfg.Brokers)
	}
	if cfg.DataDir == "" && !cfg.Ephemeral {
		return errors.New("no data folder: name one or run ephemeral")
	}
	if err := cfg.validateListen(); err != nil {
		return err
	}
	if len(cfg.Racks) > cfg.Brokers {
		return fmt.Errorf("%d racks for %d brokers: name one for each broker", len(cfg.Racks), cfg.Brokers)
	}
	cfg.Racks = append(slices.Clone(cfg.Racks), make([]string, cfg.Brokers-len(cfg.Racks))...)
	if _, err := replicationSettings(cfg.Settings); err != nil {
		return err
	}
	_, err := servedVersions(cfg.KafkaVersion)
	return err
}

// Cluster is a running cluster. Its methods may be called from any goroutine.
type Cluster struct {
	cfg     Config
	dir     *dataDir
	gates   []*gate.Listener // by broker id
	kfake   *kfake.Cluster
	engines []*engineConn // to each broker
	engine  *engineConn   // to the controller
	topics  *topics
	faults  *faults.Set
	control *lab.Server // nil when its socket could not be made
	events  *events
	log     *engineLog
	disk    *disk
	cleaned chan struct{} // closed when the background tasks have ended
	ending  chan struct{} // closed when they shall
	closing sync.Once
	closed  error // what Close returned
}

// Start starts a cluster and returns when it accepts connections. Broker ids
// are 0 to Brokers-1, in the order of the ports; the controller is the last
// broker.
//
// The errors of a busy port (*PortError), of a data folder that another
// process uses (*InUseError) and of one that cannot be used (*DataDirError)
// name it and say what to do.
func Start(cfg Config) (*Cluster, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	lns, err := listen(cfg)
	if err != nil {
		return nil, err
	}
	dir, err := openDataDir(cfg)
	if err != nil {
		closeAll(lns)
		return nil, err
	}
	c := &Cluster{cfg: cfg, dir: dir, cleaned: make(chan struct{}), ending: make(chan struct{})}
	c.events = &events{path: filepath.Join(dir.path, eventsFile), tell: cfg.Report}
	c.log = &engineLog{report: c.events.report}
	c.disk = newDisk(dir.path, c.events.report)
	if err := c.start(lns); err != nil {
		closeAll(lns)
		for _, g := range c.gates {
			g.Close()
		}
		dir.unclean = dir.unclean || dir.crashed
		return nil, errors.Join(fmt.Errorf("start cluster on %s: %w", dir.path, err), dir.release())
	}
	return c, nil
}

// listen takes all ports before any data is touched.
func listen(cfg Config) ([]net.Listener, error) {
	var lns []net.Listener
	for i := range cfg.Brokers {
		port := 0
		if cfg.Port > 0 {
			port = cfg.Port + i
		}
		ln, err := net.Listen("tcp", net.JoinHostPort(cfg.Listen, strconv.Itoa(port)))
		if err != nil {
			closeAll(lns)
			var op *net.OpError
			if errors.As(err, &op) {
				err = op.Err
			}
			return nil, &PortError{Host: cfg.Listen, Port: port, Err: err}
		}
		lns = append(lns, ln)
	}
	return lns, nil
}

func closeAll(lns []net.Listener) {
	for _, ln := range lns {
		ln.Close()
	}
}

func (c *Cluster) start(lns []net.Listener) error {
	if err := restorePartitions(c.dir.path); err != nil {
		return err
	}
	if err := c.disk.letGo(); err != nil { // a repair may need it
		return err
	}
	trims, err := c.repair()
	if err != nil {
		return err
	}
	txns, err := openTransactions(c.dir.path)
	if err != nil {
		return err
	}
	budget := gate.NewBudget(limitsOf(openFiles()).connections)
	c.topics = &topics{brokers: len(lns), racks: c.cfg.Racks, dir: c.dir.path, log: openPlacementLog(c.dir.path), trims: trims, txns: txns, report: c.events.report, full: c.disk.full.Load, limits: limitsOf(openFiles())}
	if c.cfg.Partitions > 0 {
		c.topics.limits.partitions = c.cfg.Partitions
	}
	if !c.dir.ephemeral {
		c.topics.copies = repair.NewCopies(c.dir.path)
	}
	if c.topics.replicas, err = c.newReplicas(); err != nil {
		return err
	}
	c.faults = faults.NewSet(c.topics.replicas.TopicName)
	secure, err := c.secure()
	if err != nil {
		return err
	}
	var ports []int
	for i, ln := range lns {
		id, conn := int32(i), &engineConn{dial: func() (net.Conn, error) { return c.gates[i].Dial() }, login: secure.login, log: c.log}
		c.engines = append(c.engines, conn)
		c.gates = append(c.gates, gate.NewListener(ln, gate.Config{
			Broker:    id,
			Handlers:  c.topics.handlers(id),
			Amends:    c.topics.amends(id),
			TLS:       secure.tls,
			SASL:      c.cfg.SASL,
			Login:     secure.login,
			Advertise: c.cfg.Advertise,
			Faults:    c.faults,
			Overlays:  c.topics.replicas.Overlays(),
			Peers:     func() []*gate.Listener { return c.gates },
			Guard:     c.guard,
			Trusted:   c.trusted,
			Budget:    budget,
		}))
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
	}
	served, err := servedVersions(c.cfg.KafkaVersion)
	if err != nil {
		return err
	}
	c.topics.served = served
	next := 0 // the engine listens for broker 0 first
	k, err := kfake.NewCluster(append(secure.engine,
		kfake.Ports(ports...),
		kfake.ListenFn(func(string, string) (net.Listener, error) {
			next++
			return c.gates[next-1], nil
		}),
		kfake.ClusterID(newClusterID()),
		kfake.DataDir(c.dir.path),
		kfake.WithLogger(c.log),
		kfake.DefaultNumPartitions(defaultPartitions),
		kfake.BrokerConfigs(c.brokerConfigs()),
		kfake.MaxVersions(served),
	)...)
	if err != nil {
		return err
	}
	c.kfake = k
	c.engine = c.engines[len(c.engines)-1] // the controller
	c.topics.engine, c.topics.engines, c.topics.kfake = c.engine, c.engines, k
	c.topics.replicas.Attach(k)
	txns.engines, txns.kfake, txns.engineOf = c.engines, k, c.topics.replicas.EngineOf
	if err := c.open(); err != nil {
		close(c.cleaned)
		err = errors.Join(err, c.stop())
		c.dir.unclean = true
		return err
	}
	c.openLab()
	var tasks sync.WaitGroup
	tasks.Go(giveBack)
	tasks.Go(func() { c.janitor(c.ending) })
	tasks.Go(func() { c.topics.replicas.Run(c.ending) })
	tasks.Go(func() { c.disk.watch(!c.dir.ephemeral, c.ending) })
	go func() {
		tasks.Wait()
		close(c.cleaned)
	}()
	return nil
}

// open places the topics, learns what the engine serves and lets clients in.
func (c *Cluster) open() error {
	if err := c.topics.load(); err != nil {
		return err
	}
	if err := c.topics.trims.apply(c.kfake); err != nil {
		return err
	}
	resp, err := c.engine.ask(kmsg.NewPtrApiVersionsRequest())
	if err != nil {
		return err
	}
	served := slices.Concat(resp.(*kmsg.ApiVersionsResponse).ApiKeys, c.topics.ownAPIs())
	c.topics.txns.serves(served)
	for _, g := range c.gates {
		g.Open(served)
	}
	if c.topics.copies != nil {
		return c.topics.copies.SaveAll()
	}
	return nil
}

// stop ends what start began, in the opposite order.
func (c *Cluster) stop() error {
	var err error
	if c.control != nil {
		err = c.control.Close()
	}
	close(c.ending)
	<-c.cleaned
	for _, g := range c.gates {
		g.Cut(true)
	}
	err = errors.Join(err, c.disk.letGo(), c.topics.txns.close(), c.topics.close())
	for _, e := range c.engines {
		e.close()
	}
	if err = errors.Join(err, c.stopEngine()); err != nil {
		return err
	}
	open, err := transactionsOpen(c.dir.path)
	c.dir.unclean = open || c.log.failed.Load() // the next start repairs
	if err != nil || c.topics.copies == nil || c.dir.unclean {
		return err
	}
	return c.topics.copies.SaveAll()
}

// Addrs returns the bootstrap servers as host:port, broker 0 first.
func (c *Cluster) Addrs() []string {
	addrs := make([]string, len(c.gates))
	for i, g := range c.gates {
		addrs[i] = g.Addr().String()
	}
	return addrs
}

// DataDir returns the folder that holds the cluster's data.
func (c *Cluster) DataDir() string { return c.dir.path }

// Close stops the cluster: everything is on disk, the ports are free, the data
// folder is released, a temporary one removed. Later calls return the same.
func (c *Cluster) Close() error {
	c.closing.Do(func() {
		c.closed = c.stop()
		if c.closed != nil {
			c.dir.unclean = true
		}
		c.closed = errors.Join(c.closed, c.dir.release())
	})
	return c.closed
}

// BrokerStats is what the gate of one broker has counted.
type BrokerStats = gate.Stats

// APIStats counts the requests of one API key.
type APIStats = gate.APIStats

// Stats returns what has been counted per broker, broker 0 first.
func (c *Cluster) Stats() []BrokerStats {
	stats := make([]BrokerStats, len(c.gates))
	for i, g := range c.gates {
		stats[i] = g.Stats()
	}
	return stats
}

// Delay makes every response of a broker wait for d, for labs and tests; 0
// ends it. A broker id that does not exist is ignored.
func (c *Cluster) Delay(broker int32, d time.Duration) {
	c.gate(broker, func(g *gate.Listener) { g.Delay(d) })
}

// Stall makes a broker accept and read but answer nothing until it is off;
// what was asked meanwhile is answered then.
func (c *Cluster) Stall(broker int32, on bool) {
	c.gate(broker, func(g *gate.Listener) { g.Stall(on) })
}

// Cut closes the connections of a broker and resets new ones until it is off.
// Metadata still lists the broker.
func (c *Cluster) Cut(broker int32, on bool) {
	c.gate(broker, func(g *gate.Listener) { g.Cut(on) })
}

func (c *Cluster) gate(broker int32, do func(*gate.Listener)) {
	if broker >= 0 && int(broker) < len(c.gates) {
		do(c.gates[broker])
	}
}
