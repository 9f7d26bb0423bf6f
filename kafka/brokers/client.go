// Package brokers is what kdeck asks of brokers: whether they answer, what they hold
// and how they are configured. It imports no other room but configs.
package brokers

import "github.com/kdeck/kdeck/kafka"

// Client asks one cluster about its brokers. It is safe for concurrent use.
type Client struct{ conn *kafka.Conn }

// New returns a client of the brokers of a cluster.
func New(conn *kafka.Conn) *Client { return &Client{conn} }
