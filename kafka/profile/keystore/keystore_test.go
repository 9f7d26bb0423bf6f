package keystore_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/kafka/profile/keystore"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func certificate(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(read(t, name))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestAuthorities(t *testing.T) {
	ca, client := certificate(t, "ca.pem"), certificate(t, "client.pem")
	for _, test := range []struct {
		file, password string
		want           []*x509.Certificate
		err            string
	}{
		{"ca.pem", "", []*x509.Certificate{ca}, ""},
		{"chain.pem", "not used", []*x509.Certificate{client, ca}, ""},
		{"trust.jks", "changeit", []*x509.Certificate{ca}, ""},
		{"trust.jks", "", []*x509.Certificate{ca}, ""}, // as in Java, unchecked
		{"trust.jks", "wrong", nil, "password is missing or wrong"},
		{"both.jks", "changeit", []*x509.Certificate{ca, client}, ""},
		{"key.jks", "changeit", []*x509.Certificate{client}, ""},
		{"trust.p12", "changeit", []*x509.Certificate{ca}, ""},
		{"trust.p12", "wrong", nil, "password is missing or wrong"},
		{"trust.p12", "", nil, "password is missing or wrong"},
		{"unmarked.p12", "changeit", nil, "keytool -importcert"},
		{"both.p12", "changeit", nil, "trust store of their own"},
		{"key.jceks", "changeit", nil, "JCEKS"},
		{"client.key", "", nil, `it has a "PRIVATE KEY", but no CERTIFICATE`},
		{"make.sh", "", nil, "neither PEM nor a JKS or PKCS12 store"},
	} {
		t.Run(test.file+" "+test.password, func(t *testing.T) {
			got, err := keystore.Authorities(read(t, test.file), test.password)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil || len(got) != len(test.want) {
				t.Fatalf("%d certificates, %v", len(got), err)
			}
			for i := range got {
				if !got[i].Equal(test.want[i]) {
					t.Errorf("certificate %d is of %s", i, got[i].Subject)
				}
			}
		})
	}
}

func TestKeyPair(t *testing.T) {
	client := certificate(t, "client.pem")
	for _, test := range []struct {
		file, password, keyPassword string
		chain                       int
		err                         string
	}{
		{"key.jks", "changeit", "keypass", 2, ""},
		{"both.jks", "changeit", "keypass", 2, ""},
		{"key.jks", "", "keypass", 2, ""}, // the store's seal is not checked
		{"key.jks", "changeit", "", 0, "the password is missing or wrong"},
		{"key.jks", "wrong", "keypass", 0, "the password is missing or wrong"},
		{"key.p12", "changeit", "", 2, ""},
		{"key-java.p12", "changeit", "changeit", 2, ""},
		{"key-legacy.p12", "changeit", "", 2, ""},
		{"both.p12", "changeit", "", 3, ""},
		{"key.p12", "wrong", "", 0, "the password is missing or wrong"},
		{"trust.jks", "changeit", "", 0, "it holds no private key"},
		{"trust.p12", "changeit", "", 0, "it holds no private key"},
		{"client.pem", "", "", 0, "there is no PEM private key"},
		{"client.key", "", "", 0, "no CERTIFICATE"},
	} {
		t.Run(test.file+" "+test.password+" "+test.keyPassword, func(t *testing.T) {
			got, err := keystore.KeyPair(read(t, test.file), test.password, test.keyPassword)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil || !got.Leaf.Equal(client) || len(got.Certificate) != test.chain || !bytes.Equal(got.Certificate[0], client.Raw) {
				t.Fatalf("%d certificates, %v", len(got.Certificate), err)
			}
			if !got.Leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool }).Equal(got.PrivateKey.(crypto.Signer).Public()) {
				t.Error("the key is another one")
			}
		})
	}
}

func TestPEMPair(t *testing.T) {
	chain := read(t, "chain.pem")
	for _, test := range []struct {
		key, password string
		err           string
	}{
		{"client.key", "", ""},
		{"client.key", "not used", ""},
		{"encrypted.key", "keypass", ""},
		{"encrypted.key", "wrong", "encrypted: the password is missing or wrong"},
		{"encrypted.key", "", "encrypted: the password is missing or wrong"},
		{"traditional.key", "keypass", ""},
		{"traditional.key", "wrong", "encrypted: the password is missing or wrong"},
		{"encrypted-pbes1.key", "keypass", "openssl pkcs8 -topk8 -v2 aes256"},
	} {
		got, err := keystore.PEMPair(chain, read(t, test.key), test.password)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v, want %q", test.key, err, test.err)
			}
			continue
		}
		if err != nil || len(got.Certificate) != 2 {
			t.Errorf("%s: %d certificates, %v", test.key, len(got.Certificate), err)
		}
	}
	if _, err := keystore.PEMPair(read(t, "ca.pem"), read(t, "client.key"), ""); err == nil || !strings.Contains(err.Error(), "no certificate belongs") {
		t.Errorf("another's certificate: %v", err)
	}
	if _, err := keystore.PEMPair(chain, read(t, "encrypted.key"), "x"); !errors.Is(err, keystore.ErrPassword) {
		t.Errorf("not told as a password: %v", err)
	}
}

// A damaged store costs no more memory than its file.
func FuzzJKS(f *testing.F) {
	for _, name := range []string{"trust.jks", "key.jks", "both.jks"} {
		f.Add(read(f, name))
	}
	f.Add([]byte("\xfe\xed\xfe\xed\x00\x00\x00\x02\xff\xff\xff\xff\x00\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if kind, err := keystore.KindOf(data); err != nil || kind != keystore.JKS {
			return
		}
		certs, err := keystore.Authorities(data, "")
		if err == nil && len(certs) == 0 {
			t.Error("no certificate and no error")
		}
		if pair, err := keystore.KeyPair(data, "", "keypass"); err == nil && pair.Leaf == nil {
			t.Error("a key without a certificate")
		}
	})
}
