package profile

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// SASL says how to authenticate.
type SASL struct {
	// Mechanism is one of [Mechanisms].
	Mechanism string `yaml:"mechanism" json:"mechanism"`
	// User and Password are for PLAIN and SCRAM.
	User     string `yaml:"user,omitempty" json:"user,omitempty"`
	Password Secret `yaml:"password,omitempty" json:"password,omitzero"`
	// OAuth is for OAUTHBEARER.
	OAuth *OAuth `yaml:"oauth,omitempty" json:"oauth,omitempty"`
}

// OAuth is where the token of OAUTHBEARER (KIP-255) comes from: a token as
// it is, or the client credentials grant (RFC 6749 section 4.4).
type OAuth struct {
	Token Secret `yaml:"token,omitempty" json:"token,omitzero"`

	TokenURL     string `yaml:"token-url,omitempty" json:"tokenUrl,omitempty"`
	ClientID     string `yaml:"client-id,omitempty" json:"clientId,omitempty"`
	ClientSecret Secret `yaml:"client-secret,omitempty" json:"clientSecret,omitzero"`
	Scope        string `yaml:"scope,omitempty" json:"scope,omitempty"`
}

// Mechanisms returns the SASL mechanisms that a context may have.
func Mechanisms() []string {
	return []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"}
}

func (s *SASL) validate() error {
	for _, secret := range s.secrets() {
		if err := refuseRelative(secret.source().file); err != nil {
			return fmt.Errorf("sasl: %w", err)
		}
	}
	if !slices.Contains(Mechanisms(), s.Mechanism) {
		return fmt.Errorf("sasl: mechanism %q is not one of %s", s.Mechanism, strings.Join(Mechanisms(), ", "))
	}
	if s.Mechanism == "OAUTHBEARER" {
		if s.User != "" || !s.Password.IsZero() {
			return errors.New("sasl: OAUTHBEARER takes oauth, not user and password")
		}
		if s.OAuth == nil {
			return errors.New("sasl: OAUTHBEARER needs oauth: a token, or token-url, client-id and client-secret")
		}
		return s.OAuth.validate()
	}
	switch {
	case s.OAuth != nil:
		return fmt.Errorf("sasl: %s takes user and password, not oauth", s.Mechanism)
	case s.User == "":
		return fmt.Errorf("sasl: %s needs a user", s.Mechanism)
	case s.Password.IsZero():
		return fmt.Errorf("sasl: %s needs a password", s.Mechanism)
	}
	return nil
}

func (o *OAuth) validate() error {
	grant := o.TokenURL != "" || o.ClientID != "" || !o.ClientSecret.IsZero() || o.Scope != ""
	if !o.Token.IsZero() {
		if grant {
			return errors.New("sasl: oauth has a token, so it takes no token-url, client-id, client-secret or scope")
		}
		return nil
	}
	if o.TokenURL == "" || o.ClientID == "" || o.ClientSecret.IsZero() {
		return errors.New("sasl: oauth needs a token, or token-url, client-id and client-secret")
	}
	u, err := url.Parse(o.TokenURL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return errors.New("sasl: oauth token-url is not an https:// address")
	case u.User != nil:
		return errors.New("sasl: oauth token-url has a user or password in it; use client-id and client-secret")
	}
	return nil
}

// secrets returns every secret of s.
func (s *SASL) secrets() []*Secret {
	secrets := []*Secret{&s.Password}
	if s.OAuth != nil {
		secrets = append(secrets, &s.OAuth.Token, &s.OAuth.ClientSecret)
	}
	return secrets
}

// mechanism resolves the password now; tokens are fetched for each
// authentication, as they expire.
func (s *SASL) mechanism(ctx context.Context) (sasl.Mechanism, error) {
	if s.Mechanism == "OAUTHBEARER" {
		tokens := newTokenSource(*s.OAuth)
		return oauth.Oauth(func(ctx context.Context) (oauth.Auth, error) {
			token, err := tokens.get(ctx)
			return oauth.Auth{Token: token}, err
		}), nil
	}
	password, err := s.Password.Resolve(ctx)
	if err != nil {
		return nil, fmt.Errorf("sasl: password of %s: %w", s.User, err)
	}
	switch s.Mechanism {
	case "PLAIN":
		return plain.Auth{User: s.User, Pass: password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: s.User, Pass: password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: s.User, Pass: password}.AsSha512Mechanism(), nil
	}
	return nil, s.validate()
}
