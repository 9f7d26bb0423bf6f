package embedbroker_test

import (
	"net"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/kdeck/kdeck/embedbroker"
)

// TestOldKafka holds that a cluster that pretends to be an old Kafka offers no
// newer version of any request, refuses what is newer all the same, and works.
func TestOldKafka(t *testing.T) {
	for _, kafka := range []string{"2.8", "3.9"} {
		t.Run(kafka, func(t *testing.T) {
			ctx := testContext(t)
			cluster := start(t, embedbroker.Config{KafkaVersion: kafka})
			cl := client(t, cluster, kgo.AllowAutoTopicCreation())
			resp, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, cl)
			if err != nil {
				t.Fatal(err)
			}
			want := kversion.FromString(kafka)
			for _, k := range resp.ApiKeys {
				if newest, ok := want.LookupMaxKeyVersion(k.ApiKey); !ok || k.MaxVersion > newest {
					t.Errorf("%s v%d is served; Kafka %s knows it to v%d", kmsg.NameForKey(k.ApiKey), k.MaxVersion, kafka, newest)
				}
			}
			for _, req := range []kmsg.Request{kmsg.NewPtrMetadataRequest(), kmsg.NewPtrConsumerGroupHeartbeatRequest(), kmsg.NewPtrShareGroupDescribeRequest()} {
				newest, _ := want.LookupMaxKeyVersion(req.Key())
				req.SetVersion(newest + 1)
				if answered(t, cluster, req) {
					t.Errorf("%s v%d was answered", kmsg.NameForKey(req.Key()), newest+1)
				}
			}
			newer := kmsg.NewPtrApiVersionsRequest() // which alone is answered, KIP-511
			newer.Version = 5
			if !answered(t, cluster, newer) {
				t.Error("an ApiVersions request of a newer version was not answered")
			}
			produce(ctx, t, cl, "orders", 100)
			if got := consume(ctx, t, cluster, "orders", 100); len(got) != 100 {
				t.Errorf("%d of 100 records came back", len(got))
			}
		})
	}
}

// answered sends a request of just that version and reports whether an answer
// comes before the connection ends.
func answered(t *testing.T, c *embedbroker.Cluster, req kmsg.Request) bool {
	t.Helper()
	conn, err := net.Dial("tcp", c.Addrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(kmsg.NewRequestFormatter().AppendRequest(nil, req, 1)); err != nil {
		t.Fatal(err)
	}
	_, err = readFrame(conn)
	return err == nil
}
