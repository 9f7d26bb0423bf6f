package kafkatest

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/embedbroker/gate"
)

// lab is what an Apache Kafka of one test alone has besides: a listener behind a
// gate, which does to a broker's traffic what a network can, and one that wants a
// login.
type lab struct {
	// Proxied are the bootstrap servers behind the gates, node 0 first. The
	// brokers talk to each other elsewhere: a cut parts them from clients only.
	Proxied []string
	// Login are the bootstrap servers that want SASL with SCRAM-SHA-256, without
	// TLS. There is no user until the test makes one. A login lasts a few seconds
	// (KIP-368), after which a user who is gone is refused.
	Login []string

	backends []string // where the gates lead to, node 0 first
	gates    []*gate.Listener
	onCommit atomic.Pointer[func(broker int)]
}

// labPorts is how many ports a lab takes for each broker.
const labPorts = 2

// listenAtGates opens the gates' ports: before others are looked for, which must not be
// the same.
func (l *lab) listenAtGates(brokers int) error {
	for i := range brokers {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		l.gates = append(l.gates, gate.NewListener(ln, gate.Config{Broker: int32(i), Budget: gate.NewBudget(0), Handlers: map[int16]gate.Handler{
			int16(kmsg.OffsetCommit): func(kmsg.Request) (kmsg.Response, kmsg.Request, error) {
				if do := l.onCommit.Load(); do != nil {
					(*do)(i)
				}
				return nil, nil, nil
			},
		}}))
		l.Proxied = append(l.Proxied, ln.Addr().String())
	}
	return nil
}

// takeAddrs shares out labPorts addresses for each broker.
func (l *lab) takeAddrs(addrs []string) {
	l.backends, l.Login = addrs[:len(l.gates)], addrs[len(l.gates):]
}

func (l *lab) listeners(i int) string {
	return fmt.Sprintf("PROXIED://%s,LOGIN://%s", l.backends[i], l.Login[i])
}

func (l *lab) advertised(i int) string {
	return fmt.Sprintf("PROXIED://%s,LOGIN://%s", l.Proxied[i], l.Login[i])
}

// labLines are the properties of both listeners.
func labLines() []string {
	const scram = "listener.name.login.scram-sha-256."
	return []string{
		"listener.name.login.sasl.enabled.mechanisms=SCRAM-SHA-256",
		scram + "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;",
		scram + "connections.max.reauth.ms=4000",
	}
}

// openGates learns what the brokers serve and lets clients through the gates.
func (l *lab) openGates(ctx context.Context, servers []string) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(servers...))
	if err != nil {
		return err
	}
	defer cl.Close()
	resp, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, cl)
	if err != nil {
		return err
	}
	for i, g := range l.gates {
		g.Open(resp.ApiKeys)
		go serve(g, l.backends[i])
	}
	return nil
}

// serve joins clients with a broker until the gate is closed.
func serve(g *gate.Listener, backend string) {
	for {
		client, err := g.Accept()
		if err != nil {
			return
		}
		go join(client, backend)
	}
}

// join passes requests and answers on until either side ends the connection. A
// gate wants each answer whole.
func join(client net.Conn, backend string) {
	defer client.Close()
	broker, err := net.Dial("tcp", backend)
	if err != nil {
		return // the broker is down
	}
	defer broker.Close()
	go func() {
		_, _ = io.Copy(broker, client) // until either is closed
		_ = broker.Close()
	}()
	for {
		size := make([]byte, 4)
		if _, err := io.ReadFull(broker, size); err != nil {
			return
		}
		answer := make([]byte, 4+binary.BigEndian.Uint32(size))
		copy(answer, size)
		if _, err := io.ReadFull(broker, answer[4:]); err != nil {
			return
		}
		if _, err := client.Write(answer); err != nil {
			return
		}
	}
}

// Cut ends the proxied connections to a broker and resets new ones until it is
// off.
func (l *lab) Cut(broker int, on bool) { l.gates[broker].Cut(on) }

// Stall lets requests through to a broker, and none of its answers back until it
// is off.
func (l *lab) Stall(broker int, on bool) { l.gates[broker].Stall(on) }

// Delay makes every answer of a broker wait; 0 ends it.
func (l *lab) Delay(broker int, by time.Duration) { l.gates[broker].Delay(by) }

// OnCommit sets what is done before an OffsetCommit that came through a gate goes
// on to its coordinator; nil ends it.
func (l *lab) OnCommit(do func(broker int)) {
	if do == nil {
		l.onCommit.Store(nil)
		return
	}
	l.onCommit.Store(&do)
}

// closeGates ends all connections.
func (l *lab) closeGates() {
	for _, g := range l.gates {
		g.Cut(true)
		_ = g.Close() // nothing is lost
	}
}
