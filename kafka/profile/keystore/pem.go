package keystore

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/youmark/pkcs8"
)

func pemKeyPair(chain, key []byte, password string) (tls.Certificate, error) {
	certs, err := pemCertificates(chain)
	if err != nil {
		return tls.Certificate{}, err
	}
	private, err := pemKey(key, password)
	if err != nil {
		return tls.Certificate{}, err
	}
	return pair(private, certs)
}

// pemKey reads the first private key: PKCS 8, encrypted or not, PKCS 1 or SEC 1.
func pemKey(data []byte, password string) (crypto.PrivateKey, error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" {
			return encryptedKey(block.Bytes, password)
		}
		der := block.Bytes
		if x509.IsEncryptedPEMBlock(block) { //nolint:staticcheck // what openssl wrote before PKCS 8, and people still have
			var err error
			if der, err = x509.DecryptPEMBlock(block, []byte(password)); err != nil { //nolint:staticcheck // as above
				return nil, fmt.Errorf("the private key is encrypted: %w", ErrPassword)
			}
		}
		return plainKey(der)
	}
	return nil, errors.New("there is no PEM private key")
}

func encryptedKey(der []byte, password string) (crypto.PrivateKey, error) {
	if password == "" {
		return nil, fmt.Errorf("the private key is encrypted: %w", ErrPassword)
	}
	key, err := pkcs8.ParsePKCS8PrivateKey(der, []byte(password))
	switch {
	case err == nil:
		return key, nil
	case strings.Contains(err.Error(), "supported"): // "unsupported" or "only PBES2 supported"
		return nil, fmt.Errorf("the private key is encrypted in a way that is not supported (%w); encrypt it anew with: openssl pkcs8 -topk8 -v2 aes256", err)
	}
	return nil, fmt.Errorf("the private key is encrypted: %w", ErrPassword)
}

func plainKey(der []byte) (crypto.PrivateKey, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	return nil, errors.New("the private key is neither PKCS 8, PKCS 1 nor SEC 1")
}
