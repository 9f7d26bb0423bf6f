// Package groups is what kdeck asks and changes of groups of every protocol: who is in
// them, where they stand, how far they are behind, and their offsets. It may change a
// cluster, and imports no other room.
package groups

import (
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
)

// Client asks one cluster about its groups, and changes them. It remembers how their
// lags went, so verdicts survive a change of screens. It is safe for concurrent use.
type Client struct {
	conn   *kafka.Conn
	watch  lag.Watch // of the groups that were read
	peeks  peeks     // at where groups stand
	veiled veiled    // groups that the user may not see
}

// New returns a client of the groups of a cluster.
func New(conn *kafka.Conn) *Client { return &Client{conn: conn} }
