package embedbroker_test

import (
	"net"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// asker is a plain connection to one broker.
type asker struct {
	t    *testing.T
	conn net.Conn
}

func ask(t *testing.T, addr string) *asker {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(testTimeout)); err != nil {
		t.Fatal(err)
	}
	return &asker{t, c}
}

func (a *asker) send() error {
	_, err := a.conn.Write(kmsg.NewRequestFormatter().AppendRequest(nil, kmsg.NewPtrApiVersionsRequest(), 1))
	return err
}

// answers sends a request and reports how reading its response ended, later.
func (a *asker) answers() <-chan error {
	done := make(chan error, 1)
	if err := a.send(); err != nil {
		done <- err
		return done
	}
	go func() {
		_, err := readFrame(a.conn)
		done <- err
	}()
	return done
}

func (a *asker) mustAnswer() {
	a.t.Helper()
	if err := <-a.answers(); err != nil {
		a.t.Fatal(err)
	}
}

// received waits until a broker has counted n requests.
func received(t *testing.T, c *embedbroker.Cluster, broker int, n uint64) {
	t.Helper()
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); {
		var got uint64
		for _, api := range c.Stats()[broker].APIs {
			got += api.Requests
		}
		if got >= n {
			return
		}
	}
	t.Fatalf("broker %d did not get %d requests", broker, n)
}

func TestFaultsHoldResponses(t *testing.T) {
	c := start(t, embedbroker.Config{Brokers: 2})
	for name, fault := range map[string]func(on bool){
		"delay": func(on bool) {
			d := time.Hour
			if !on {
				d = 0
			}
			c.Delay(0, d)
		},
		"stall": func(on bool) { c.Stall(0, on) },
	} {
		t.Run(name, func(t *testing.T) {
			before := c.Stats()[0]
			var sent uint64
			for _, api := range before.APIs {
				sent += api.Requests
			}
			held, other := ask(t, c.Addrs()[0]), ask(t, c.Addrs()[1])
			fault(true)
			answer := held.answers()
			other.mustAnswer()
			received(t, c, 0, sent+1)
			select {
			case err := <-answer:
				t.Errorf("answered while it was on (%v)", err)
			default:
			}
			fault(false)
			if err := <-answer; err != nil {
				t.Errorf("not answered when it was off: %v", err)
			}
		})
	}
}

func TestFaultCut(t *testing.T) {
	c := start(t, embedbroker.Config{Brokers: 2})
	open, other := ask(t, c.Addrs()[0]), ask(t, c.Addrs()[1])
	open.mustAnswer()
	c.Cut(0, true)
	if err := <-open.answers(); err == nil {
		t.Error("an open connection still answers")
	}
	// The reset may come before the client has seen its connection made.
	if conn, err := net.Dial("tcp", c.Addrs()[0]); err == nil {
		refused := &asker{t, conn}
		if err := <-refused.answers(); err == nil {
			t.Error("a new connection answers")
		}
		conn.Close()
	}
	other.mustAnswer()
	c.Cut(0, false)
	ask(t, c.Addrs()[0]).mustAnswer()
}

// Broker ids that do not exist are ignored, and a closed cluster too.
func TestFaultsOfNoBroker(t *testing.T) {
	c := start(t, embedbroker.Config{Brokers: 1})
	for _, id := range []int32{-1, 1, 1 << 30} {
		c.Delay(id, time.Second)
		c.Stall(id, true)
		c.Cut(id, true)
	}
	ask(t, c.Addrs()[0]).mustAnswer()
}

// A stalled cluster closes.
func TestCloseWhileStalled(t *testing.T) {
	c := start(t, embedbroker.Config{Brokers: 1})
	a := ask(t, c.Addrs()[0])
	c.Stall(0, true)
	answer := a.answers()
	received(t, c, 0, 1)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; err == nil {
		t.Error("answered")
	}
}

// Thousands of idle connections cost little and keep nobody out.
func TestIdleConnections(t *testing.T) {
	const idle = 3000
	ctx := testContext(t)
	c := start(t, embedbroker.Config{Brokers: 1})
	for i := range idle {
		conn, err := net.Dial("tcp", c.Addrs()[0])
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i%2 == 0 { // half of them in the middle of a request
			if _, err := conn.Write([]byte{0, 0, 0, 100, 0}); err != nil {
				t.Fatal(err)
			}
		}
	}
	cl := client(t, c)
	if err := cl.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	if got := c.Stats()[0].Connections; got < idle {
		t.Errorf("%d connections are open, want at least %d", got, idle)
	}
}
