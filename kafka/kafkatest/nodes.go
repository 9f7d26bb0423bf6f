package kafkatest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Nodes is a KRaft cluster of Apache Kafka on the loopback. Every node is broker
// and controller; ids count from 0, as in the embedded cluster.
type Nodes struct {
	ID      string
	Servers []string // node 0 first; anonymous users, who may do everything
	Secured []string // the listeners with TLS, SASL and rights; nil unless Spec.Secure
	CA      string   // PEM file of the authority behind them
	libs    string
	dir     string
	java    []string // options of the JVMs
	nodes   []*node
	*lab    // of Config.Own, else nil

	// Doors are the addresses where brokers listen at each door, by its name and
	// broker 0 first.
	Doors map[string][]string
	doors []Door
}

// Spec says what cluster to launch.
type Spec struct {
	Brokers int
	Secure  bool     // has listeners with TLS, SASL and rights too
	Java    []string // options of the JVMs; without, they start quickly and take little memory
	Doors   []Door   // more listeners of every broker
	lab     bool     // has those of a lab too
}

// lightJava is options of a JVM that starts quickly and takes little memory.
var lightJava = []string{"-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"}

// node is the process of one node.
type node struct {
	cmd   *exec.Cmd
	guard *exec.Cmd     // kills the process when we are gone
	ended chan struct{} // closed when the process has ended
}

// attempts bounds how often a start is tried: ports that were free may be taken
// before the brokers listen.
const attempts = 3

// Launch starts Apache Kafka from a folder of jars and returns when all brokers
// answer. Everything is kept in dir. The nodes end with Close, and are killed when
// this process ends in whatever way.
func Launch(ctx context.Context, libs, dir string, spec Spec) (*Nodes, error) {
	if spec.Java == nil {
		spec.Java = lightJava
	}
	var err error
	for n := range attempts {
		nodes := &Nodes{ID: clusterID(), libs: libs, dir: filepath.Join(dir, fmt.Sprint("try-", n)), java: spec.Java}
		if spec.lab {
			nodes.lab = new(lab)
		}
		if err = nodes.launch(ctx, spec); err == nil {
			return nodes, nil
		}
		err = fmt.Errorf("start Apache Kafka in %s: %w\n%s", nodes.dir, err, nodes.Complaints())
		nodes.Close()
		if ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

func clusterID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}

func (n *Nodes) launch(ctx context.Context, spec Spec) error {
	if n.lab != nil {
		if err := n.listenAtGates(spec.Brokers); err != nil {
			return err
		}
	}
	addrs, err := freeAddrs((3 + labPorts) * spec.Brokers)
	if err != nil {
		return err
	}
	n.Servers = addrs[:spec.Brokers]
	if err := n.openDoors(spec); err != nil {
		return err
	}
	var store string
	if spec.Secure {
		n.Secured = addrs[2*spec.Brokers : 3*spec.Brokers]
		if err := os.MkdirAll(n.dir, 0o700); err != nil {
			return err
		}
		if n.CA, store, err = Certify(n.dir); err != nil {
			return err
		}
	}
	if n.lab != nil {
		n.takeAddrs(addrs[3*spec.Brokers:])
	}
	for i := range spec.Brokers {
		if err := n.configure(i, addrs[spec.Brokers:2*spec.Brokers], store); err != nil {
			return err
		}
	}
	if err := n.format(ctx); err != nil {
		return err
	}
	for i := range spec.Brokers {
		n.nodes = append(n.nodes, nil)
		if err := n.start(i); err != nil {
			return err
		}
	}
	if err := n.ready(ctx); err != nil || n.lab == nil {
		return err
	}
	return n.openGates(ctx, n.Servers)
}

// freeAddrs finds ports on the loopback that nobody listens on at the moment.
func freeAddrs(n int) ([]string, error) {
	var addrs []string
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer ln.Close() // all at once, so that none is found twice
		addrs = append(addrs, ln.Addr().String())
	}
	return addrs, nil
}

func (n *Nodes) path(i int, name string) string {
	return filepath.Join(n.dir, fmt.Sprint("node-", i), name)
}

// configure writes a node's server.properties. store is the key store of the
// secured listeners.
func (n *Nodes) configure(i int, controllers []string, store string) error {
	var voters []string
	for id := range n.Servers {
		voters = append(voters, fmt.Sprintf("%d@%s", id, controllers[id]))
	}
	listeners := "PLAINTEXT://" + n.Servers[i]
	advertised := listeners
	var extra []string
	if n.Secured != nil {
		listeners += ",SASL_SSL://" + n.Secured[i]
		advertised += ",SASL_SSL://" + n.Secured[i]
		extra = append(extra, secureLines(store)...)
	}
	if n.lab != nil {
		listeners += "," + n.listeners(i)
		advertised += "," + n.advertised(i)
		extra = append(extra, labLines()...)
	}
	for _, d := range n.doors {
		listeners += "," + d.Name + "://" + n.Doors[d.Name][i]
		advertised += "," + d.Name + "://" + d.advertised(n.Doors[d.Name][i])
		extra = append(extra, d.lines()...)
	}
	replicas := len(n.Servers)
	lines := []string{
		fmt.Sprint("node.id=", i),
		"process.roles=broker,controller",
		"controller.quorum.voters=" + strings.Join(voters, ","),
		"listeners=CONTROLLER://" + controllers[i] + "," + listeners,
		"advertised.listeners=" + advertised,
		"controller.listener.names=CONTROLLER",
		"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,PROXIED:PLAINTEXT,LOGIN:SASL_PLAINTEXT" + protocols(n.doors),
		"log.dirs=" + n.path(i, "data"),
		fmt.Sprint("default.replication.factor=", replicas),
		fmt.Sprint("offsets.topic.replication.factor=", replicas),
		fmt.Sprint("transaction.state.log.replication.factor=", replicas),
		fmt.Sprint("share.coordinator.state.topic.replication.factor=", replicas),
		"transaction.state.log.min.isr=1",
		"share.coordinator.state.topic.min.isr=1",
		// Few internal partitions and threads: it is a small machine's guest.
		"offsets.topic.num.partitions=6",
		"transaction.state.log.num.partitions=3",
		"share.coordinator.state.topic.num.partitions=3",
		"num.network.threads=2",
		"num.io.threads=4",
		// Records with old timestamps stay: retention is looked at 30 seconds after the
		// start, and every five minutes, unless told otherwise.
		"log.initial.task.delay.ms=86400000",
		// Groups settle at once, and forget members that went without a word soon.
		"group.initial.rebalance.delay.ms=0",
		"group.consumer.min.session.timeout.ms=5000",
		"group.consumer.session.timeout.ms=6000",
		"group.consumer.min.heartbeat.interval.ms=500",
		"group.consumer.heartbeat.interval.ms=500",
		"group.share.min.session.timeout.ms=5000",
		"group.share.session.timeout.ms=6000",
		"group.share.min.heartbeat.interval.ms=500",
		"group.share.heartbeat.interval.ms=500",
	}
	lines = append(lines, extra...)
	if err := os.MkdirAll(filepath.Dir(n.path(i, "x")), 0o700); err != nil {
		return err
	}
	return os.WriteFile(n.path(i, "server.properties"), []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

// format makes the data folders. Starting a JVM for each would take the longest
// part of the start, so one is formatted and the others are copies of it with
// their own ids.
func (n *Nodes) format(ctx context.Context) error {
	args := []string{"format", "-t", n.ID, "-c", n.path(0, "server.properties")}
	if n.Secured != nil {
		args = append(args, scramArgs()...)
	}
	cmd := exec.CommandContext(ctx, "java", n.javaArgs("kafka.tools.StorageTool", args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("format: %w: %s", err, out)
	}
	meta, err := os.ReadFile(n.path(0, "data/meta.properties"))
	if err != nil {
		return err
	}
	for i := 1; i < len(n.Servers); i++ {
		if err := os.CopyFS(n.path(i, "data"), os.DirFS(n.path(0, "data"))); err != nil {
			return err
		}
		own := regexp.MustCompile(`(?m)^(node\.id)=.*$`).ReplaceAllString(string(meta), fmt.Sprint("${1}=", i))
		own = regexp.MustCompile(`(?m)^(directory\.id)=.*$`).ReplaceAllString(own, "${1}="+clusterID())
		if err := os.WriteFile(n.path(i, "data/meta.properties"), []byte(own), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (n *Nodes) javaArgs(class string, args ...string) []string {
	return slices.Concat(n.java, []string{"-cp", filepath.Join(n.libs, "*"), class}, args)
}

func (n *Nodes) start(i int) error {
	out, err := os.OpenFile(n.path(i, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	nd := &node{cmd: exec.Command("java", n.javaArgs("kafka.Kafka", n.path(i, "server.properties"))...), ended: make(chan struct{})}
	nd.cmd.Stdout, nd.cmd.Stderr, nd.cmd.SysProcAttr = out, out, apart
	if err := nd.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = nd.cmd.Wait() // the log tells how it ended
		close(nd.ended)
	}()
	n.nodes[i] = nd
	nd.guard, err = guard(nd.cmd.Process.Pid)
	return err
}

// ready waits until every broker that runs answers and knows all others that do.
func (n *Nodes) ready(ctx context.Context) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(n.Servers...))
	if err != nil {
		return err
	}
	defer cl.Close()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for _, i := range n.Up() {
		for !n.knowsAll(ctx, cl.SeedBrokers()[i]) {
			select {
			case <-n.nodes[i].ended:
				return fmt.Errorf("node %d ended", i)
			case <-ctx.Done():
				return fmt.Errorf("node %d does not answer: %w", i, ctx.Err())
			case <-look.C:
			}
		}
	}
	return nil
}

func (n *Nodes) knowsAll(ctx context.Context, broker *kgo.Broker) bool {
	resp, err := broker.Request(ctx, kmsg.NewPtrMetadataRequest())
	if err != nil {
		return false
	}
	known := make(map[int]bool)
	for _, b := range resp.(*kmsg.MetadataResponse).Brokers {
		known[int(b.NodeID)] = true
	}
	return !slices.ContainsFunc(n.Up(), func(i int) bool { return !known[i] })
}

// Up returns the ids of the nodes that run.
func (n *Nodes) Up() []int {
	var up []int
	for i, nd := range n.nodes {
		if nd != nil {
			up = append(up, i)
		}
	}
	return up
}

// Pids are the process ids of the nodes that run, by id.
func (n *Nodes) Pids() []int {
	var pids []int
	for _, i := range n.Up() {
		pids = append(pids, n.nodes[i].cmd.Process.Pid)
	}
	return pids
}

// Running is how others find the nodes.
func (n *Nodes) Running() Running {
	return Running{ID: n.ID, Servers: n.Servers, Secured: n.Secured, CA: n.CA, Pids: n.Pids()}
}

// Kill ends a node at once, as kill -9 does.
func (n *Nodes) Kill(i int) { n.end(i, os.Kill) }

// Stop ends a node in order: it hands its leaders over first.
func (n *Nodes) Stop(i int) { n.end(i, syscall.SIGTERM) }

func (n *Nodes) end(i int, with os.Signal) {
	nd := n.nodes[i]
	if nd == nil {
		return
	}
	if err := nd.cmd.Process.Signal(with); err != nil && !errors.Is(err, os.ErrProcessDone) {
		_ = nd.cmd.Process.Kill()
	}
	select {
	case <-nd.ended:
	case <-time.After(patience): // a shutdown in order can wait for ever for other nodes
		_ = nd.cmd.Process.Kill()
		<-nd.ended
	}
	if nd.guard != nil && nd.guard.Process != nil {
		_ = nd.guard.Process.Kill()
		_ = nd.guard.Wait()
	}
	n.nodes[i] = nil
}

// Restart starts a node that was killed or stopped and returns when all brokers
// that run know all others that do.
func (n *Nodes) Restart(ctx context.Context, i int) error {
	if err := n.start(i); err != nil {
		return err
	}
	return n.ready(ctx)
}

// Close kills all nodes.
func (n *Nodes) Close() {
	for i := range n.nodes {
		n.Kill(i)
	}
	if n.lab != nil {
		n.closeGates()
	}
}

// Complaints are the last warnings and errors in the logs of all nodes.
func (n *Nodes) Complaints() string {
	const most = 20
	var all strings.Builder
	for i := range n.Servers {
		text, err := os.ReadFile(n.path(i, "log"))
		if err != nil {
			continue // it was never started
		}
		var lines []string
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, " ERROR ") || strings.Contains(line, " WARN ") || strings.Contains(line, "Exception") {
				lines = append(lines, line)
			}
		}
		fmt.Fprintf(&all, "node %d:\n%s", i, strings.Join(lines[max(0, len(lines)-most):], ""))
	}
	return all.String()
}
