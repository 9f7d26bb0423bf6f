// Package overview is how a cluster is as a whole. It imports topics, for what is known
// of their configuration.
package overview

import (
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/topics"
)

// Client asks one cluster how it is as a whole. It is safe for concurrent use.
type Client struct {
	conn   *kafka.Conn
	topics *topics.Client // knows min.insync.replicas
}

// New returns a client of a cluster that shares what t remembers of its topics.
func New(conn *kafka.Conn, t *topics.Client) *Client { return &Client{conn, t} }
