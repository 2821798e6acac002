package openaiauth

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/authority"
)

const redirect = "http://localhost:9876/callback"

func open(t *testing.T, options Options) (*Server, string) {
	t.Helper()
	s, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, h.URL
}

// visit opens the page without following where it sends the browser.
func visit(t *testing.T, base string, change map[string]string) *http.Response {
	t.Helper()
	q := url.Values{
		"response_type": {"code"}, "client_id": {ClientID}, "redirect_uri": {redirect},
		"scope": {"openid profile email offline_access"}, "code_challenge": {authority.Challenge("verifier")},
		"code_challenge_method": {"S256"}, "state": {"0123456789abcdef"}, "id_token_add_organizations": {"true"},
		"codex_cli_simplified_flow": {"true"}, "originator": {"codex_cli_rs"},
	}
	for name, value := range change {
		q.Set(name, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(base + "/oauth/authorize?" + q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res
}

func code(t *testing.T, base string) string {
	t.Helper()
	back, err := visit(t, base, nil).Location()
	if err != nil || back.Query().Get("state") != "0123456789abcdef" {
		t.Fatal(back, err)
	}
	return back.Query().Get("code")
}

// post sends a form or, with asJSON, JSON; the client says who it is.
func post(t *testing.T, target string, asJSON bool, fields map[string]string) (int, map[string]any) {
	t.Helper()
	body, media := "", "application/x-www-form-urlencoded"
	if asJSON {
		b, _ := json.Marshal(fields)
		body, media = string(b), "application/json"
	} else {
		form := url.Values{}
		for name, value := range fields {
			form.Set(name, value)
		}
		body = form.Encode()
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	req.Header.Set("Content-Type", media)
	req.Header.Set("User-Agent", "jcode/0")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = res.Body.Close() }()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if json.Unmarshal(content, &out) != nil {
		out = map[string]any{"page": string(content)}
	}
	return res.StatusCode, out
}

// A code can be used once, and only with its verifier, redirect and client.
func TestCode(t *testing.T) {
	t.Parallel()
	s, base := open(t, Options{})
	good := func() map[string]string {
		return map[string]string{"grant_type": "authorization_code", "client_id": ClientID, "code": code(t, base), "redirect_uri": redirect, "code_verifier": "verifier"}
	}
	for _, name := range []string{"grant_type", "client_id", "code", "redirect_uri", "code_verifier"} {
		fields := good()
		fields[name] += "x"
		if status, out := post(t, base+"/oauth/token", false, fields); status/100 != 4 {
			t.Errorf("wrong %s: %d %v", name, status, out)
		}
	}
	for _, asJSON := range []bool{false, true} {
		fields := good()
		status, out := post(t, base+"/oauth/token", asJSON, fields)
		access, _ := out["access_token"].(string)
		if status != 200 || !s.Valid(access) || AccountOf(access) != "acc-standin" || out["refresh_token"] == nil || out["id_token"] == nil {
			t.Errorf("%d %v", status, out)
		}
		if status, _ := post(t, base+"/oauth/token", asJSON, fields); status != 400 {
			t.Errorf("a second time: %d", status)
		}
	}
	if !slices.Contains(s.Secrets(), "verifier") {
		t.Error("a verifier is no secret")
	}
	if status, out := post(t, base+"/oauth/token", false, map[string]string{"grant_type": "authorization_code"}); status != 401 {
		t.Errorf("%d %v", status, out)
	}
}

func TestAuthorizationPage(t *testing.T) {
	t.Parallel()
	_, base := open(t, Options{Redirects: Registered})
	for name, change := range map[string]map[string]string{
		"not registered": {}, "client": {"client_id": "x"}, "state": {"state": "x"}, "challenge": {"code_challenge": "x"},
		"scope": {"scope": "openid"}, "flow": {"codex_cli_simplified_flow": ""}, "spelling": {"redirect_uri": "http://127.0.0.1:1455/auth/callback"},
	} {
		if res := visit(t, base, change); res.StatusCode != 400 || res.Header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if res := visit(t, base, map[string]string{"redirect_uri": Registered[1]}); res.StatusCode != 302 {
		t.Errorf("registered: %d", res.StatusCode)
	}
	_, base = open(t, Options{Deny: "access_denied", DenyDescription: "missing_codex_entitlement"})
	back, err := visit(t, base, nil).Location()
	if err != nil || back.Query().Get("error") != "access_denied" || back.Query().Get("error_description") == "" || back.Query().Get("code") != "" {
		t.Errorf("%v %v", back, err)
	}
	if res := visit(t, base, map[string]string{"redirect_uri": "https://example.com/"}); res.StatusCode != 400 {
		t.Errorf("elsewhere: %d", res.StatusCode)
	}
}

func refresh(t *testing.T, base, token string) (int, map[string]any) {
	t.Helper()
	return post(t, base+"/oauth/token", true, map[string]string{"grant_type": "refresh_token", "client_id": ClientID, "refresh_token": token})
}

// A refresh token can be used once; what it gave stays good.
func TestRotation(t *testing.T) {
	t.Parallel()
	s, base := open(t, Options{LifetimeSeconds: 60})
	first := s.IssueFor("acc-2", -time.Hour)
	if s.Valid(first.Access) || !s.Account(first.Access).Expired {
		t.Error("an expired token is valid")
	}
	status, out := refresh(t, base, first.Refresh)
	second, _ := out["refresh_token"].(string)
	access, _ := out["access_token"].(string)
	if account := s.Account(access); status != 200 || !account.Known || account.ID != "acc-2" {
		t.Errorf("%d %v %+v", status, out, account)
	}
	if status, out := refresh(t, base, first.Refresh); status != 401 || !strings.Contains(toText(out), "refresh_token_reused") {
		t.Errorf("again: %d %v", status, out)
	}
	if status, _ := refresh(t, base, second); status != 200 || !s.Valid(access) {
		t.Errorf("the second: %d", status)
	}
	for token, want := range map[string]string{"": "empty string", "rt_foreign": "refresh_token_invalidated"} {
		if status, out := refresh(t, base, token); status != 400 || !strings.Contains(toText(out), want) {
			t.Errorf("%q: %d %v", token, status, out)
		}
	}
	s.Revoke(access)
	if account := s.Account(access); account.Known || !account.Expired {
		t.Errorf("revoked: %+v", account)
	}
	if n := len(s.Requests()); n != 5 || s.Requests()[1].Code != "refresh_token_reused" {
		t.Errorf("%+v", s.Requests())
	}
}

func toText(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// What is left out is kept: the old refresh token stays good.
func TestOmittedFields(t *testing.T) {
	t.Parallel()
	s, base := open(t, Options{Omit: []string{"refresh_token", "id_token", "expires_in"}})
	tokens := s.Issue(-time.Hour)
	for range 2 {
		status, out := refresh(t, base, tokens.Refresh)
		access, _ := out["access_token"].(string)
		if status != 200 || len(out) != 3 || !s.Valid(access) {
			t.Errorf("%d %v", status, out)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	s, base := open(t, Options{})
	tokens := s.Issue(time.Hour)
	for _, name := range Failures() {
		if err := s.Fail(Failure{Name: name, Times: 2}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			status, out := refresh(t, base, tokens.Refresh)
			if want := failures[name]; status != want.status || want.code != "" && !strings.Contains(toText(out), want.code) {
				t.Errorf("%s: %d %v", name, status, out)
			}
		}
	}
	if status, _ := refresh(t, base, tokens.Refresh); status != 200 {
		t.Errorf("afterwards: %d", status)
	}
	if _, err := New(Options{Failures: []Failure{{Name: "nope"}}}); err == nil || s.Fail(Failure{Name: "nope"}) == nil {
		t.Error("an unknown failure is taken")
	}
}

func TestRobotsGetAPage(t *testing.T) {
	t.Parallel()
	s, base := open(t, Options{})
	res, err := http.Post(base+"/oauth/token", "application/json", strings.NewReader("{}"))
	if err != nil || res.StatusCode != 403 || res.Header.Get("Cf-Mitigated") != "challenge" {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
	if got := s.Requests(); len(got) != 1 || got[0].Status != 403 {
		t.Errorf("%+v", got)
	}
}

func TestDevice(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		options Options
		pending int
		page    bool
	}{
		"at once":  {Options{}, 0, false},
		"twice":    {Options{Polls: 2, OldUserCode: true}, 403, false},
		"not yet":  {Options{Polls: 1, PendingStatus: 404, Interval: 1}, 404, false},
		"the page": {Options{Polls: -1}, 403, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, base := open(t, tt.options)
			_, out := post(t, base+"/api/accounts/deviceauth/usercode", true, map[string]string{"client_id": ClientID})
			userCode, _ := out["user_code"].(string)
			if tt.options.OldUserCode {
				userCode, _ = out["usercode"].(string)
			}
			if _, isText := out["interval"].(string); !isText || userCode == "" {
				t.Fatal(out)
			}
			ask := func() (int, map[string]any) {
				id, _ := out["device_auth_id"].(string)
				return post(t, base+"/api/accounts/deviceauth/token", true, map[string]string{"device_auth_id": id, "user_code": userCode})
			}
			for range max(tt.options.Polls, -tt.options.Polls) {
				if status, got := ask(); status != tt.pending {
					t.Errorf("pending: %d %v", status, got)
				}
			}
			if tt.page && !s.Approve(userCode) {
				t.Error("no device waits")
			}
			status, got := ask()
			value := func(name string) string { text, _ := got[name].(string); return text }
			if status != 200 || authority.Challenge(value("code_verifier")) != value("code_challenge") {
				t.Fatal(status, got)
			}
			status, tokens := post(t, base+"/oauth/token", false, map[string]string{
				"grant_type": "authorization_code", "client_id": ClientID, "code": value("authorization_code"),
				"code_verifier": value("code_verifier"), "redirect_uri": deviceRedirect,
			})
			if status != 200 || tokens["access_token"] == nil {
				t.Error(status, tokens)
			}
		})
	}
	_, base := open(t, Options{NoDevice: true})
	if status, _ := post(t, base+"/api/accounts/deviceauth/usercode", true, map[string]string{"client_id": ClientID}); status != 404 {
		t.Errorf("not enabled: %d", status)
	}
}

func TestRevokeAndInspection(t *testing.T) {
	t.Parallel()
	s, base := open(t, Options{})
	tokens := s.Issue(time.Hour)
	for _, token := range []string{tokens.Access, tokens.Refresh} {
		if status, _ := post(t, base+"/oauth/revoke", true, map[string]string{"token": token, "client_id": ClientID}); status != 200 {
			t.Error(status)
		}
	}
	if status, _ := refresh(t, base, tokens.Refresh); status != 400 || s.Valid(tokens.Access) || s.Revocations() != 2 {
		t.Errorf("%d after the revocation", status)
	}
	_, file := post(t, base+InspectionPrefix+"issue?expires_in=-60&account=acc-9", true, nil)
	stored, _ := file["tokens"].(map[string]any)
	access, _ := stored["access_token"].(string)
	if stored["account_id"] != "acc-9" || AccountOf(access) != "acc-9" || s.Valid(access) || file["last_refresh"] == nil || file["auth_mode"] != "chatgpt" {
		t.Error(file)
	}
	_, file = post(t, base+InspectionPrefix+"issue?form=bare", true, nil)
	if stored, _ := file["tokens"].(map[string]any); stored["expires_at"] == nil || file["last_refresh"] != nil {
		t.Error(file)
	}
	if status, _ := post(t, base+InspectionPrefix+"fail?name=server_error&times=1", true, nil); status != 200 {
		t.Error(status)
	}
	if status, _ := refresh(t, base, "x"); status != 500 {
		t.Error(status)
	}
	for _, path := range []string{"issue?expires_in=x", "fail?name=nope", "fail?times=x"} {
		if status, _ := post(t, base+InspectionPrefix+path, true, nil); status != 400 {
			t.Errorf("%s: %d", path, status)
		}
	}
	res, err := http.Get(base + InspectionPrefix + "secrets")
	if err != nil {
		t.Fatal(errors.Unwrap(err))
	}
	defer func() { _ = res.Body.Close() }()
	var secrets []string
	if json.NewDecoder(res.Body).Decode(&secrets) != nil || !slices.Contains(secrets, tokens.Refresh) || !slices.Contains(secrets, tokens.ID) {
		t.Errorf("%d secrets", len(secrets))
	}
}
