package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func open(t *testing.T) (*Server, string) {
	t.Helper()
	s := New(Options{})
	mux := http.NewServeMux()
	mux.Handle("/oauth/", s)
	mux.Handle("/v1/oauth/", s)
	mux.Handle("/", s.Guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "in") })))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return s, server.URL
}

func exchange(t *testing.T, base string, body map[string]string) (int, map[string]any) {
	t.Helper()
	data, _ := json.Marshal(body)
	response, err := http.Post(base+"/v1/oauth/token", "application/json", strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var out map[string]any
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, out
}

// A code can be used once, and only with its verifier, redirect and state.
func TestCode(t *testing.T) {
	t.Parallel()
	s, base := open(t)
	sum := sha256.Sum256([]byte("verifier"))
	code := func() string {
		query := url.Values{
			"code": {"true"}, "response_type": {"code"}, "client_id": {"id"}, "redirect_uri": {base + "/oauth/code/callback"},
			"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}, "state": {"st"},
		}
		response, err := http.Get(base + "/oauth/authorize?" + query.Encode())
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.Request.URL.Query().Get("code")
	}
	good := func(code string) map[string]string {
		return map[string]string{
			"grant_type": "authorization_code", "code": code, "redirect_uri": base + "/oauth/code/callback",
			"client_id": "id", "code_verifier": "verifier", "state": "st",
		}
	}
	for _, name := range []string{"code", "redirect_uri", "client_id", "code_verifier", "state"} {
		body := good(code())
		body[name] = ""
		if status, _ := exchange(t, base, body); status != 400 {
			t.Errorf("without %s: %d", name, status)
		}
	}
	body := good(code())
	status, out := exchange(t, base, body)
	access, _ := out["access_token"].(string)
	if status != 200 || !s.Valid(access) {
		t.Errorf("%d %v", status, out)
	}
	if status, _ := exchange(t, base, body); status != 400 {
		t.Errorf("a second time: %d", status)
	}
}

// A refresh token that is used twice ends its family.
func TestRotation(t *testing.T) {
	t.Parallel()
	s, base := open(t)
	_, first := s.Issue()
	use := func(token string) (int, string) {
		status, out := exchange(t, base, map[string]string{"grant_type": "refresh_token", "client_id": "id", "refresh_token": token})
		next, _ := out["refresh_token"].(string)
		return status, next
	}
	status, second := use(first)
	if again, _ := use(first); status != 200 || again != 400 {
		t.Errorf("%d, then %d", status, again)
	}
	if status, _ := use(second); status != 400 {
		t.Errorf("the family lives: %d", status)
	}
	if n := len(s.Requests()); n != 3 {
		t.Errorf("%d requests", n)
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	s, base := open(t)
	access, _ := s.Issue()
	for _, want := range []int{200, 401} {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/v1/models", nil)
		request.Header.Set("Authorization", "Bearer "+access)
		response, err := http.DefaultClient.Do(request)
		if err != nil || response.StatusCode != want {
			t.Errorf("%v %v, want %d", response, err, want)
		}
		s.Revoke(access)
	}
}
