package kafka

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// LongestThrottle is the longest wait that a quota is taken at its word for. Kafka's
// own brokers ask for less: a window of quota.window.size.seconds, times
// quota.window.num, 11 seconds unless configured.
const LongestThrottle = 30 * time.Second

// Throttle is a wait that a broker asks for and that nobody can mean (KIP-219). The
// client library waits for the whole of it, before its next request on the connection.
type Throttle struct {
	Broker  int32
	Address string // host and port
	For     time.Duration
}

// Error says who asks for what.
func (t *Throttle) Error() string {
	return fmt.Sprintf("broker %d at %s asks this client to wait for %s before it goes on (throttle_time_ms, a quota of the cluster), which is more than the %s that kdeck waits; see the quotas of this user and client id",
		t.Broker, t.Address, t.For, LongestThrottle)
}

var _ kgo.HookBrokerThrottle = (*requestLog)(nil)

// OnBrokerThrottle tells about throttles that nobody can mean.
func (r *requestLog) OnBrokerThrottle(meta kgo.BrokerMetadata, interval time.Duration, afterwards bool) {
	if r.throttled != nil && afterwards && interval > LongestThrottle {
		r.throttled(&Throttle{meta.NodeID, fmt.Sprintf("%s:%d", meta.Host, meta.Port), interval})
	}
}
