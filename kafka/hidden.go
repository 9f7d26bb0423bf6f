package kafka

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kdeck/kdeck/kafka/raw"
)

// errHidden says what the answers of a cluster lack without a word when the user
// may not describe the whole of it.
var errHidden = fmt.Errorf("what you may not describe is left out; needs %w and %w",
	lacking{explained{text: "Describe on Topic:*"}, "Describe on Topic:*"},
	lacking{explained{text: "Describe on Cluster"}, "Describe on Cluster"})

// hiddenAge is how long an answer about rights is believed.
const hiddenAge = time.Minute

// seen remembers whether the user may describe the cluster.
type seen struct {
	mu     sync.Mutex
	until  time.Time // when to ask again
	hidden error
}

// Hidden says that answers may lack topics and groups, or nil. Metadata leaves out
// topics that the user may not describe, OffsetFetch the commits on them, and
// ListGroups groups; none of them says so. Only a user with Describe on the
// cluster sees all groups for certain, and one without it is hardly meant to see
// all topics. It is nil on clusters older than 2.8 (DescribeCluster, KIP-700).
func (c *Conn) Hidden(ctx context.Context) error {
	c.seen.mu.Lock()
	defer c.seen.mu.Unlock()
	if time.Now().Before(c.seen.until) {
		return c.seen.hidden
	}
	ctx, cancel := context.WithTimeout(ofAny(ctx), PingTimeout)
	defer cancel()
	var may bool
	err := c.again(ctx, func() (err error) {
		may, err = raw.MayDescribeCluster(ctx, c.kgo)
		return err
	})
	if err != nil {
		c.seen.until = time.Now().Add(c.cfg.RequestTimeout) // those who wait for the lock must not each wait as long
		return c.seen.hidden
	}
	c.seen.until, c.seen.hidden = time.Now().Add(hiddenAge), nil
	if !may {
		c.seen.hidden = errHidden
	}
	return c.seen.hidden
}
