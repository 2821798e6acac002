package claude

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

// tokenServer is a token endpoint that answers each request with the next of its
// answers, and keeps what it was sent.
type tokenServer struct {
	url string

	mu       sync.Mutex
	answers  []string
	requests []map[string]string
	agents   []string
}

const goodTokens = `{"access_token":"sk-ant-oat01-new-access","refresh_token":"sk-ant-ort01-new-refresh","expires_in":28800,` +
	`"scope":"user:inference user:profile","account":{"email_address":"me@example.com"}}`

// newTokenServer takes answers of the form "STATUS BODY"; the API at the same
// address answers in a stream, and the tokens in refused are refused there.
func newTokenServer(t testing.TB, refused string, answers ...string) *tokenServer {
	t.Helper()
	s := &tokenServer{answers: answers}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/oauth/token", s.token)
	mux.HandleFunc("/api/oauth/profile", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"account":{"email":"profile@example.com"},"organization":{"organization_type":"claude_max"}}`)
	})
	mux.HandleFunc("/v1/messages", func(w http.ResponseWriter, r *http.Request) {
		if token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); refused != "" && strings.Contains(refused, token) {
			refuse(401)(w, r)
			return
		}
		s.mu.Lock()
		s.agents = append(s.agents, r.UserAgent()+" "+r.URL.RawQuery+" "+r.Header.Get("Anthropic-Beta")+r.Header.Get("X-Api-Key"))
		s.mu.Unlock()
		streamHandler(helloStream)(w, r)
	})
	s.url = serve(t, mux)
	return s
}

func (s *tokenServer) token(w http.ResponseWriter, r *http.Request) {
	var body map[string]string
	_ = json.NewDecoder(r.Body).Decode(&body)
	s.mu.Lock()
	body["user-agent"] = r.UserAgent()
	answer := s.answers[min(len(s.requests), len(s.answers)-1)]
	s.requests = append(s.requests, body)
	s.mu.Unlock()
	status := 200
	if _, err := fmt.Sscanf(answer, "%d", &status); err == nil {
		_, answer, _ = strings.Cut(answer, " ")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

// ownedProvider is a provider in a home with files, pointed at a server.
func ownedProvider(t testing.TB, s *tokenServer, files map[string]string) (*Provider, string) {
	t.Helper()
	dir := home(t, files)
	p := New("1.2.3")
	p.home = func() string { return dir }
	fake := (&fakeClock{}).clock()
	fake.Now = func() time.Time { return at }
	p.clock = fake
	state := filepath.Join(dir, "state")
	if err := os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
	err := p.Configure(t.Context(), sdk.Config{
		HomeDir: filepath.Join(dir, ".jcode"), StateDir: state,
		Variables: sdk.Variables{
			directVariable: sdk.NewSecret("1"), baseVariable: sdk.NewSecret(s.url), authVariable: sdk.NewSecret(s.url + "/"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, dir
}

// person is a LoginUI whose user does something with the page.
type person struct {
	sdk.LoginUI
	visit   func(page *url.URL) // called with the page; may come back by itself
	pastes  []string            // answers; @STATE and @REDIRECT are those of the page
	notices []string

	mu   sync.Mutex
	page *url.URL
}

func (u *person) Notice(_ context.Context, text string) error {
	u.notices = append(u.notices, text)
	return nil
}

func (u *person) CallbackListening(context.Context, sdk.Callback) error { return nil }

func (u *person) OpenURL(_ context.Context, page sdk.OpenURL) (bool, error) {
	parsed, err := url.Parse(page.URL)
	u.mu.Lock()
	u.page = parsed
	u.mu.Unlock()
	if u.visit != nil {
		u.visit(parsed)
	}
	return true, err
}

func (u *person) Prompt(ctx context.Context, _ sdk.Prompt) (sdk.Secret, error) {
	if len(u.pastes) == 0 {
		<-ctx.Done()
		return sdk.Secret{}, ctx.Err()
	}
	text := u.pastes[0]
	u.pastes = u.pastes[1:]
	u.mu.Lock()
	defer u.mu.Unlock()
	text = strings.ReplaceAll(text, "@STATE", u.page.Query().Get("state"))
	return sdk.NewSecret(strings.ReplaceAll(text, "@REDIRECT", u.page.Query().Get("redirect_uri"))), nil
}

func TestLoginByPaste(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		pastes []string
		err    string
	}{
		{"code and state", []string{"the-code#@STATE"}, ""},
		{"address", []string{"@REDIRECT?code=the-code&state=@STATE"}, ""},
		{"query", []string{"code=the-code&state=@STATE"}, ""},
		{"code alone", []string{"the-code"}, ""},
		{"wrong, then right", []string{"not a <code>", "old#other", "the-code#@STATE"}, ""},
		{"always another login's", []string{"a#x", "a#x", "a#x"}, "another login"},
		{"refused on the page", []string{"?error=access_denied&state=@STATE"}, "access_denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newTokenServer(t, "", goodTokens)
			p, dir := ownedProvider(t, s, map[string]string{ownPath: `{"other":{"x":1.0},"anthropic":{"type":"api","key":"old"}}`})
			ui := &person{pastes: tt.pastes}
			account, err := p.Login(t.Context(), sdk.LoginRequest{HasTerminal: true}, ui)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || sdk.AsError(err).Remedy != loginRemedy || len(s.requests) != 0 {
					t.Errorf("%v; %v", err, s.requests)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			q := ui.page.Query()
			want := map[string]string{
				"grant_type": "authorization_code", "code": "the-code", "redirect_uri": s.url + "/oauth/code/callback",
				"client_id": clientID, "state": q.Get("state"), "user-agent": "jcode/1.2.3",
			}
			got := s.requests[0]
			if verifier := got["code_verifier"]; len(verifier) != 43 || verifier == got["state"] {
				t.Errorf("verifier %q", verifier)
			}
			delete(got, "code_verifier")
			if d := cmp.Diff(want, got); d != "" || q.Get("code") != "true" || q.Get("scope") != loginScopes || ui.page.Path != "/oauth/authorize" {
				t.Errorf("%s %s", d, ui.page)
			}
			path := filepath.Join(dir, ownPath)
			if d := cmp.Diff(sdk.Account{Label: "me@example.com", Plan: "max", Stored: path}, account); d != "" {
				t.Error(d)
			}
			text, _ := os.ReadFile(path)
			if s := string(text); !strings.Contains(s, "1.0") || strings.Contains(s, "old") || !strings.Contains(s, `"expires": 1700028800000`) {
				t.Error(s)
			}
			status, err := p.AuthStatus(t.Context(), false)
			if err != nil || status.State != sdk.AuthOK || status.Account != "me@example.com" || status.Plan != "max" || status.Source != path {
				t.Errorf("%+v %v", status, err)
			}
			removed, err := p.Logout(t.Context())
			if d := cmp.Diff([]sdk.RemovedCredential{{Path: path, Entry: "anthropic"}}, removed); d != "" || err != nil {
				t.Error(d, err)
			}
			if text, _ := os.ReadFile(path); !strings.Contains(string(text), "1.0") || strings.Contains(string(text), "sk-ant") {
				t.Error(string(text))
			}
		})
	}
}

// With a browser here the page comes back by itself, while the question waits.
func TestLoginByCallback(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t, "", goodTokens)
	p, _ := ownedProvider(t, s, nil)
	var browser sync.WaitGroup
	defer browser.Wait()
	ui := &person{visit: func(page *url.URL) {
		q := page.Query()
		browser.Go(func() {
			response, err := (&http.Client{Timeout: 10 * time.Second}).Get(q.Get("redirect_uri") + "?code=by-browser&state=" + q.Get("state"))
			if err != nil {
				t.Error(err)
				return
			}
			_ = response.Body.Close()
		})
	}}
	if _, err := p.Login(t.Context(), sdk.LoginRequest{CanOpenBrowser: true}, ui); err != nil {
		t.Fatal(err)
	}
	got := s.requests[0]
	if got["code"] != "by-browser" || got["redirect_uri"] != ui.page.Query().Get("redirect_uri") || !strings.HasPrefix(got["redirect_uri"], "http://localhost:") {
		t.Errorf("%v", got)
	}
	if !strings.Contains(strings.Join(ui.notices, ""), url.QueryEscape(s.url+"/oauth/code/callback")) {
		t.Errorf("no address for another machine: %v", ui.notices)
	}
}

// While the browser is waited for, what the other page shows can be pasted.
func TestPasteBeatsCallback(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t, "", goodTokens)
	p, _ := ownedProvider(t, s, nil)
	if _, err := p.Login(t.Context(), sdk.LoginRequest{CanOpenBrowser: true}, &person{pastes: []string{"pasted#@STATE"}}); err != nil {
		t.Fatal(err)
	}
	if got := s.requests[0]; got["code"] != "pasted" || got["redirect_uri"] != s.url+"/oauth/code/callback" {
		t.Errorf("%v", got)
	}
}

func TestLoginFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, answer, want string
		kind               sdk.Kind
	}{
		{"refused", `400 {"error":"invalid_grant","error_description":"spent"}`, "the code was not accepted: the token endpoint refused (HTTP 400, invalid_grant): spent", sdk.KindUnauthenticated},
		{"no inference", `{"access_token":"a","scope":"user:profile"}`, "user:inference", sdk.KindPermissionDenied},
		{"blocked", `403 <html>cloudflare Just a credfile.Moment`, "the network", sdk.KindNetwork},
		{"refused for ever", `429 {"error":{"type":"rate_limit_error"}}`, "waiting may not help", sdk.KindRateLimited},
		{"broken", `500 {}`, "HTTP 500", sdk.KindOverloaded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newTokenServer(t, "", tt.answer)
			p, dir := ownedProvider(t, s, nil)
			_, err := p.Login(t.Context(), sdk.LoginRequest{}, &person{pastes: []string{"the-code#@STATE"}})
			if sdk.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "the-code") || len(s.requests) != 1 {
				t.Errorf("%v; %d requests", err, len(s.requests))
			}
			if _, err := os.Stat(filepath.Join(dir, ownPath)); err == nil {
				t.Error("something was stored")
			}
		})
	}
}

func TestLoginThatDoesNotAsk(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t, "", goodTokens)
	for _, tt := range []struct {
		name    string
		request sdk.LoginRequest
		auth    string
		kind    sdk.Kind
		remedy  string
	}{
		{"headless", sdk.LoginRequest{Headless: true}, "", sdk.KindInteractionRequired, loginRemedy},
		{"unknown method", sdk.LoginRequest{Method: "smoke"}, "", sdk.KindConfiguration, loginRemedy},
		{"a token as key", sdk.LoginRequest{APIKey: sdk.NewSecret(liveToken)}, "", sdk.KindConfiguration, "key"},
		{"no key", sdk.LoginRequest{APIKey: sdk.NewSecret("a b")}, "", sdk.KindConfiguration, "key"},
		{"foreign address", sdk.LoginRequest{}, "https://login.example", sdk.KindConfiguration, "unset " + authVariable},
		{"plain http", sdk.LoginRequest{}, "http://login.example", sdk.KindConfiguration, "unset " + authVariable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := ownedProvider(t, s, nil)
			if tt.auth != "" {
				p.config.Variables[authVariable] = sdk.NewSecret(tt.auth)
			}
			_, err := p.Login(t.Context(), tt.request, nil)
			if sdk.KindOf(err) != tt.kind || !strings.Contains(sdk.AsError(err).Remedy, tt.remedy) || strings.Contains(fmt.Sprint(err), liveToken) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A stored key is used like one of the environment.
func TestLoginWithKey(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t, "", goodTokens)
	p, dir := ownedProvider(t, s, nil)
	account, err := p.Login(t.Context(), sdk.LoginRequest{APIKey: sdk.NewSecret(testKey + "\n"), Headless: true}, nil)
	if err != nil || account.Stored != filepath.Join(dir, ownPath) {
		t.Fatalf("%+v %v", account, err)
	}
	if _, err := p.Generate(t.Context(), hello(), &recorder{}); err != nil {
		t.Fatal(err)
	}
	if want := "jcode/1.2.3  " + testKey; s.agents[0] != want {
		t.Errorf("%q, want %q", s.agents[0], want)
	}
}

func TestDeadlineOfALogin(t *testing.T) {
	t.Parallel()
	if err := loginError(errLoginTime); sdk.KindOf(err) != sdk.KindUnauthenticated {
		t.Error(err)
	}
	if err := loginError(io.ErrClosedPipe); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

// A file that cannot be parsed is moved aside, and the user is told where to.
func TestLoginOverABrokenFile(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t, "", goodTokens)
	p, dir := ownedProvider(t, s, map[string]string{ownPath: `{"other": broken`})
	ui := &person{}
	if _, err := p.Login(t.Context(), sdk.LoginRequest{APIKey: sdk.NewSecret(testKey)}, ui); err != nil {
		t.Fatal(err)
	}
	moved, err := filepath.Glob(filepath.Join(dir, ownPath+".corrupt-*"))
	if err != nil || len(moved) != 1 || !strings.Contains(strings.Join(ui.notices, ""), moved[0]) {
		t.Fatalf("%v %v, told %v", moved, err, ui.notices)
	}
	if text, _ := os.ReadFile(moved[0]); string(text) != `{"other": broken` {
		t.Errorf("%s", text)
	}
}

// A logout that cannot see what is in the file must not say that nothing was.
func TestLogoutOfAFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t, "", goodTokens)
	for name, content := range map[string]string{
		"broken": `{"anthropic":{"access":"` + liveToken, "no object": `["` + liveToken + `"]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, dir := ownedProvider(t, s, map[string]string{ownPath: content})
			removed, err := p.Logout(t.Context())
			path := filepath.Join(dir, ownPath)
			if e := sdk.AsError(err); len(removed) != 0 || e.Kind != sdk.KindConfiguration || !strings.Contains(e.Remedy, path) || strings.Contains(err.Error(), liveToken) {
				t.Errorf("%v, %+v", removed, err)
			}
			if now, _ := os.ReadFile(path); string(now) != content {
				t.Errorf("the file is now %q", now)
			}
		})
	}
	t.Run("a folder", func(t *testing.T) {
		t.Parallel()
		p, _ := ownedProvider(t, s, map[string]string{ownPath + "/x": "{}"})
		if _, err := p.Logout(t.Context()); sdk.KindOf(err) != sdk.KindConfiguration {
			t.Error(err)
		}
	})
	for name, files := range map[string]map[string]string{"no file": nil, "somebody else's": {ownPath: `{"other":1}`}} {
		p, _ := ownedProvider(t, s, files)
		if removed, err := p.Logout(t.Context()); len(removed) != 0 || err != nil {
			t.Errorf("%s: %v %v", name, removed, err)
		}
	}
}
