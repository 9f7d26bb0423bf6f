package profile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// tokenTimeout bounds one call of the token endpoint.
	tokenTimeout = 10 * time.Second
	// maxTokenAnswer bounds its answer; a token with many claims is some 8 KiB.
	maxTokenAnswer = 256 << 10
)

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
	// RFC 6749 section 2.3.1: both are form-encoded before Basic encodes them.
	req.SetBasicAuth(url.QueryEscape(t.oauth.ClientID), url.QueryEscape(secret))
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
