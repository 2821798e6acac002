package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

const (
	// DefaultLimit bounds one request to a token endpoint.
	DefaultLimit = 15 * time.Second

	maxBody = 1 << 20
)

// Endpoint is a vendor's token endpoint. The zero value of the optional fields is
// good; it is safe for concurrent use.
type Endpoint struct {
	URL string
	// Form sends parameters as a form; otherwise they are a JSON object.
	Form bool
	// UserAgent is the honest name of the program: vendors refuse a forged one.
	UserAgent string
	// Client has no total limit of its own; nil is one that follows no redirect.
	Client *http.Client
	// Limit bounds one request; 0 is DefaultLimit.
	Limit time.Duration
}

// Parameters are those of a token request, by name. Values may be secret.
type Parameters map[string]sdk.Secret

// Set adds a value that is no secret, unless it is empty.
func (p Parameters) Set(name, value string) Parameters {
	if value != "" {
		p[name] = sdk.NewSecret(value)
	}
	return p
}

// Token is the answer of a token endpoint.
type Token struct {
	Access, Refresh, ID sdk.Secret
	// ExpiresIn and RefreshExpiresIn are 0 when the vendor did not say.
	ExpiresIn, RefreshExpiresIn time.Duration
	// Scopes is nil when the vendor did not say.
	Scopes []string
	fields map[string]json.RawMessage
}

// Field decodes another field of the answer into v and reports whether it was
// there and fit.
func (t Token) Field(name string, v any) bool {
	raw, ok := t.fields[name]
	return ok && json.Unmarshal(raw, v) == nil
}

// ExpiresAt is the moment of expiry for a token that came at now, zero when the
// vendor did not say.
func (t Token) ExpiresAt(now time.Time) time.Time {
	if t.ExpiresIn <= 0 {
		return time.Time{}
	}
	return now.Add(t.ExpiresIn)
}

// Fresh reports whether a token that expires at the given time still has more
// than margin to live at now. A zero time never expires.
func Fresh(expires, now time.Time, margin time.Duration) bool {
	return expires.IsZero() || expires.Sub(now) > margin
}

// Request sends parameters and returns the tokens. It sends them once: a code and
// a rotating refresh token can be used once, and whether they were used is not
// known when the answer is lost. Errors are *[RefusedError], *[BlockedError],
// *[NetworkError], or the cause of ctx.
func (e Endpoint) Request(ctx context.Context, parameters Parameters) (Token, error) {
	limit := e.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	request, err := e.request(limited, parameters)
	if err != nil {
		return Token{}, err
	}
	client := e.Client
	if client == nil {
		client = &http.Client{CheckRedirect: noRedirect}
	}
	response, err := client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return Token{}, context.Cause(ctx)
		}
		return Token{}, &NetworkError{Host: request.URL.Host, Sent: wasSent(err), Err: late(limited, limit, err)}
	}
	defer func() { _ = response.Body.Close() }() // it was read
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		if ctx.Err() != nil {
			return Token{}, context.Cause(ctx)
		}
		return Token{}, &NetworkError{Host: request.URL.Host, Sent: true, Err: late(limited, limit, err)}
	}
	if response.StatusCode != http.StatusOK {
		return Token{}, refusal(response, body, parameters)
	}
	return parseToken(response, body)
}

// late is the cause in words: that of a limit would be "context deadline exceeded".
func late(limited context.Context, limit time.Duration, err error) error {
	if limited.Err() != nil {
		return fmt.Errorf("nothing came within %v", limit)
	}
	return innermost(err)
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (e Endpoint) request(ctx context.Context, parameters Parameters) (*http.Request, error) {
	body, media := e.encode(parameters)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("token endpoint: %w", errNoURL)
	}
	request.GetBody = nil // never a second time
	request.Header.Set("Content-Type", media)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", e.UserAgent)
	return request, nil
}

func (e Endpoint) encode(parameters Parameters) (body []byte, media string) {
	if e.Form {
		form := url.Values{}
		for name, value := range parameters {
			form.Set(name, value.Reveal())
		}
		return []byte(form.Encode()), "application/x-www-form-urlencoded"
	}
	plain := make(map[string]any, len(parameters))
	for name, value := range parameters {
		plain[name] = value.Reveal()
		if n, err := strconv.Atoi(value.Reveal()); err == nil && name == "expires_in" {
			plain[name] = n
		}
	}
	body, _ = json.Marshal(plain) // a map of strings and numbers always can
	return body, "application/json"
}

type wireToken struct {
	Access           string          `json:"access_token"`
	Refresh          string          `json:"refresh_token"`
	ID               string          `json:"id_token"`
	ExpiresIn        json.RawMessage `json:"expires_in"`
	RefreshExpiresIn json.RawMessage `json:"refresh_token_expires_in"`
	Scope            json.RawMessage `json:"scope"`
}

func parseToken(response *http.Response, body []byte) (Token, error) {
	var wire wireToken
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || json.Unmarshal(body, &wire) != nil {
		return Token{}, blocked(response, body)
	}
	if wire.Access == "" || !headerSafe(wire.Access) {
		return Token{}, &RefusedError{Status: response.StatusCode, Description: "the answer holds no access token"}
	}
	for _, name := range []string{"access_token", "refresh_token", "id_token"} {
		delete(fields, name) // Field is for what is no secret
	}
	return Token{
		Access: sdk.NewSecret(wire.Access), Refresh: sdk.NewSecret(wire.Refresh), ID: sdk.NewSecret(wire.ID),
		ExpiresIn: seconds(wire.ExpiresIn), RefreshExpiresIn: seconds(wire.RefreshExpiresIn),
		Scopes: Scopes(wire.Scope), fields: fields,
	}, nil
}

// Scopes reads a list of scopes in both forms that are met: a text with spaces,
// and an array.
func Scopes(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil
	}
	return strings.Fields(text)
}

// seconds reads a number, also one in quotes; what is neither is 0.
func seconds(raw json.RawMessage) time.Duration {
	n, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	const century = 100 * 365 * 24 * time.Hour
	if err != nil || n <= 0 || n != n {
		return 0
	}
	if n > century.Seconds() {
		return century
	}
	return time.Duration(n * float64(time.Second))
}

// headerSafe reports whether a token can be a header's value.
func headerSafe(value string) bool {
	for i := range len(value) {
		if value[i] <= ' ' || value[i] >= 0x7f {
			return false
		}
	}
	return true
}

func isHTML(response *http.Response) bool {
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return media == "text/html"
}
