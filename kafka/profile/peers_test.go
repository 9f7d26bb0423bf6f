package profile_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// tokenServer hands out signed tokens to one client (RFC 6749 section 4.4) and has the
// key to check them with (RFC 7517).
type tokenServer struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu    sync.Mutex
	scope string // of the last request
}

// patience bounds everything that a peer does.
const patience = time.Minute

const (
	tokenClient = "kdeck"
	tokenSecret = "it's: a/secret"
)

func startTokenServer(t *testing.T) *tokenServer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := &tokenServer{key: key}
	encode := base64.RawURLEncoding.EncodeToString
	mux := http.NewServeMux()
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "kid": "k1", "alg": "RS256", "use": "sig",
			"n": encode(key.N.Bytes()), "e": encode([]byte{1, 0, 1}),
		}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if id != tokenClient || secret != tokenSecret {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, `{"error":"invalid_client"}`)
			return
		}
		s.mu.Lock()
		s.scope = r.FormValue("scope")
		s.mu.Unlock()
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": s.sign(t, "kafka"), "token_type": "Bearer", "expires_in": 3600})
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// sign makes a token for an audience (RFC 7519).
func (s *tokenServer) sign(t *testing.T, audience string) string {
	now := time.Now()
	claims, err := json.Marshal(map[string]any{
		"sub": "clerk", "aud": audience, "iss": "tests", "scope": "kafka", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	if err != nil {
		t.Error(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"RS256","kid":"k1","typ":"JWT"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	if err != nil {
		t.Error(err)
	}
	return signed + "." + encode(signature)
}

// realm is a Kerberos server with a user and the principal of a broker on localhost.
type realm struct {
	name    string
	config  string // krb5.conf
	service string // key table of kafka/localhost
	user    string // key table of clerk
	env     []string
}

const userPassword = "clerk's password"

// findTool looks where Debian keeps what only root runs.
func findTool(name string) string {
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	return ""
}

// startRealm starts MIT's KDC; nil where it is not installed (Debian: krb5-kdc,
// krb5-admin-server and krb5-user).
func startRealm(t *testing.T) *realm {
	t.Helper()
	for _, tool := range []string{"krb5kdc", "kdb5_util", "kadmin.local", "kinit"} {
		if findTool(tool) == "" {
			return nil
		}
	}
	dir := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	_ = listener.Close()
	r := &realm{name: "KDECK.TEST", config: filepath.Join(dir, "krb5.conf"), service: filepath.Join(dir, "kafka.keytab"), user: filepath.Join(dir, "clerk.keytab")}
	kdc := filepath.Join(dir, "kdc.conf")
	files := map[string]string{
		r.config: fmt.Sprintf("[libdefaults]\n default_realm = %[1]s\n dns_lookup_kdc = false\n rdns = false\n udp_preference_limit = 1\n[realms]\n %[1]s = {\n  kdc = %[2]s\n }\n[domain_realm]\n localhost = %[1]s\n", r.name, addr),
		kdc:      fmt.Sprintf("[kdcdefaults]\n kdc_listen = \"\"\n kdc_tcp_listen = %[3]s\n[realms]\n %[1]s = {\n  database_name = %[2]s/db\n  key_stash_file = %[2]s/stash\n  acl_file = %[2]s/acl\n }\n", r.name, dir, addr),
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.env = append(os.Environ(), "KRB5_CONFIG="+r.config, "KRB5_KDC_PROFILE="+kdc, "KRB5CCNAME=FILE:"+filepath.Join(dir, "tickets"))
	r.run(t, "", "kdb5_util", "-r", r.name, "create", "-s", "-P", "master")
	for _, query := range []string{
		"addprinc -randkey kafka/localhost", "ktadd -k " + r.service + " kafka/localhost",
		"addprinc -pw \"" + userPassword + "\" clerk", "ktadd -norandkey -k " + r.user + " clerk",
	} {
		r.run(t, "", "kadmin.local", "-r", r.name, "-q", query)
	}
	cmd := exec.Command(findTool("krb5kdc"), "-n", "-r", r.name)
	cmd.Env = r.env
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	untilListening(t, addr)
	return r
}

func (r *realm) run(t *testing.T, stdin, tool string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, findTool(tool), args...)
	cmd.Env, cmd.Stdin = r.env, strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", tool, args, err, out)
	}
}

func untilListening(t *testing.T, addr string) {
	t.Helper()
	end := time.After(time.Minute)
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-retry.C:
		case <-end:
			t.Fatalf("nobody listens at %s: %v", addr, err)
		}
	}
}

// stores makes with Java's keytool the stores of a broker on localhost and of a client
// that trust each other. All passwords are "changeit", but the client's key in the
// JKS store has "keypass".
func stores(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	keytool := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "keytool", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("keytool %v: %v\n%s", args, err, out)
		}
	}
	pair := func(store, kind, keyPassword, name, san string) {
		args := []string{"-genkeypair", "-alias", "me", "-keyalg", "EC", "-dname", "CN=" + name, "-validity", "2", "-keystore", store, "-storetype", kind, "-storepass", "changeit", "-keypass", keyPassword}
		if san != "" {
			args = append(args, "-ext", "san="+san)
		}
		keytool(args...)
		keytool("-exportcert", "-alias", "me", "-keystore", store, "-storepass", "changeit", "-file", store+".cer")
	}
	pair("broker.jks", "JKS", "changeit", "broker", "dns:localhost,dns:kafka.nowhere,ip:127.0.0.1")
	pair("client.jks", "JKS", "keypass", "clerk", "")
	keytool("-importkeystore", "-srckeystore", "client.jks", "-srcstorepass", "changeit", "-srckeypass", "keypass", "-srcalias", "me",
		"-destkeystore", "client.p12", "-deststoretype", "PKCS12", "-deststorepass", "changeit", "-destkeypass", "changeit")
	for store, cert := range map[string]string{"broker-trust.p12": "client.jks.cer", "client-trust.p12": "broker.jks.cer", "client-trust.jks": "broker.jks.cer"} {
		kind := strings.ToUpper(strings.ReplaceAll(filepath.Ext(store)[1:], "p12", "PKCS12"))
		keytool("-importcert", "-noprompt", "-alias", "other", "-file", cert, "-keystore", store, "-storetype", kind, "-storepass", "changeit")
	}
	return dir
}
