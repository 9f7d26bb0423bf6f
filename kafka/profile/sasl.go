package profile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/sasl"
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
	// Kerberos is for GSSAPI; nil is the user's ticket cache.
	Kerberos *Kerberos `yaml:"kerberos,omitempty" json:"kerberos,omitempty"`
	// AWS is for AWS_MSK_IAM; nil is the default chain of credentials.
	AWS *AWS `yaml:"aws,omitempty" json:"aws,omitempty"`
}

// Mechanisms returns the SASL mechanisms that a context may have.
func Mechanisms() []string {
	return []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "GSSAPI", "AWS_MSK_IAM"}
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
	login := s.User != "" || !s.Password.IsZero()
	for _, other := range []struct {
		given     bool
		setting   string
		mechanism string
	}{
		{login, "user and password", ""},
		{s.OAuth != nil, "oauth", "OAUTHBEARER"},
		{s.Kerberos != nil, "kerberos", "GSSAPI"},
		{s.AWS != nil, "aws", "AWS_MSK_IAM"},
	} {
		if other.given && other.setting != s.takes() {
			return fmt.Errorf("sasl: %s takes %s, not %s", s.Mechanism, s.takes(), other.setting)
		}
	}
	switch {
	case s.Mechanism == "OAUTHBEARER" && s.OAuth == nil:
		return errors.New("sasl: OAUTHBEARER needs oauth: a token, or token-url, client-id and client-secret")
	case s.Mechanism == "OAUTHBEARER":
		return s.OAuth.validate()
	case s.Kerberos != nil:
		return s.Kerberos.validate()
	case s.AWS != nil:
		return s.AWS.validate()
	case s.takes() != "user and password":
		return nil
	case s.User == "":
		return fmt.Errorf("sasl: %s needs a user", s.Mechanism)
	case s.Password.IsZero():
		return fmt.Errorf("sasl: %s needs a password", s.Mechanism)
	}
	return nil
}

// takes names the setting of the mechanism.
func (s *SASL) takes() string {
	switch s.Mechanism {
	case "OAUTHBEARER":
		return "oauth"
	case "GSSAPI":
		return "kerberos"
	case "AWS_MSK_IAM":
		return "aws"
	}
	return "user and password"
}

// Login is who s logs in as, as far as the settings tell.
func (s *SASL) Login() string {
	switch {
	case s.OAuth != nil:
		return s.OAuth.ClientID
	case s.Kerberos != nil:
		return s.Kerberos.Principal
	case s.AWS != nil:
		return cmp.Or(s.AWS.Role, s.AWS.Profile)
	}
	return s.User
}

// secrets returns every secret of s.
func (s *SASL) secrets() []*Secret {
	secrets := []*Secret{&s.Password}
	if s.OAuth != nil {
		secrets = append(secrets, &s.OAuth.Token, &s.OAuth.ClientSecret)
		if s.OAuth.TLS != nil {
			secrets = append(secrets, s.OAuth.TLS.secrets()...)
		}
	}
	if s.Kerberos != nil {
		secrets = append(secrets, &s.Kerberos.Password)
	}
	return secrets
}

// clone returns a copy of s that shares nothing that Save changes.
func (s *SASL) clone() *SASL {
	if s == nil {
		return nil
	}
	c := *s
	if s.OAuth != nil {
		oauth := *s.OAuth
		oauth.TLS = oauth.TLS.clone()
		c.OAuth = &oauth
	}
	if s.Kerberos != nil {
		kerberos := *s.Kerberos
		c.Kerberos = &kerberos
	}
	return &c
}

// mechanism resolves the password now; tokens, tickets and the credentials of AWS
// are fetched for each authentication, as they expire.
func (s *SASL) mechanism(ctx context.Context) (sasl.Mechanism, error) {
	switch s.Mechanism {
	case "OAUTHBEARER":
		return s.OAuth.mechanism(ctx)
	case "GSSAPI":
		return s.Kerberos.mechanism(ctx)
	case "AWS_MSK_IAM":
		return s.AWS.mechanism(), nil
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
