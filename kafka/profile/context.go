// Package profile is how kdeck knows clusters: named contexts in a config
// file, host:port lists and Java client properties all become a [Context],
// which yields client options and can check, step by step, what of the
// connection works.
package profile

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/kdeck/kdeck/kafka/profile/route"
	"github.com/kdeck/kdeck/kafka/serde"
)

// DefaultClientID is the client.id that brokers see when a context has none.
const DefaultClientID = "kdeck"

// Context is one named cluster: where it is and how to get in.
type Context struct {
	// Name follows the rules of [ValidateName]; contexts made of a host:port
	// list or of Java properties have none.
	Name string `yaml:"name" json:"name"`
	// BootstrapServers are host:port addresses as [ParseServers] returns them.
	BootstrapServers []string `yaml:"bootstrap-servers" json:"bootstrapServers"`
	// ClientID is sent with every request; "" means [DefaultClientID].
	ClientID string `yaml:"client-id,omitempty" json:"clientId,omitempty"`
	// TLS is nil for a plaintext connection.
	TLS *TLS `yaml:"tls,omitempty" json:"tls,omitempty"`
	// SASL is nil for a connection without authentication.
	SASL *SASL `yaml:"sasl,omitempty" json:"sasl,omitempty"`
	// Addresses says where to find brokers that cannot be reached at the address that
	// they advertise, or bootstrap servers: "host:port", "host" or "*" to "host:port"
	// or "host". Certificates are still compared with the address that is replaced.
	Addresses route.Addresses `yaml:"addresses,omitempty" json:"addresses,omitempty"`
	// Proxy and SSH connect from elsewhere; at most one is set.
	Proxy *Proxy `yaml:"proxy,omitempty" json:"proxy,omitempty"`
	SSH   *SSH   `yaml:"ssh,omitempty" json:"ssh,omitempty"`
	// ClusterID pins the cluster: one that says another id is refused. "" takes any.
	ClusterID string `yaml:"cluster-id,omitempty" json:"clusterId,omitempty"`
	// ReadOnly refuses whatever changes the cluster.
	ReadOnly bool `yaml:"read-only,omitempty" json:"readOnly,omitempty"`
	// SchemaRegistry is nil when there is none.
	SchemaRegistry *SchemaRegistry `yaml:"schema-registry,omitempty" json:"schemaRegistry,omitempty"`
	// Decode says how the records of topics are written, where that cannot be
	// found out or is known better.
	Decode []serde.Rule `yaml:"decode,omitempty" json:"decode,omitempty"`
	// Mask hides parts of records wherever kdeck would show, copy or write them.
	Mask []serde.MaskRule `yaml:"mask,omitempty" json:"mask,omitempty"`
	// Color is the colour of the context's badge, one of [Colors], or "".
	Color string `yaml:"color,omitempty" json:"color,omitempty"`

	// notes are warnings about where the context comes from.
	notes []string
}

// Colors returns the badge colours that a context may have.
func Colors() []string {
	return []string{"red", "orange", "yellow", "green", "cyan", "blue", "magenta", "gray"}
}

// maxName keeps a name on one line of an 80 column screen with room to spare.
const maxName = 64

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// ValidateName reports why name cannot name a context. A name is 1 to 64
// ASCII letters, digits, dots, underscores and dashes, and starts with a
// letter or digit: it needs no quoting in any shell and is never taken for a
// flag or a host:port.
func ValidateName(name string) error {
	if len(name) > maxName {
		return fmt.Errorf("context name of %d bytes: at most %d are allowed", len(name), maxName)
	}
	if !nameForm.MatchString(name) {
		return fmt.Errorf("context name %q: use letters a-z, digits, '.', '_' and '-', starting with a letter or digit", name)
	}
	return nil
}

// Title is the name of the context, or its servers when it has none.
func (c Context) Title() string {
	if c.Name != "" {
		return c.Name
	}
	return strings.Join(c.BootstrapServers, ",")
}

// label names c in errors.
func (c Context) label() string {
	if c.Name != "" {
		return "context " + c.Name
	}
	return "cluster " + c.Title()
}

// SecurityProtocol is the Kafka term for the combination of TLS and SASL:
// PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.
func (c Context) SecurityProtocol() string {
	switch {
	case c.TLS != nil && c.SASL != nil:
		return "SASL_SSL"
	case c.TLS != nil:
		return "SSL"
	case c.SASL != nil:
		return "SASL_PLAINTEXT"
	}
	return "PLAINTEXT"
}

// Validate reports everything about c that cannot work on any machine; files
// and secrets are looked at only by [Context.Options] and [Context.Check].
func (c Context) Validate() error {
	var errs []error
	if c.Name != "" {
		errs = append(errs, ValidateName(c.Name))
	}
	_, err := ParseServers(strings.Join(c.BootstrapServers, ","))
	errs = append(errs, err)
	if strings.ContainsFunc(c.ClientID, unicode.IsControl) {
		errs = append(errs, fmt.Errorf("client-id %q has control characters", c.ClientID))
	}
	if c.Color != "" && !slices.Contains(Colors(), c.Color) {
		errs = append(errs, fmt.Errorf("color %q is not one of %s", c.Color, strings.Join(Colors(), ", ")))
	}
	if c.TLS != nil {
		errs = append(errs, c.TLS.validate())
	}
	if c.SASL != nil {
		errs = append(errs, c.SASL.validate())
	}
	errs = append(errs, c.validateRoute())
	if strings.ContainsFunc(c.ClusterID, unicode.IsControl) {
		errs = append(errs, fmt.Errorf("cluster-id %q has control characters", c.ClusterID))
	}
	if c.SchemaRegistry != nil {
		errs = append(errs, c.SchemaRegistry.validate())
	}
	for _, rule := range c.Decode {
		errs = append(errs, rule.Validate())
	}
	for _, rule := range c.Mask {
		errs = append(errs, rule.Validate())
	}
	return errors.Join(errs...)
}

// Warnings lists what does not make c invalid, but puts its secrets at risk
// or keeps it from working on this machine, one sentence each.
func (c Context) Warnings() []string {
	var warnings []string
	add := func(warning string) {
		if warning != "" {
			warnings = append(warnings, warning)
		}
	}
	for _, note := range c.notes {
		add(note)
	}
	c.TLS.warn(add)
	if c.SASL != nil {
		for _, secret := range c.SASL.secrets() {
			add(secret.warning())
		}
		if o := c.SASL.OAuth; o != nil && strings.HasPrefix(o.TokenURL, "http:") {
			add("the token-url is http://, which sends the client's secret readable over the network")
		}
		if c.TLS == nil && (c.SASL.Mechanism == "PLAIN" || c.SASL.Mechanism == "OAUTHBEARER") {
			add("SASL " + c.SASL.Mechanism + " without TLS sends the secret readable over the network")
		}
	}
	if c.Proxy != nil {
		add(c.Proxy.Password.warning())
	}
	if c.SchemaRegistry != nil {
		c.SchemaRegistry.warn(add)
	}
	return warnings
}

// Notes are the warnings about the file that c was read from, of [Context.Warnings].
func (c Context) Notes() []string { return slices.Clone(c.notes) }

// secrets returns every secret of c.
func (c Context) secrets() []*Secret {
	var all []*Secret
	if c.TLS != nil {
		all = append(all, c.TLS.secrets()...)
	}
	if c.SASL != nil {
		all = append(all, c.SASL.secrets()...)
	}
	if c.Proxy != nil {
		all = append(all, &c.Proxy.Password)
	}
	if c.SchemaRegistry != nil {
		all = append(all, c.SchemaRegistry.secrets()...)
	}
	return all
}

// hasLiteral reports whether a password, token or key stands in c itself.
func (c Context) hasLiteral() bool {
	return slices.ContainsFunc(c.secrets(), func(s *Secret) bool { return s.IsLiteral() })
}

// clone returns a copy of c that shares nothing that Save changes.
func (c Context) clone() Context {
	c.TLS = c.TLS.clone()
	c.SASL = c.SASL.clone()
	if c.Proxy != nil {
		proxy := *c.Proxy
		c.Proxy = &proxy
	}
	if c.SchemaRegistry != nil {
		registry := *c.SchemaRegistry
		registry.TLS = registry.TLS.clone()
		c.SchemaRegistry = &registry
	}
	return c
}

// clean replaces control characters, which include the start of every
// terminal escape sequence, in text that came from outside.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}
