package gate

import (
	"encoding/binary"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// largeProduce is a produce request of about n bytes.
func largeProduce(n int) []byte {
	req := kmsg.NewPtrProduceRequest()
	req.Acks = 1
	topic := kmsg.NewProduceRequestTopic()
	topic.Topic = "t"
	part := kmsg.NewProduceRequestTopicPartition()
	part.Records = make([]byte, n) // no batch: the engine would refuse it
	topic.Partitions = append(topic.Partitions, part)
	req.Topics = append(req.Topics, topic)
	return request(req, 9, 1)
}

// metadataOf is a metadata request for so many topics.
func metadataOf(topics int) []byte {
	req := kmsg.NewPtrMetadataRequest()
	for range topics {
		name := strings.Repeat("n", 100)
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = &name
		req.Topics = append(req.Topics, topic)
	}
	return request(req, 9, 2)
}

// Large requests that were announced and do not arrive hold nobody up, whatever part
// of them was sent, and in the end each is let through.
func TestLargeRequestsHoldNobodyUp(t *testing.T) {
	for name, sent := range map[string]int{"announced": 10, "half sent": 22 << 20} {
		t.Run(name, func(t *testing.T) {
			l := newGate(t, served(t), nil)
			raw := largeProduce(24 << 20)
			var done sync.WaitGroup
			goOn := make(chan struct{})
			for i := range 3 {
				client, server := net.Pipe()
				c := l.newConn(server)
				defer c.Close()
				done.Go(func() {
					if body, err := readEngine(c); err != nil || len(body) != len(raw)-4 {
						t.Errorf("%d bytes arrived, %v", len(body), err)
					}
					c.release()
				})
				done.Go(func() {
					_, err := client.Write(raw[:sent]) // waits when the gate takes no more
					<-goOn
					if err == nil {
						_, err = client.Write(raw[sent:])
					}
					if err != nil {
						t.Errorf("client %d: %v", i, err)
					}
				})
			}
			small := metadataOf(4000)
			if n := binary.BigEndian.Uint32(small); n < freeBytes/decodedFactor || n > smallRequest {
				t.Errorf("a small request of %d bytes", n)
			}
			for range 5 {
				client, server := net.Pipe()
				c := l.newConn(server)
				go func() { _, _ = client.Write(small) }() // fails when the gate closes
				if body, err := readEngine(c); err != nil || len(body) != len(small)-4 {
					t.Errorf("a small request did not get through: %v", err)
				}
				c.release()
				c.Close()
			}
			close(goOn)
			done.Wait()
		})
	}
}

// Connections beyond the limit are reset.
func TestConnectionLimit(t *testing.T) {
	b := NewBudget(2)
	for i, want := range []bool{true, true, false, false} {
		if got := b.connect(); got != want {
			t.Errorf("connection %d: %v, want %v", i, got, want)
		}
	}
	b.disconnect()
	if !b.connect() || b.connect() {
		t.Error("a connection that ended does not make room for just one")
	}
}
