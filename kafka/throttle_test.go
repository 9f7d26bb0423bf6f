package kafka_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
)

// TestAThrottleThatNobodyMeans is told, and an ordinary one is not.
func TestAThrottleThatNobodyMeans(t *testing.T) {
	for millis, want := range map[int32]time.Duration{3_600_000: time.Hour, 100: 0} {
		fake, err := kfake.NewCluster(kfake.NumBrokers(1))
		if err != nil {
			t.Fatal(err)
		}
		fake.ControlKey(int16(kmsg.DescribeCluster), func(req kmsg.Request) (kmsg.Response, error, bool) {
			resp := req.ResponseKind().(*kmsg.DescribeClusterResponse)
			resp.ThrottleMillis = millis
			return resp, nil, true
		})
		address := fake.ListenAddrs()[0]
		told := make(chan *kafka.Throttle, 1)
		client, err := kafka.New(kafka.Config{
			Name: "lab", Opts: []kgo.Opt{kgo.SeedBrokers(address)}, Throttled: func(th *kafka.Throttle) { told <- th },
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kmsg.NewPtrDescribeClusterRequest().RequestWith(t.Context(), client.Kgo()); err != nil {
			t.Fatal(err)
		}
		client.Close()
		fake.Close()
		close(told)
		if got := <-told; want == 0 && got != nil || want != 0 && (got == nil || got.For != want || got.Address != address) {
			t.Errorf("%d ms: told of %v", millis, got)
		}
	}
}
