package profile

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"
)

// UnsecuredToken makes JSON web tokens without a signature (RFC 7515 appendix A.5), as
// Kafka's clients do without a callback handler (KIP-255). Only brokers of tests take
// them.
type UnsecuredToken struct {
	// Claims are those of the token, as in {sub: alice}; iat and exp are added.
	Claims map[string]any `yaml:"claims" json:"claims"`
	// Lifetime is an hour when zero.
	Lifetime time.Duration `yaml:"lifetime,omitempty" json:"lifetime,omitempty"`
}

func (u *UnsecuredToken) validate() error {
	switch {
	case len(u.Claims) == 0:
		return errors.New("sasl: oauth unsecured needs claims, as in {sub: alice}")
	case u.Lifetime < 0:
		return errors.New("sasl: oauth unsecured: lifetime is negative")
	}
	if _, err := json.Marshal(u.Claims); err != nil {
		return fmt.Errorf("sasl: oauth unsecured: the claims are no JSON: %w", err)
	}
	return nil
}

// token returns a token that is valid from now on.
func (u *UnsecuredToken) token(now time.Time) (string, error) {
	const defaultLifetime = time.Hour
	lifetime := u.Lifetime
	if lifetime == 0 {
		lifetime = defaultLifetime
	}
	claims := maps.Clone(u.Claims)
	// Whole seconds of the past: a broker may be a little behind.
	claims["iat"] = now.Unix()
	claims["exp"] = now.Add(lifetime).Unix()
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + ".", nil
}
