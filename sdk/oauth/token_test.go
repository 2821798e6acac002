package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

const secretCode = "code-0123456789abcdef"

func answering(t *testing.T, status int, media, body string) Endpoint {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return Endpoint{URL: server.URL + "/token", UserAgent: "jcode/1"}
}

func parameters() Parameters {
	return Parameters{}.Set("grant_type", "refresh_token").Set("code", secretCode).Set("empty", "").Set("expires_in", "5")
}

func TestRequestForms(t *testing.T) {
	t.Parallel()
	for _, form := range []bool{false, true} {
		t.Run(fmt.Sprintf("form %v", form), func(t *testing.T) {
			t.Parallel()
			var media, agent, body string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				data, _ := io.ReadAll(r.Body)
				media, agent, body = r.Header.Get("Content-Type"), r.UserAgent(), string(data)
				_, _ = io.WriteString(w, `{"access_token":"a","refresh_token":"r","id_token":"i","expires_in":"28800",
					"refresh_token_expires_in":10,"scope":"x y","account":{"email_address":"e"}}`)
			}))
			t.Cleanup(server.Close)
			token, err := Endpoint{URL: server.URL, Form: form, UserAgent: "jcode/1"}.Request(t.Context(), parameters())
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"application/json", `{"code":"` + secretCode + `","expires_in":5,"grant_type":"refresh_token"}`}
			if form {
				want = []string{"application/x-www-form-urlencoded", "code=" + secretCode + "&expires_in=5&grant_type=refresh_token"}
			}
			if d := cmp.Diff(append(want, "jcode/1"), []string{media, body, agent}); d != "" {
				t.Error(d)
			}
			var account struct {
				Email string `json:"email_address"`
			}
			if !token.Field("account", &account) || account.Email != "e" || token.Field("access_token", new(string)) || token.Field("none", &account) {
				t.Errorf("%+v", account)
			}
			if token.Access.Reveal() != "a" || token.Refresh.Reveal() != "r" || token.ID.Reveal() != "i" ||
				token.ExpiresIn != 8*time.Hour || token.RefreshExpiresIn != 10*time.Second || strings.Join(token.Scopes, ",") != "x,y" {
				t.Errorf("%+v", token)
			}
			if printed := fmt.Sprintf("%v %+v %#v", token, parameters(), parameters()); strings.Contains(printed, secretCode) {
				t.Error(printed)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const js, html = "application/json", "text/html"
	for _, tt := range []struct {
		name        string
		status      int
		media, body string
		want        error
		final       bool
	}{
		{"oauth", 400, js, `{"error":"invalid_grant","error_description":"Refresh token not found"}`, &RefusedError{Status: 400, Code: "invalid_grant", Description: "Refresh token not found"}, true},
		{"object", 429, js, `{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}`, &RefusedError{Status: 429, Code: "rate_limit_error", Description: "slow"}, false},
		{"object with code", 401, js, `{"error":{"code":"refresh_token_reused","message":"m"}}`, &RefusedError{Status: 401, Code: "refresh_token_reused", Description: "m"}, true},
		{"message", 500, js, `{"message":"m"}`, &RefusedError{Status: 500, Code: "", Description: "m"}, false},
		{"bare 401", 401, js, `{}`, &RefusedError{Status: 401, Code: "", Description: ""}, true},
		{"empty", 500, js, ``, &RefusedError{Status: 500, Code: "", Description: ""}, false},
		{"repeats the code", 400, js, `{"error":"x","error_description":"no ` + secretCode + `"}`, &RefusedError{Status: 400, Code: "x", Description: "no [redacted]"}, false},
		{"repeats the grant type in its code", 400, js, `{"error":{"code":"refresh_token_reused","message":"grant refresh_token"}}`, &RefusedError{Status: 400, Code: "refresh_token_reused", Description: "grant refresh_token"}, true},
		{"no token", 200, js, `{"access_token":""}`, &RefusedError{Status: 200, Code: "", Description: "the answer holds no access token"}, false},
		{"token with a line break", 200, js, `{"access_token":"a\nb"}`, &RefusedError{Status: 200, Code: "", Description: "the answer holds no access token"}, false},
		{"cloudflare", 403, html, `<html><title>Just a moment...</title>`, &BlockedError{"", 403, "a Cloudflare page"}, false},
		{"portal", 200, html, `<html>hotel`, &BlockedError{"", 200, "a web page"}, false},
		{"text", 404, "text/plain", `what?`, &BlockedError{"", 404, "a text that is no JSON"}, false},
		{"down", 502, "text/plain", `bad gateway`, &RefusedError{Status: 502, Description: "a text that is no JSON came"}, false},
		{"down, says a page", 521, html, `<html>Web server is down. Cloudflare`, &RefusedError{Status: 521, Description: "a Cloudflare page came"}, false},
		{"a challenge", 503, html, `<html><title>Just a moment...</title>`, &BlockedError{"", 503, "a Cloudflare page"}, false},
		{"redirect", 302, "text/plain", `x`, &BlockedError{"", 302, "a redirect"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			endpoint := answering(t, tt.status, tt.media, tt.body)
			_, err := endpoint.Request(t.Context(), parameters())
			if blocked := (*BlockedError)(nil); errors.As(err, &blocked) {
				blocked.Host = ""
			}
			if refused := (*RefusedError)(nil); errors.As(err, &refused) && tt.status != http.StatusOK {
				if refused.RetryAfter != 3*time.Second {
					t.Errorf("to wait: %v", refused.RetryAfter)
				}
				refused.RetryAfter = 0
			}
			if d := cmp.Diff(tt.want, err); d != "" {
				t.Error(d)
			}
			if refused := (*RefusedError)(nil); errors.As(err, &refused) && refused.Final() != tt.final {
				t.Errorf("final: %v", refused.Final())
			}
			if strings.Contains(err.Error(), secretCode) {
				t.Error(err)
			}
		})
	}
}

// Whether the code may have been used is known only when nobody was reached.
func TestNetworkErrors(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(cut.Close)
	hanging := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hanging }))
	t.Cleanup(silent.Close)
	t.Cleanup(func() { close(hanging) })
	for _, tt := range []struct {
		name, url string
		sent      bool
	}{{"nobody listens", gone.URL, false}, {"cut", cut.URL, true}, {"silent", silent.URL, true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Endpoint{URL: tt.url, Limit: 200 * time.Millisecond}.Request(t.Context(), parameters())
			var network *NetworkError
			if !errors.As(err, &network) || network.Sent != tt.sent || strings.Contains(err.Error(), secretCode) {
				t.Errorf("%v", err)
			}
			if tt.name == "silent" && !strings.HasSuffix(err.Error(), "nothing came within 200ms") {
				t.Error(err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Endpoint{URL: silent.URL}).Request(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{`"a b"`: {"a", "b"}, `["a","b"]`: {"a", "b"}, `null`: nil, `7`: nil, ``: nil} {
		if d := cmp.Diff(want, Scopes(json.RawMessage(in))); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
}

// Whatever a token endpoint answers, what comes out can be a header's value, and
// no error repeats what was sent.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"access_token":"a","expires_in":1e400,"scope":["x"]}`, `{"error":{"type":7}}`, `{"error":"` + secretCode + `"}`, `<html>`, ``, `[]`, `{"error":null,"message":5}`,
	} {
		f.Add(200, []byte(seed))
		f.Add(400, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		response := &http.Response{StatusCode: status, Header: http.Header{}, Request: httptest.NewRequest(http.MethodPost, "http://h/", nil)}
		err := refusal(response, body, parameters())
		if err == nil || strings.Contains(err.Error(), secretCode) {
			t.Errorf("%v", err)
		}
		token, err := parseToken(response, body)
		if err == nil && (token.Access.IsZero() || !headerSafe(token.Access.Reveal()) || token.ExpiresIn < 0) {
			t.Errorf("%+v", token)
		}
	})
}

// What was sent is cut out of an error, and the words of its code are not.
func TestRefusalKeepsItsCode(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"code":"refresh_token_invalidated","message":"the token secret-token-1 of client-id is no good"}`)
	}))
	t.Cleanup(server.Close)
	parameters := Parameters{"refresh_token": sdk.NewSecret("secret-token-1")}
	parameters.Set("grant_type", "refresh_token").Set("client_id", "client-id")
	_, err := Endpoint{URL: server.URL, Form: true}.Request(t.Context(), parameters)
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Code != "refresh_token_invalidated" || !refused.Final() {
		t.Fatalf("%+v", err)
	}
	if text := err.Error(); strings.Contains(text, "secret-token-1") || !strings.Contains(text, "client-id") {
		t.Error(text)
	}
}
