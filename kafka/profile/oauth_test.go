package profile

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// tokenServer answers each request by its number, from 1 on.
func tokenServer(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *tokenSource {
	t.Helper()
	var mu sync.Mutex
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests++
		answer(requests, w, r)
	}))
	t.Cleanup(server.Close)
	return newTokenSource(OAuth{TokenURL: server.URL + "/token", ClientID: "id:1", ClientSecret: LiteralSecret(hidden), Scope: "kafka read"})
}

func TestTokenRequest(t *testing.T) {
	tokens := tokenServer(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		got := fmt.Sprint(r.Method, " ", r.URL.Path, " ", id, " ", secret, " ", r.FormValue("grant_type"), " ", r.FormValue("scope"))
		if want := "POST /token id%3A1 " + hidden + " client_credentials kafka read"; got != want {
			t.Errorf("request %q, want %q", got, want)
		}
		_, _ = fmt.Fprint(w, `{"access_token":"t","token_type":"Bearer"}`)
	})
	if token, err := tokens.get(t.Context()); token != "t" || err != nil {
		t.Errorf("token %q, %v", token, err)
	}
}

func TestTokenIsCachedUntilNearItsEnd(t *testing.T) {
	tokens := tokenServer(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"access_token":"token %d","expires_in":%q}`, n, "100")
	})
	now := time.Unix(0, 0)
	tokens.now = func() time.Time { return now }
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "token 1"}, {79 * time.Second, "token 1"}, {80 * time.Second, "token 2"}, {159 * time.Second, "token 2"}, {200 * time.Second, "token 3"}} {
		now = time.Unix(0, 0).Add(step.after)
		if token, err := tokens.get(t.Context()); token != step.want || err != nil {
			t.Errorf("after %v: %q, %v, want %q", step.after, token, err, step.want)
		}
	}
}

func TestTokenWithoutALifetimeIsUsedOnce(t *testing.T) {
	tokens := tokenServer(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"access_token":"token %d"}`, n)
	})
	for _, want := range []string{"token 1", "token 2"} {
		if token, err := tokens.get(t.Context()); token != want || err != nil {
			t.Errorf("%q, %v, want %q", token, err, want)
		}
	}
}

func TestConcurrentConnectionsShareOneToken(t *testing.T) {
	tokens := tokenServer(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"access_token":"token %d","expires_in":3600}`, n)
	})
	var connections sync.WaitGroup
	for range 20 {
		connections.Go(func() {
			if token, err := tokens.get(t.Context()); token != "token 1" || err != nil {
				t.Errorf("%q, %v", token, err)
			}
		})
	}
	connections.Wait()
}

func TestTokenErrors(t *testing.T) {
	answers := map[string]struct {
		status int
		body   string
		want   string
	}{
		"refused":     {401, `{"error":"invalid_client","error_description":"no\u001b[31m such client"}`, "401 Unauthorized: invalid_client no\uFFFD[31m such client"},
		"failing":     {503, hidden, "the answer is 503"},
		"redirect":    {307, "", "the answer is 307"},
		"not JSON":    {200, "<html>" + hidden, "not the JSON of a token endpoint"},
		"no token":    {200, `{"token":"` + hidden + `"}`, "no access_token"},
		"token twice": {200, `{"access_token":"` + hidden + `"}{`, "not the JSON"},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			tokens := tokenServer(t, func(n int, w http.ResponseWriter, _ *http.Request) {
				if n > 1 {
					t.Error("the secret was sent a second time")
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(answer.status)
				_, _ = fmt.Fprint(w, answer.body)
			})
			_, err := tokens.get(t.Context())
			if err == nil || !strings.Contains(err.Error(), answer.want) || strings.Contains(err.Error(), hidden) {
				t.Errorf("error %v, want %q", err, answer.want)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		tokens := newTokenSource(OAuth{TokenURL: "http://" + freePort(t), ClientID: "c", ClientSecret: LiteralSecret(hidden)})
		if _, err := tokens.get(t.Context()); err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("error %v", err)
		}
	})
}

// Java sends both as they are, unless sasl.oauthbearer.header.urlencode is true.
func TestTokenRequestAsJavaMakesIt(t *testing.T) {
	tokens := tokenServer(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		// The first colon ends the id for who reads the header.
		if id, secret, _ := r.BasicAuth(); id+":"+secret != "id:1:a/b c" {
			t.Errorf("client %q, secret %q", id, secret)
		}
		_, _ = fmt.Fprint(w, `{"access_token":"t"}`)
	})
	tokens.oauth.ClientSecret, tokens.oauth.PlainHeader = LiteralSecret("a/b c"), true
	if token, err := tokens.get(t.Context()); token != "t" || err != nil {
		t.Errorf("token %q, %v", token, err)
	}
}

func TestUnsecuredToken(t *testing.T) {
	tokens := newTokenSource(OAuth{Unsecured: &UnsecuredToken{Claims: map[string]any{"sub": "alice", "scope": []string{"a"}}, Lifetime: time.Minute}})
	tokens.now = func() time.Time { return time.Unix(1000, 5) }
	token, err := tokens.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	header, headerErr := base64.RawURLEncoding.DecodeString(parts[0])
	claims, claimsErr := base64.RawURLEncoding.DecodeString(parts[1])
	if headerErr != nil || claimsErr != nil || len(parts) != 3 || parts[2] != "" ||
		string(header) != `{"alg":"none"}` || string(claims) != `{"exp":1060,"iat":1000,"scope":["a"],"sub":"alice"}` {
		t.Errorf("%s . %s . %q", header, claims, parts[2:])
	}
}

func TestOAuthValidate(t *testing.T) {
	grant := func(change func(*OAuth)) *OAuth {
		o := &OAuth{TokenURL: "https://h", ClientID: "c", ClientSecret: LiteralSecret("s"), Extensions: map[string]string{"a": "b"}}
		change(o)
		return o
	}
	if err := grant(func(*OAuth) {}).validate(); err != nil {
		t.Error(err)
	}
	for want, o := range map[string]*OAuth{
		"oauth needs a token":                         {},
		"oauth has a token":                           grant(func(o *OAuth) { o.Token = LiteralSecret("t") }),
		"oauth unsecured makes tokens itself":         grant(func(o *OAuth) { o.Unsecured = &UnsecuredToken{} }),
		"oauth unsecured needs claims":                {Unsecured: &UnsecuredToken{}},
		"oauth token-url is not an https://":          grant(func(o *OAuth) { o.TokenURL = "file:///x" }),
		"token-url has a user":                        grant(func(o *OAuth) { o.TokenURL = "https://u:p@h" }),
		"oauth tls needs an https://":                 grant(func(o *OAuth) { o.TokenURL, o.TLS = "http://h", &TLS{} }),
		"oauth extension auth is the name":            grant(func(o *OAuth) { o.Extensions["auth"] = "x" }),
		"a name has letters only":                     grant(func(o *OAuth) { o.Extensions["a_b"] = "x" }),
		"the value of the oauth extension x":          grant(func(o *OAuth) { o.Extensions["x"] = "\x01" }),
		"the value of the oauth extension y is empty": grant(func(o *OAuth) { o.Extensions["y"] = "" }),
	} {
		if err := o.validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
