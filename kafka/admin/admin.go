// Package admin is what a command or a screen asks of one cluster: the connection,
// and the rooms of package kafka, one for each noun. It holds nothing of its own.
// What reads and writes records needs the connection alone.
package admin

import (
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/access"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/overview"
	"github.com/kdeck/kdeck/kafka/topics"
)

// Client is one attached cluster. The rooms remember past answers (rates of topics,
// lags of groups), so there is one client for as long as the cluster is attached. It
// is safe for concurrent use.
type Client struct {
	*kafka.Conn
	Access   *access.Client
	Brokers  *brokers.Client
	Groups   *groups.Client
	Overview *overview.Client
	Topics   *topics.Client
}

// New returns a client of the cluster. Nothing is sent before the first question.
func New(cfg kafka.Config) (*Client, error) {
	conn, err := kafka.New(cfg)
	if err != nil {
		return nil, err
	}
	return Over(conn), nil
}

// Over returns a client that asks through a connection, and closes it with Close.
func Over(conn *kafka.Conn) *Client {
	t := topics.New(conn)
	return &Client{
		Conn: conn, Access: access.New(conn), Brokers: brokers.New(conn), Groups: groups.New(conn),
		Overview: overview.New(conn, t), Topics: t,
	}
}
