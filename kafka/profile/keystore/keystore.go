// Package keystore reads certificates and private keys from the files that Java
// clients are given: JKS, PKCS12 and PEM (KIP-651), encrypted keys as well. The kind
// of a file is told by how it begins, since Java reads JKS and PKCS12 under either
// name. It imports nothing of kdeck.
package keystore

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// Kind is the format of a file.
type Kind string

// The kinds.
const (
	PEM    Kind = "PEM"
	JKS    Kind = "JKS"
	PKCS12 Kind = "PKCS12"
)

// ErrPassword is wrapped by errors about a missing or wrong password.
var ErrPassword = errors.New("the password is missing or wrong")

// KindOf tells the format of a file by how it begins. PKCS12 is DER, a sequence.
func KindOf(data []byte) (Kind, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}):
		return JKS, nil
	case bytes.HasPrefix(data, []byte{0xce, 0xce, 0xce, 0xce}):
		return "", errors.New("it is a JCEKS store; convert it with: keytool -importkeystore -deststoretype PKCS12")
	case bytes.Contains(data, []byte("-----BEGIN ")):
		return PEM, nil
	case bytes.HasPrefix(data, []byte{0x30}):
		return PKCS12, nil
	}
	return "", errors.New("it is neither PEM nor a JKS or PKCS12 store")
}

// Authorities returns the certificates that a trust store holds, at least one. As in
// Java, the certificate of a private key counts too, without the rest of its chain.
// A JKS store without a password is read unchecked, as Java does; password is not
// used for PEM.
func Authorities(data []byte, password string) ([]*x509.Certificate, error) {
	kind, err := KindOf(data)
	if err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	switch kind {
	case JKS:
		certs, err = jksAuthorities(data, password)
	case PKCS12:
		certs, err = pkcs12Authorities(data, password)
	case PEM:
		certs, err = pemCertificates(data)
	}
	if err == nil && len(certs) == 0 {
		err = errors.New("it holds no certificate")
	}
	return certs, err
}

// KeyPair returns the private key of a JKS or PKCS12 store with its chain. keyPassword
// is that of the key, and may be empty when it is the store's.
func KeyPair(data []byte, password, keyPassword string) (tls.Certificate, error) {
	kind, err := KindOf(data)
	if err != nil {
		return tls.Certificate{}, err
	}
	if keyPassword == "" {
		keyPassword = password
	}
	switch kind {
	case JKS:
		return jksKeyPair(data, password, keyPassword)
	case PKCS12:
		return pkcs12KeyPair(data, password)
	}
	return pemKeyPair(data, data, keyPassword)
}

// PEMPair returns a certificate chain and its private key, both PEM and perhaps the
// same text. password is that of an encrypted key.
func PEMPair(chain, key []byte, password string) (tls.Certificate, error) {
	return pemKeyPair(chain, key, password)
}

func pemCertificates(data []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	var other string
	var failed error
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			other = block.Type
			continue
		}
		// Bundles hold old certificates that no library reads any more.
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			failed = err
			continue
		}
		certs = append(certs, cert)
	}
	switch {
	case len(certs) > 0:
		return certs, nil
	case failed != nil:
		return nil, fmt.Errorf("the certificate cannot be read: %w", failed)
	case other != "":
		return nil, fmt.Errorf("it has a %q, but no CERTIFICATE", other)
	}
	return nil, errors.New("it has no PEM certificate")
}

// pair puts the certificate of key first. The other certificates keep their order.
func pair(key crypto.PrivateKey, certs []*x509.Certificate) (tls.Certificate, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return tls.Certificate{}, fmt.Errorf("a private key of the type %T cannot sign", key)
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		return tls.Certificate{}, fmt.Errorf("a public key of the type %T cannot be compared", signer.Public())
	}
	cert := tls.Certificate{PrivateKey: key}
	for _, c := range certs {
		if cert.Leaf == nil && public.Equal(c.PublicKey) {
			cert.Leaf = c
			cert.Certificate = append([][]byte{c.Raw}, cert.Certificate...)
			continue
		}
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	if cert.Leaf == nil {
		return tls.Certificate{}, errors.New("no certificate belongs to the private key")
	}
	return cert, nil
}
