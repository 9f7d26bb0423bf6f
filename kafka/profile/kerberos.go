package profile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	krb5client "github.com/jcmturner/gokrb5/v8/client"
	krb5config "github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/kerberos"
)

// Kerberos says how GSSAPI gets tickets: from the ticket cache that kinit fills,
// which is the default, or with a key table or password. Paths are absolute or start
// with ~/.
type Kerberos struct {
	// Service is the first part of the brokers' principal; "" is kafka.
	Service string `yaml:"service,omitempty" json:"service,omitempty"`
	// Principal is USER or USER@REALM. With a ticket cache it is who must be in it.
	Principal string `yaml:"principal,omitempty" json:"principal,omitempty"`
	// At most one of Keytab, Password and Cache is given.
	Keytab   string `yaml:"keytab,omitempty" json:"keytab,omitempty"`
	Password Secret `yaml:"password,omitempty" json:"password,omitzero"`
	Cache    string `yaml:"cache,omitempty" json:"cache,omitempty"` // "" is that of $KRB5CCNAME, or else of the user
	// Config is a krb5.conf; "" is $KRB5_CONFIG, or else /etc/krb5.conf.
	Config string `yaml:"config,omitempty" json:"config,omitempty"`
}

func (k *Kerberos) validate() error {
	given := 0
	for _, set := range []bool{k.Keytab != "", !k.Password.IsZero(), k.Cache != ""} {
		if set {
			given++
		}
	}
	switch {
	case given > 1:
		return errors.New("sasl: kerberos: keytab, password and cache exclude each other")
	case k.Principal == "" && given > 0 && k.Cache == "":
		return errors.New("sasl: kerberos: keytab and password need a principal")
	}
	for _, path := range []string{k.Keytab, k.Cache, k.Config} {
		if err := refuseRelative(path); err != nil {
			return fmt.Errorf("sasl: kerberos: %w", err)
		}
	}
	return nil
}

// kerberosError says why there is no ticket, and what to do.
type kerberosError struct {
	err  error
	hint string
}

func (e *kerberosError) Error() string { return e.err.Error() }
func (e *kerberosError) Unwrap() error { return e.err }

// mechanism reads the configuration and the key table or password now. A ticket
// cache is read for each login, since kinit renews it.
func (k *Kerberos) mechanism(ctx context.Context) (sasl.Mechanism, error) {
	if k == nil {
		k = &Kerberos{}
	}
	conf, err := k.config()
	if err != nil {
		return nil, err
	}
	auth := kerberos.Auth{Service: cmp.Or(k.Service, "kafka"), PersistAfterAuth: true}
	name, realm := k.principal(conf)
	// Active Directory refuses the negotiation of FAST (RFC 6806 section 11).
	settings := krb5client.DisablePAFXFAST(true)
	switch {
	case k.Keytab != "":
		path := expandHome(k.Keytab)
		keys, err := keytab.Load(path)
		if err != nil {
			return nil, fmt.Errorf("sasl: kerberos: read key table %s: %w", k.Keytab, pathReason(err))
		}
		auth.Client = krb5client.NewWithKeytab(name, realm, keys, conf, settings)
	case !k.Password.IsZero():
		password, err := k.Password.Resolve(ctx)
		if err != nil {
			return nil, fmt.Errorf("sasl: kerberos: password of %s: %w", k.Principal, err)
		}
		auth.Client = krb5client.NewWithPassword(name, realm, password, conf, settings)
	default:
		if _, err := k.cachePath(); err != nil {
			return nil, fmt.Errorf("sasl: kerberos: %w", err)
		}
		return bounded{kerberos.Kerberos(func(context.Context) (kerberos.Auth, error) {
			client, err := k.fromCache(conf, settings)
			if err != nil {
				return kerberos.Auth{}, err
			}
			return kerberos.Auth{Service: auth.Service, Client: client}, nil
		})}, nil
	}
	return bounded{kerberos.Kerberos(func(context.Context) (kerberos.Auth, error) { return auth, nil })}, nil
}

// principal splits the principal; without a realm it is the default one.
func (k *Kerberos) principal(conf *krb5config.Config) (name, realm string) {
	name, realm, found := strings.Cut(k.Principal, "@")
	if !found {
		realm = conf.LibDefaults.DefaultRealm
	}
	return name, realm
}

func (k *Kerberos) config() (*krb5config.Config, error) {
	path := k.Config
	if path == "" {
		path, _, _ = strings.Cut(os.Getenv("KRB5_CONFIG"), ":") // a list, of which all but the first add to it
	}
	path = cmp.Or(path, "/etc/krb5.conf")
	conf, err := krb5config.Load(expandHome(path))
	var unsupported krb5config.UnsupportedDirective
	if err != nil && !errors.As(err, &unsupported) { // the rest has been read then
		return nil, fmt.Errorf("sasl: kerberos: read %s: %w; name another file with config or KRB5_CONFIG", path, pathReason(err))
	}
	return conf, nil
}

// cachePath finds the ticket cache, a file.
func (k *Kerberos) cachePath() (string, error) {
	name := k.Cache
	if name == "" {
		name = os.Getenv("KRB5CCNAME")
	}
	if name == "" {
		return filepath.Join(os.TempDir(), fmt.Sprint("krb5cc_", os.Getuid())), nil
	}
	kind, path, found := strings.Cut(name, ":")
	switch {
	case !found:
		return expandHome(name), nil
	case kind == "FILE":
		return path, nil
	}
	return "", fmt.Errorf("ticket cache %s is not a file; fill one with: kinit -c FILE:PATH, and name it with cache or KRB5CCNAME", shorten(name))
}

func (k *Kerberos) fromCache(conf *krb5config.Config, settings func(*krb5client.Settings)) (*krb5client.Client, error) {
	const kinit = "get a ticket with kinit, or give a keytab"
	path, err := k.cachePath()
	if err != nil {
		return nil, err
	}
	cache, err := credentials.LoadCCache(path)
	if err != nil {
		return nil, &kerberosError{fmt.Errorf("read ticket cache %s: %w", path, pathReason(err)), kinit}
	}
	client, err := krb5client.NewFromCCache(cache, conf, settings)
	if err != nil {
		return nil, &kerberosError{fmt.Errorf("ticket cache %s: %w", path, err), kinit}
	}
	name, realm := client.Credentials.UserName(), client.Credentials.Domain()
	if wantName, wantRealm := k.principal(conf); k.Principal != "" && (wantName != name || wantRealm != realm) {
		return nil, &kerberosError{fmt.Errorf("ticket cache %s is of %s@%s, not of %s", path, name, realm, k.Principal), kinit}
	}
	return client, nil
}

// bounded lets a login end with its context: the Kerberos library asks its servers
// without one.
type bounded struct{ sasl.Mechanism }

func (b bounded) Authenticate(ctx context.Context, host string) (sasl.Session, []byte, error) {
	type answer struct {
		session sasl.Session
		message []byte
		err     error
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		a.session, a.message, a.err = b.Mechanism.Authenticate(ctx, host)
		done <- a
	}()
	select {
	case a := <-done:
		return a.session, a.message, a.err
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("no ticket in time: %w", context.Cause(ctx))
	}
}
