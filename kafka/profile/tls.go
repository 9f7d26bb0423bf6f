package profile

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kdeck/kdeck/kafka/profile/keystore"
)

// TLS says how to verify brokers and which certificate to show them. The
// zero TLS trusts the system's authorities and shows none. Paths are absolute
// or start with ~/.
type TLS struct {
	// CAFiles and the inline CA replace the system's authorities. The files are
	// PEM, or JKS or PKCS12 trust stores that CAPassword opens; CA is PEM.
	CAFiles    []string `yaml:"ca-files,omitempty,flow" json:"caFiles,omitempty"`
	CAPassword Secret   `yaml:"ca-password,omitempty" json:"caPassword,omitzero"`
	CA         string   `yaml:"ca,omitempty" json:"ca,omitempty"`
	// CertFile or the inline Cert is the client's certificate with its chain, PEM.
	CertFile string `yaml:"cert-file,omitempty" json:"certFile,omitempty"`
	Cert     string `yaml:"cert,omitempty" json:"cert,omitempty"`
	// KeyFile or Key is its private key, PEM. KeyPassword is for an encrypted one,
	// and for the key in a KeyStore that has a password of its own.
	KeyFile     string `yaml:"key-file,omitempty" json:"keyFile,omitempty"`
	Key         Secret `yaml:"key,omitempty" json:"key,omitzero"`
	KeyPassword Secret `yaml:"key-password,omitempty" json:"keyPassword,omitzero"`
	// KeyStore is a JKS or PKCS12 file with both certificate and key, which
	// KeyStorePassword opens.
	KeyStore         string `yaml:"key-store,omitempty" json:"keyStore,omitempty"`
	KeyStorePassword Secret `yaml:"key-store-password,omitempty" json:"keyStorePassword,omitzero"`
	// ServerName is expected in the brokers' certificates in place of the
	// host that they advertise, and sent as SNI.
	ServerName string `yaml:"server-name,omitempty" json:"serverName,omitempty"`
	// MinVersion and MaxVersion are "1.2" or "1.3"; empty is 1.2 and 1.3.
	MinVersion string `yaml:"min-version,omitempty" json:"minVersion,omitempty"`
	MaxVersion string `yaml:"max-version,omitempty" json:"maxVersion,omitempty"`
	// CipherSuites are the suites of TLS 1.2 by their IANA names; none is those
	// that Go holds for safe. The suites of TLS 1.3 cannot be chosen.
	CipherSuites []string `yaml:"cipher-suites,omitempty,flow" json:"cipherSuites,omitempty"`
	// SkipHostnameVerify verifies the chain but not the host name, as an
	// empty ssl.endpoint.identification.algorithm does.
	SkipHostnameVerify bool `yaml:"skip-hostname-verify,omitempty" json:"skipHostnameVerify,omitempty"`
	// InsecureSkipVerify verifies nothing.
	InsecureSkipVerify bool `yaml:"insecure-skip-verify,omitempty" json:"insecureSkipVerify,omitempty"`
}

func (t *TLS) validate() error {
	var errs []error
	for _, path := range append([]string{t.CertFile, t.KeyFile, t.KeyStore}, t.CAFiles...) {
		errs = append(errs, refuseRelative(path))
	}
	for _, secret := range t.secrets() {
		errs = append(errs, refuseRelative(secret.source().file))
	}
	if t.CertFile != "" && t.Cert != "" {
		errs = append(errs, errors.New("tls: cert-file and cert exclude each other"))
	}
	if t.KeyFile != "" && !t.Key.IsZero() {
		errs = append(errs, errors.New("tls: key-file and key exclude each other"))
	}
	hasCert := t.CertFile != "" || t.Cert != ""
	switch hasKey := !t.key().IsZero(); {
	case t.KeyStore != "" && (hasCert || hasKey):
		errs = append(errs, errors.New("tls: key-store has certificate and key; leave out the others"))
	case hasCert != hasKey:
		errs = append(errs, errors.New("tls: a client certificate and its key are given together"))
	case t.KeyStore == "" && !t.KeyStorePassword.IsZero():
		errs = append(errs, errors.New("tls: key-store-password is given without a key-store"))
	case t.KeyStore == "" && !hasKey && !t.KeyPassword.IsZero():
		errs = append(errs, errors.New("tls: key-password is given without a key"))
	}
	if !t.CAPassword.IsZero() && len(t.CAFiles) == 0 {
		errs = append(errs, errors.New("tls: ca-password is given without ca-files"))
	}
	if t.InsecureSkipVerify && (len(t.CAFiles) > 0 || t.CA != "") {
		errs = append(errs, errors.New("tls: insecure-skip-verify would ignore the given authorities; remove one"))
	}
	_, err := t.protocol()
	return errors.Join(append(errs, err)...)
}

// secrets returns every secret of t.
func (t *TLS) secrets() []*Secret {
	return []*Secret{&t.CAPassword, &t.Key, &t.KeyPassword, &t.KeyStorePassword}
}

// refuseRelative refuses a path that means another file in another folder.
func refuseRelative(path string) error {
	if path == "" || expandHome(path) != path || filepath.IsAbs(path) {
		return nil
	}
	return fmt.Errorf("path %s is relative; write it from / or ~/", path)
}

// clone returns a copy of t that shares nothing that Save changes; nil of nil.
func (t *TLS) clone() *TLS {
	if t == nil {
		return nil
	}
	settings := *t
	return &settings
}

// warn tells what is wrong with the files, and what is left unverified.
func (t *TLS) warn(add func(string)) {
	if t == nil {
		return
	}
	for _, path := range append([]string{t.CertFile, t.KeyStore}, t.CAFiles...) {
		if _, err := os.Stat(expandHome(path)); path != "" && err != nil {
			add(fmt.Sprintf("%s: %s", path, pathReason(err)))
		}
	}
	add(t.key().warning())
	for _, secret := range []Secret{t.CAPassword, t.KeyPassword, t.KeyStorePassword} {
		add(secret.warning())
	}
	if t.InsecureSkipVerify {
		add("insecure-skip-verify is set: nobody checks that the servers are who they say")
	}
}

// key is the private key, wherever it is.
func (t *TLS) key() Secret {
	if t.KeyFile != "" {
		return FileSecret(t.KeyFile)
	}
	return t.Key
}

// config reads the files and the secrets.
func (t *TLS) config(ctx context.Context) (*tls.Config, error) {
	conf, err := t.protocol()
	if err != nil {
		return nil, err
	}
	conf.ServerName = t.ServerName
	conf.InsecureSkipVerify = t.InsecureSkipVerify //nolint:gosec // asked for by name
	roots, err := t.roots(ctx)
	if err != nil {
		return nil, err
	}
	conf.RootCAs = roots
	if t.SkipHostnameVerify && !t.InsecureSkipVerify {
		// crypto/tls can only skip all of it, so verify the chain here.
		conf.InsecureSkipVerify = true
		conf.VerifyConnection = func(state tls.ConnectionState) error { return verifyChain(state, roots) }
	}
	if !t.hasClientCertificate() {
		return conf, nil
	}
	cert, err := t.certificate(ctx)
	if err != nil {
		return nil, err
	}
	conf.Certificates = []tls.Certificate{cert}
	return conf, nil
}

func (t *TLS) hasClientCertificate() bool { return t.KeyStore != "" || !t.key().IsZero() }

// roots returns nil, the system's authorities, when none are configured.
func (t *TLS) roots(ctx context.Context) (*x509.CertPool, error) {
	if len(t.CAFiles) == 0 && t.CA == "" {
		return nil, nil
	}
	password, err := t.CAPassword.Resolve(ctx)
	if err != nil {
		return nil, fmt.Errorf("tls: ca-password: %w", err)
	}
	pool := x509.NewCertPool()
	add := func(where string, data []byte) error {
		certs, err := keystore.Authorities(data, password)
		if err != nil {
			return fmt.Errorf("tls: %s: %w", where, err)
		}
		for _, cert := range certs {
			pool.AddCert(cert)
		}
		return nil
	}
	for _, path := range t.CAFiles {
		data, err := readStore(path)
		if err != nil {
			return nil, fmt.Errorf("tls: read CA file %s: %w", path, err)
		}
		if err := add("CA file "+path, data); err != nil {
			return nil, err
		}
	}
	if t.CA != "" {
		return pool, add("inline CA", []byte(t.CA))
	}
	return pool, nil
}

// certificate accepts one file for both certificate and key, as Kafka's PEM
// key stores have it.
func (t *TLS) certificate(ctx context.Context) (tls.Certificate, error) {
	keyPassword, err := t.KeyPassword.Resolve(ctx)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("tls: key-password: %w", err)
	}
	if t.KeyStore != "" {
		return t.storedCertificate(ctx, keyPassword)
	}
	where, chain := "inline certificate", []byte(t.Cert)
	if t.CertFile != "" {
		where = "certificate file " + t.CertFile
		if chain, err = readStore(t.CertFile); err != nil {
			return tls.Certificate{}, fmt.Errorf("tls: read %s: %w", where, err)
		}
	}
	key, err := t.key().Resolve(ctx)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("tls: private key: %w", err)
	}
	cert, err := keystore.PEMPair(chain, []byte(key), keyPassword)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("tls: %s with private key %s: %w%s", where, t.key(), err, passwordHint(err, "key-password"))
	}
	return cert, nil
}

func (t *TLS) storedCertificate(ctx context.Context, keyPassword string) (tls.Certificate, error) {
	password, err := t.KeyStorePassword.Resolve(ctx)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("tls: key-store-password: %w", err)
	}
	data, err := readStore(t.KeyStore)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("tls: read key store %s: %w", t.KeyStore, err)
	}
	cert, err := keystore.KeyPair(data, password, keyPassword)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("tls: key store %s: %w%s", t.KeyStore, err, passwordHint(err, "key-store-password and key-password"))
	}
	return cert, nil
}

// passwordHint names the settings of a password that does not open something.
func passwordHint(err error, settings string) string {
	if errors.Is(err, keystore.ErrPassword) {
		return "; check " + settings
	}
	return ""
}

// maxStore bounds what is read of a certificate file or store; the bundle of a whole
// operating system has 250 KiB.
const maxStore = 4 << 20

func readStore(path string) ([]byte, error) {
	path = expandHome(path)
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathReason(err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxStore {
		return nil, fmt.Errorf("it is not a regular file of at most %d MiB", maxStore>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, pathReason(err)
	}
	return data, nil
}

func verifyChain(state tls.ConnectionState, roots *x509.CertPool) error {
	opts := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
	for _, cert := range state.PeerCertificates[1:] {
		opts.Intermediates.AddCert(cert)
	}
	_, err := state.PeerCertificates[0].Verify(opts)
	if err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
	}
	return nil
}
