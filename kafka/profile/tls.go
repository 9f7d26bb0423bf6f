package profile

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// TLS says how to verify brokers and which certificate to show them. The
// zero TLS trusts the system's authorities and shows none. Paths are absolute
// or start with ~/; everything is PEM.
type TLS struct {
	// CAFiles and the inline CA replace the system's authorities.
	CAFiles []string `yaml:"ca-files,omitempty,flow" json:"caFiles,omitempty"`
	CA      string   `yaml:"ca,omitempty" json:"ca,omitempty"`
	// CertFile or the inline Cert is the client's certificate with its chain.
	CertFile string `yaml:"cert-file,omitempty" json:"certFile,omitempty"`
	Cert     string `yaml:"cert,omitempty" json:"cert,omitempty"`
	// KeyFile or Key is its private key, not encrypted.
	KeyFile string `yaml:"key-file,omitempty" json:"keyFile,omitempty"`
	Key     Secret `yaml:"key,omitempty" json:"key,omitzero"`
	// ServerName is expected in the brokers' certificates in place of the
	// host that was dialled, and sent as SNI.
	ServerName string `yaml:"server-name,omitempty" json:"serverName,omitempty"`
	// SkipHostnameVerify verifies the chain but not the host name, as an
	// empty ssl.endpoint.identification.algorithm does.
	SkipHostnameVerify bool `yaml:"skip-hostname-verify,omitempty" json:"skipHostnameVerify,omitempty"`
	// InsecureSkipVerify verifies nothing.
	InsecureSkipVerify bool `yaml:"insecure-skip-verify,omitempty" json:"insecureSkipVerify,omitempty"`
}

func (t *TLS) validate() error {
	var errs []error
	for _, path := range append([]string{t.CertFile, t.KeyFile, t.Key.source().file}, t.CAFiles...) {
		errs = append(errs, refuseRelative(path))
	}
	if t.CertFile != "" && t.Cert != "" {
		errs = append(errs, errors.New("tls: cert-file and cert exclude each other"))
	}
	if t.KeyFile != "" && !t.Key.IsZero() {
		errs = append(errs, errors.New("tls: key-file and key exclude each other"))
	}
	if hasCert := t.CertFile != "" || t.Cert != ""; hasCert == t.key().IsZero() {
		errs = append(errs, errors.New("tls: a client certificate and its key are given together"))
	}
	if t.InsecureSkipVerify && (len(t.CAFiles) > 0 || t.CA != "") {
		errs = append(errs, errors.New("tls: insecure-skip-verify would ignore the given authorities; remove one"))
	}
	return errors.Join(errs...)
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
	for _, path := range append([]string{t.CertFile}, t.CAFiles...) {
		if _, err := os.Stat(expandHome(path)); path != "" && err != nil {
			add(fmt.Sprintf("%s: %s", path, pathReason(err)))
		}
	}
	add(t.key().warning())
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

// config reads the files and the key.
func (t *TLS) config(ctx context.Context) (*tls.Config, error) {
	conf := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.InsecureSkipVerify, //nolint:gosec // asked for by name
	}
	roots, err := t.roots()
	if err != nil {
		return nil, err
	}
	conf.RootCAs = roots
	if t.SkipHostnameVerify && !t.InsecureSkipVerify {
		// crypto/tls can only skip all of it, so verify the chain here.
		conf.InsecureSkipVerify = true
		conf.VerifyConnection = func(state tls.ConnectionState) error { return verifyChain(state, roots) }
	}
	if t.key().IsZero() {
		return conf, nil
	}
	cert, err := t.certificate(ctx)
	if err != nil {
		return nil, err
	}
	conf.Certificates = []tls.Certificate{cert}
	return conf, nil
}

// roots returns nil, the system's authorities, when none are configured.
func (t *TLS) roots() (*x509.CertPool, error) {
	if len(t.CAFiles) == 0 && t.CA == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	for _, path := range t.CAFiles {
		data, err := readPEM(path)
		if err != nil {
			return nil, fmt.Errorf("tls: read CA file %s: %w", path, err)
		}
		if !pool.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("tls: CA file %s: %w", path, noCertificate(data))
		}
	}
	if t.CA != "" && !pool.AppendCertsFromPEM([]byte(t.CA)) {
		return nil, fmt.Errorf("tls: inline CA: %w", noCertificate([]byte(t.CA)))
	}
	return pool, nil
}

// certificate accepts one file for both certificate and key, as Kafka's PEM
// key stores have it.
func (t *TLS) certificate(ctx context.Context) (tls.Certificate, error) {
	where, chain := "inline certificate", []byte(t.Cert)
	if t.CertFile != "" {
		where = "certificate file " + t.CertFile
		var err error
		if chain, err = readPEM(t.CertFile); err != nil {
			return tls.Certificate{}, fmt.Errorf("tls: read %s: %w", where, err)
		}
	}
	key, err := t.key().Resolve(ctx)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("tls: private key: %w", err)
	}
	if strings.Contains(key, "BEGIN ENCRYPTED PRIVATE KEY") || strings.Contains(key, "Proc-Type: 4,ENCRYPTED") {
		return tls.Certificate{}, fmt.Errorf("tls: private key %s is encrypted, which is not supported; decrypt it with: openssl pkey -in KEY -out NEWKEY", t.key())
	}
	cert, err := tls.X509KeyPair(chain, []byte(key))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("tls: %s with private key %s: %s", where, t.key(), strings.TrimPrefix(err.Error(), "tls: "))
	}
	return cert, nil
}

// maxPEM bounds what is read of a certificate file; the bundle of a whole
// operating system has 250 KiB.
const maxPEM = 4 << 20

func readPEM(path string) ([]byte, error) {
	path = expandHome(path)
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathReason(err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxPEM {
		return nil, fmt.Errorf("it is not a regular file of at most %d MiB", maxPEM>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, pathReason(err)
	}
	return data, nil
}

// noCertificate says what data is instead of a list of certificates.
func noCertificate(data []byte) error {
	if block, _ := pem.Decode(data); block != nil && block.Type != "CERTIFICATE" {
		return fmt.Errorf("it has a %s, but no CERTIFICATE", clean(block.Type))
	}
	return errors.New("it has no PEM certificate; a JKS or PKCS12 store is converted with: keytool -exportcert -rfc")
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
