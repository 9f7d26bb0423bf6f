package profile

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/kdeck/kdeck/kafka/profile/route"
	"github.com/kdeck/kdeck/kafka/serde"
)

// SchemaRegistry is a Confluent schema registry: where it is and how to get in.
type SchemaRegistry struct {
	// URL is where its API begins, as in https://registry:8081. Several registries of
	// the same schemas are separated by commas; the next one is asked when one does
	// not answer.
	URL string `yaml:"url" json:"url"`
	// User and Password are for basic authentication, Token for a bearer token.
	User     string `yaml:"user,omitempty" json:"user,omitempty"`
	Password Secret `yaml:"password,omitempty" json:"password,omitzero"`
	Token    Secret `yaml:"token,omitempty" json:"token,omitzero"`
	// TLS is for an https URL; nil trusts the system's authorities.
	TLS *TLS `yaml:"tls,omitempty" json:"tls,omitempty"`
	// Routed asks the registry by the context's addresses, proxy and ssh, as brokers.
	// Without it the proxies of the environment (HTTPS_PROXY) count.
	Routed bool `yaml:"routed,omitempty" json:"routed,omitempty"`
}

// urls are the addresses; a comma at the end adds none.
func (r *SchemaRegistry) urls() []string {
	var urls []string
	for _, u := range strings.Split(r.URL, ",") {
		if u = strings.TrimSpace(u); u != "" {
			urls = append(urls, u)
		}
	}
	return urls
}

func (r *SchemaRegistry) validate() error {
	if len(r.urls()) == 0 {
		return errors.New("schema-registry: url is missing")
	}
	for _, address := range r.urls() {
		u, err := url.Parse(address)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
			return errors.New("schema-registry: url is not an https:// or http:// address")
		case u.User != nil:
			return errors.New("schema-registry: url has a user or password in it; use user and password")
		case u.Scheme == "http" && r.TLS != nil:
			return errors.New("schema-registry: tls needs an https:// url")
		}
	}
	switch {
	case !r.Token.IsZero() && (r.User != "" || !r.Password.IsZero()):
		return errors.New("schema-registry: token and user exclude each other")
	case (r.User == "") != r.Password.IsZero():
		return errors.New("schema-registry: user and password are given together")
	}
	for _, secret := range r.secrets() {
		if err := refuseRelative(secret.source().file); err != nil {
			return fmt.Errorf("schema-registry: %w", err)
		}
	}
	if r.TLS != nil {
		if err := r.TLS.validate(); err != nil {
			return fmt.Errorf("schema-registry: %w", err)
		}
	}
	return nil
}

// secrets returns every secret of r.
func (r *SchemaRegistry) secrets() []*Secret {
	secrets := []*Secret{&r.Password, &r.Token}
	if r.TLS != nil {
		secrets = append(secrets, r.TLS.secrets()...)
	}
	return secrets
}

func (r *SchemaRegistry) warn(add func(string)) {
	for _, secret := range []Secret{r.Password, r.Token} {
		add(secret.warning())
		if !secret.IsZero() && strings.Contains(r.URL, "http:") {
			add("the schema-registry's url is http://, which sends the secret readable over the network")
		}
	}
	r.TLS.warn(add)
}

// client returns a client of the registry. Files are read here; the password or
// token is resolved for every request, so that rotated ones are seen.
func (r *SchemaRegistry) client(ctx context.Context, by *route.Route) (*sr.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if r.TLS != nil {
		conf, err := r.TLS.config(ctx)
		if err != nil {
			return nil, fmt.Errorf("schema-registry: %w", err)
		}
		transport.TLSClientConfig = conf
	}
	if r.Routed {
		transport.Proxy, transport.DialContext = nil, by.Dial
	}
	return sr.NewClient(
		sr.URLs(r.urls()...),
		sr.UserAgent(DefaultClientID),
		sr.PreReq(r.authorize),
		sr.HTTPClient(&http.Client{
			Transport: serde.BoundAnswers(transport),
			// A redirect would carry the password or token somewhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}),
	)
}

func (r *SchemaRegistry) authorize(req *http.Request) error {
	switch {
	case !r.Token.IsZero():
		token, err := r.Token.Resolve(req.Context())
		if err != nil {
			return fmt.Errorf("token: %w", err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
	case r.User != "":
		password, err := r.Password.Resolve(req.Context())
		if err != nil {
			return fmt.Errorf("password of %s: %w", r.User, err)
		}
		req.SetBasicAuth(r.User, password)
	}
	return nil
}

// Serde returns what decodes the records of the cluster, and remembers choices
// in the state folder. It reads the context's schema files; the registry is
// asked when a record needs it.
func (c Context) Serde(ctx context.Context, stateDir string) (*serde.Serde, error) {
	cfg := serde.Config{Cluster: c.Title(), Rules: c.Decode, Masks: c.Mask, StateDir: stateDir}
	if c.SchemaRegistry != nil {
		by, err := c.route(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.label(), err)
		}
		client, err := c.SchemaRegistry.client(ctx, by)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.label(), err)
		}
		cfg.Registry = serde.NewRegistry(client, c.SchemaRegistry.URL)
	}
	decoder, err := serde.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.label(), err)
	}
	return decoder, nil
}
