// Package topics is what kdeck asks of topics: how they are replicated, how much is in
// them and written to them, and what a writer should know. It imports no other room
// but configs.
package topics

import "github.com/kdeck/kdeck/kafka"

// Client asks one cluster about its topics. It remembers past rates, and policies for
// a while. It is safe for concurrent use.
type Client struct {
	conn     *kafka.Conn
	rates    *meter
	policies *policyMemory
}

// New returns a client of the topics of a cluster.
func New(conn *kafka.Conn) *Client {
	return &Client{conn: conn, rates: newMeter(), policies: newPolicyMemory()}
}
