package profile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
)

const (
	// tokenTimeout bounds one call of the token endpoint.
	tokenTimeout = 10 * time.Second
	// maxTokenAnswer bounds its answer; a token with many claims is some 8 KiB.
	maxTokenAnswer = 256 << 10
)

// OAuth is where the token of OAUTHBEARER (KIP-255) comes from: a token as
// it is, the client credentials grant (RFC 6749 section 4.4), or a token that nobody
// has signed. Extensions go with any of them (KIP-342).
type OAuth struct {
	Token Secret `yaml:"token,omitempty" json:"token,omitzero"`

	TokenURL     string `yaml:"token-url,omitempty" json:"tokenUrl,omitempty"`
	ClientID     string `yaml:"client-id,omitempty" json:"clientId,omitempty"`
	ClientSecret Secret `yaml:"client-secret,omitempty" json:"clientSecret,omitzero"`
	Scope        string `yaml:"scope,omitempty" json:"scope,omitempty"`
	// PlainHeader leaves client-id and client-secret as they are in the
	// Authorization header, as Java does unless sasl.oauthbearer.header.urlencode is
	// true, in place of encoding them as RFC 6749 section 2.3.1 wants.
	PlainHeader bool `yaml:"plain-header,omitempty" json:"plainHeader,omitempty"`
	// TLS is for an https token-url; nil trusts the system's authorities.
	TLS *TLS `yaml:"tls,omitempty" json:"tls,omitempty"`

	// Unsecured makes tokens without a signature, which brokers take in tests only.
	Unsecured *UnsecuredToken `yaml:"unsecured,omitempty" json:"unsecured,omitempty"`

	// Extensions are sent beside the token, as in logicalCluster.
	Extensions map[string]string `yaml:"extensions,omitempty" json:"extensions,omitempty"`
}

// IsZero reports whether nothing is set.
func (o *OAuth) IsZero() bool { return reflect.ValueOf(*o).IsZero() }

var (
	extensionName  = regexp.MustCompile(`^[A-Za-z]+$`)           // RFC 7628 section 3.1
	extensionValue = regexp.MustCompile(`^[\x21-\x7E \t\r\n]+$`) // and as Kafka's OAuthBearerClientInitialResponse
)

func (o *OAuth) validate() error {
	for name, value := range o.Extensions {
		switch {
		case name == "auth":
			return errors.New("sasl: oauth extension auth is the name of the token itself")
		case !extensionName.MatchString(name):
			return fmt.Errorf("sasl: oauth extension %q: a name has letters only", shorten(name))
		case !extensionValue.MatchString(value):
			return fmt.Errorf("sasl: the value of the oauth extension %s is empty or has characters that are not ASCII", name)
		}
	}
	grant := o.TokenURL != "" || o.ClientID != "" || !o.ClientSecret.IsZero() || o.Scope != "" || o.TLS != nil
	switch {
	case o.Unsecured != nil && (grant || !o.Token.IsZero()):
		return errors.New("sasl: oauth unsecured makes tokens itself, so it takes no token, token-url, client-id, client-secret or scope")
	case o.Unsecured != nil:
		return o.Unsecured.validate()
	case !o.Token.IsZero() && grant:
		return errors.New("sasl: oauth has a token, so it takes no token-url, client-id, client-secret or scope")
	case !o.Token.IsZero():
		return nil
	case o.TokenURL == "" || o.ClientID == "" || o.ClientSecret.IsZero():
		return errors.New("sasl: oauth needs a token, or token-url, client-id and client-secret")
	}
	u, err := url.Parse(o.TokenURL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return errors.New("sasl: oauth token-url is not an https:// address")
	case u.User != nil:
		return errors.New("sasl: oauth token-url has a user or password in it; use client-id and client-secret")
	case o.TLS != nil && u.Scheme != "https":
		return errors.New("sasl: oauth tls needs an https:// token-url")
	case o.TLS != nil:
		return o.TLS.validate()
	}
	return nil
}

// mechanism reads the files of TLS now and fetches tokens for each authentication.
func (o *OAuth) mechanism(ctx context.Context) (sasl.Mechanism, error) {
	tokens := newTokenSource(*o)
	if o.TLS != nil {
		conf, err := o.TLS.config(ctx)
		if err != nil {
			return nil, fmt.Errorf("sasl: oauth: %w", err)
		}
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = conf
		tokens.client.Transport = transport
	}
	return oauth.Oauth(func(ctx context.Context) (oauth.Auth, error) {
		token, err := tokens.get(ctx)
		return oauth.Auth{Token: token, Extensions: o.Extensions}, err
	}), nil
}

// tokenSource hands out bearer tokens, asking the token endpoint only when
// the last token is near its end. It is safe for concurrent use.
type tokenSource struct {
	oauth  OAuth
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex // held during a fetch, so that many connections cause one
	token   string
	renewAt time.Time
}

func newTokenSource(oauth OAuth) *tokenSource {
	return &tokenSource{
		oauth: oauth,
		client: &http.Client{
			Timeout: tokenTimeout,
			// A redirect would carry the client secret somewhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		now: time.Now,
	}
}

func (t *tokenSource) get(ctx context.Context) (string, error) {
	if t.oauth.Unsecured != nil {
		return t.oauth.Unsecured.token(t.now())
	}
	if !t.oauth.Token.IsZero() {
		token, err := t.oauth.Token.Resolve(ctx)
		if err != nil {
			return "", fmt.Errorf("sasl: oauth token: %w", err)
		}
		return token, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" && t.now().Before(t.renewAt) {
		return t.token, nil
	}
	asked := t.now()
	token, lifetime, err := t.fetch(ctx)
	if err != nil {
		return "", fmt.Errorf("get token from %s: %w", t.oauth.TokenURL, err)
	}
	// Brokers end a session with its token (KIP-368), so renew with a fifth
	// of the lifetime left. A token without a lifetime is used once.
	t.token, t.renewAt = token, asked.Add(lifetime*4/5)
	return token, nil
}

// fetch is the client credentials grant, RFC 6749 section 4.4.
func (t *tokenSource) fetch(ctx context.Context) (token string, lifetime time.Duration, err error) {
	secret, err := t.oauth.ClientSecret.Resolve(ctx)
	if err != nil {
		return "", 0, fmt.Errorf("client secret: %w", err)
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if t.oauth.Scope != "" {
		form.Set("scope", t.oauth.Scope)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.oauth.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if t.oauth.PlainHeader {
		req.SetBasicAuth(t.oauth.ClientID, secret)
	} else {
		// RFC 6749 section 2.3.1: both are form-encoded before Basic encodes them.
		req.SetBasicAuth(url.QueryEscape(t.oauth.ClientID), url.QueryEscape(secret))
	}
	resp, err := t.client.Do(req)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return "", 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	return readToken(resp)
}

// readToken never quotes the body, which may hold a token, but for the two
// fields that RFC 6749 section 5.2 defines for errors.
func readToken(resp *http.Response) (string, time.Duration, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenAnswer))
	if err != nil {
		return "", 0, fmt.Errorf("read the answer: %w", err)
	}
	var answer struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"` // some servers quote it
		Error       string      `json:"error"`
		Description string      `json:"error_description"`
	}
	decodeErr := json.Unmarshal(body, &answer)
	switch {
	case answer.Error != "":
		return "", 0, fmt.Errorf("%s: %s %s", resp.Status, shorten(answer.Error), shorten(answer.Description))
	case resp.StatusCode != http.StatusOK:
		return "", 0, fmt.Errorf("the answer is %s", clean(resp.Status))
	case decodeErr != nil:
		return "", 0, errors.New("the answer is not the JSON of a token endpoint; check token-url")
	case answer.AccessToken == "":
		return "", 0, errors.New("the answer has no access_token; check token-url")
	}
	seconds, err := answer.ExpiresIn.Int64()
	if err != nil || seconds < 0 {
		seconds = 0
	}
	return answer.AccessToken, time.Duration(min(seconds, 24*60*60)) * time.Second, nil
}

// shorten cleans and bounds text that is repeated in an error.
func shorten(s string) string {
	const limit = 200
	s = clean(s)
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
