package keystore

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the seal of a JKS store is SHA-1
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	jks "github.com/pavlo-v-chernykh/keystore-go/v4"
)

// jksDigest is the length of the seal at the end of a store.
const jksDigest = sha1.Size

func loadJKS(data []byte, password string) (jks.KeyStore, error) {
	store := jks.New(jks.WithOrderedAliases(), jks.WithCaseExactAliases())
	if err := checkJKS(data); err != nil {
		return store, err
	}
	if password == "" {
		data = sealed(data)
	}
	if err := store.Load(bytes.NewReader(data), []byte(password)); err != nil {
		// The parts have been checked, so that only the seal can be wrong.
		return store, fmt.Errorf("the JKS store does not open: %w", ErrPassword)
	}
	return store, nil
}

// sealed returns a store under the seal of the empty password: certificates stand in
// it in the clear, and Java reads them without a password.
func sealed(data []byte) []byte {
	body := data[:len(data)-jksDigest]
	digest := sha1.Sum(append([]byte("Mighty Aphrodite"), body...)) //nolint:gosec // as above
	return append(slices.Clone(body), digest[:]...)
}

func jksAuthorities(data []byte, password string) ([]*x509.Certificate, error) {
	store, err := loadJKS(data, password)
	if err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	for _, alias := range store.Aliases() {
		var entry jks.Certificate
		if store.IsPrivateKeyEntry(alias) {
			chain, err := store.GetPrivateKeyEntryCertificateChain(alias)
			if err != nil || len(chain) == 0 {
				continue
			}
			entry = chain[0]
		} else {
			trusted, err := store.GetTrustedCertificateEntry(alias)
			if err != nil {
				return nil, fmt.Errorf("entry %q: %w", alias, err)
			}
			entry = trusted.Certificate
		}
		cert, err := x509.ParseCertificate(entry.Content)
		if err != nil {
			return nil, fmt.Errorf("entry %q: the certificate cannot be read: %w", alias, err)
		}
		certs = append(certs, cert)
	}
	return certs, nil
}

func jksKeyPair(data []byte, password, keyPassword string) (tls.Certificate, error) {
	store, err := loadJKS(data, password)
	if err != nil {
		return tls.Certificate{}, err
	}
	aliases := slices.DeleteFunc(store.Aliases(), func(alias string) bool { return !store.IsPrivateKeyEntry(alias) })
	if err := oneKey(len(aliases)); err != nil {
		return tls.Certificate{}, err
	}
	entry, err := store.GetPrivateKeyEntry(aliases[0], []byte(keyPassword))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("the key %q does not open: %w", aliases[0], ErrPassword)
	}
	key, err := x509.ParsePKCS8PrivateKey(entry.PrivateKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("the key %q cannot be read: %w", aliases[0], err)
	}
	var certs []*x509.Certificate
	for _, c := range entry.CertificateChain {
		cert, err := x509.ParseCertificate(c.Content)
		if err != nil {
			return tls.Certificate{}, fmt.Errorf("the certificate of the key %q cannot be read: %w", aliases[0], err)
		}
		certs = append(certs, cert)
	}
	return pair(key, certs)
}

// oneKey refuses a store of which nobody says which key to use. Kafka's clients have
// no setting for it either.
func oneKey(keys int) error {
	switch {
	case keys == 0:
		return errors.New("it holds no private key")
	case keys > 1:
		return fmt.Errorf("it holds %d private keys; keep the client's alone in a store", keys)
	}
	return nil
}

var errJKS = errors.New("the JKS store is damaged")

// checkJKS walks over a store and reports whether its lengths add up to the file:
// what reads it afterwards takes as much memory as they say.
func checkJKS(data []byte) error {
	if len(data) < 12+jksDigest {
		return errJKS
	}
	version, entries := binary.BigEndian.Uint32(data[4:]), binary.BigEndian.Uint32(data[8:])
	if version != 1 && version != 2 {
		return fmt.Errorf("version %d of JKS is not known", version)
	}
	w := walker{rest: data[12 : len(data)-jksDigest], version: version}
	for range entries {
		w.entry()
		if w.short {
			return errJKS
		}
	}
	if len(w.rest) != 0 {
		return errJKS
	}
	return nil
}

// walker steps over the parts of a JKS store.
type walker struct {
	rest    []byte
	version uint32
	short   bool // the file ends before a part does
}

func (w *walker) skip(n uint64) {
	if uint64(len(w.rest)) < n {
		w.rest, w.short = nil, true
		return
	}
	w.rest = w.rest[n:]
}

func (w *walker) uint32() uint32 {
	if len(w.rest) < 4 {
		w.rest, w.short = nil, true
		return 0
	}
	n := binary.BigEndian.Uint32(w.rest)
	w.rest = w.rest[4:]
	return n
}

func (w *walker) text() {
	if len(w.rest) < 2 {
		w.rest, w.short = nil, true
		return
	}
	w.skip(2 + uint64(binary.BigEndian.Uint16(w.rest)))
}

func (w *walker) certificate() {
	if w.version == 2 {
		w.text()
	}
	w.skip(uint64(w.uint32()))
}

// entry steps over an alias, a time, and either a key with its chain or a certificate.
func (w *walker) entry() {
	const key, certificate = 1, 2
	tag := w.uint32()
	w.text()
	w.skip(8)
	switch tag {
	case key:
		w.skip(uint64(w.uint32()))
		chain := w.uint32()
		if uint64(chain) > uint64(len(w.rest)) { // each certificate has several bytes
			w.short = true
			return
		}
		for range chain {
			w.certificate()
		}
	case certificate:
		w.certificate()
	default:
		w.short = true
	}
}
