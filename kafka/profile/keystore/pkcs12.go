package keystore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

func pkcs12Authorities(data []byte, password string) ([]*x509.Certificate, error) {
	certs, err := pkcs12.DecodeTrustStore(data, password)
	if err == nil {
		return certs, nil
	}
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return nil, fmt.Errorf("the PKCS12 store does not open: %w", ErrPassword)
	}
	// Neither does Java take a certificate as trusted that lacks the mark.
	if strings.Contains(err.Error(), "not marked as trusted") {
		return nil, errors.New("it is a PKCS12 store whose certificates are not marked as trusted, so that Java would not trust them either; make it with: keytool -importcert -storetype PKCS12")
	}
	_, leaf, others, keyErr := pkcs12.DecodeChain(data, password)
	switch {
	case keyErr == nil && len(others) == 0:
		return []*x509.Certificate{leaf}, nil
	case keyErr == nil:
		return nil, errors.New("it is a PKCS12 store of a private key; keep the authorities in a trust store of their own, as PKCS12 or PEM")
	}
	return nil, fmt.Errorf("the PKCS12 store cannot be read: %s", reason(err))
}

func pkcs12KeyPair(data []byte, password string) (tls.Certificate, error) {
	key, leaf, others, err := pkcs12.DecodeChain(data, password)
	switch {
	case err == nil:
		return pair(key, append([]*x509.Certificate{leaf}, others...))
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return tls.Certificate{}, fmt.Errorf("the PKCS12 store does not open: %w", ErrPassword)
	case strings.Contains(err.Error(), "private key missing"):
		return tls.Certificate{}, oneKey(0)
	case strings.Contains(err.Error(), "exactly one key bag"):
		return tls.Certificate{}, oneKey(2)
	}
	return tls.Certificate{}, fmt.Errorf("the PKCS12 store cannot be read: %s", reason(err))
}

func reason(err error) string { return strings.TrimPrefix(err.Error(), "pkcs12: ") }
