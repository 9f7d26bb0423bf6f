package profile

import (
	"context"
	"crypto/tls"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// dialTimeout is for TCP and TLS together; a person waits for it.
const dialTimeout = 10 * time.Second

// Options returns the options of a client for the cluster: seed brokers,
// client id, the way to brokers, TLS and SASL. Files are read and secrets resolved here, under
// ctx, except OAUTHBEARER tokens, which are fetched as connections need them.
// Errors name the context and never contain a secret.
func (c Context) Options(ctx context.Context) ([]kgo.Opt, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", c.label(), err)
	}
	by, err := c.route(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.label(), err)
	}
	var conf *tls.Config
	if c.TLS != nil {
		if conf, err = c.TLS.config(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", c.label(), err)
		}
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.BootstrapServers...),
		kgo.ClientID(c.clientID()),
		kgo.Dialer(dialer(by, conf)),
	}
	if c.SASL != nil {
		mechanism, err := c.SASL.mechanism(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.label(), err)
		}
		opts = append(opts, kgo.SASL(mechanism))
	}
	return opts, nil
}

func (c Context) clientID() string {
	if c.ClientID == "" {
		return DefaultClientID
	}
	return c.ClientID
}
