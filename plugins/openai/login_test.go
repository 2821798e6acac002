package openai

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// person is a LoginUI whose user does something with the page.
type person struct {
	sdk.LoginUI
	visit  func(page url.Values) // called with the page's query
	pastes []string              // answers; @STATE and @REDIRECT are those of the page

	mu      sync.Mutex
	notices []string
	page    *url.URL
	code    sdk.DeviceCode
	waiting sdk.Progress
}

func (u *person) Notice(_ context.Context, text string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.notices = append(u.notices, text)
	return nil
}

func (u *person) CallbackListening(context.Context, sdk.Callback) error { return nil }

func (u *person) Progress(_ context.Context, p sdk.Progress) error {
	u.waiting = p
	return nil
}

func (u *person) DeviceCode(_ context.Context, code sdk.DeviceCode) error {
	u.code = code
	return nil
}

func (u *person) OpenURL(_ context.Context, page sdk.OpenURL) (bool, error) {
	parsed, err := url.Parse(page.URL)
	u.mu.Lock()
	u.page = parsed
	u.mu.Unlock()
	if u.visit != nil {
		go u.visit(parsed.Query())
	}
	return u.visit != nil, err
}

func (u *person) Prompt(ctx context.Context, _ sdk.Prompt) (sdk.Secret, error) {
	u.mu.Lock()
	if len(u.pastes) == 0 {
		u.mu.Unlock()
		<-ctx.Done()
		return sdk.Secret{}, context.Cause(ctx)
	}
	defer u.mu.Unlock()
	text := u.pastes[0]
	u.pastes = u.pastes[1:]
	if text == "@NOBODY" {
		return sdk.Secret{}, &sdk.Error{Kind: sdk.KindInteractionRequired}
	}
	q := u.page.Query()
	return sdk.NewSecret(strings.NewReplacer("@STATE", q.Get("state"), "@REDIRECT", q.Get("redirect_uri")).Replace(text)), nil
}

func (u *person) said() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return strings.Join(u.notices, "\n")
}

// freePort is one that nobody has just now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // of a tcp listener
}

// loginWorld is a world whose logins come back to a port of its own.
func loginWorld(t *testing.T, auth string, answers ...string) (*world, string) {
	t.Helper()
	w := newWorld(t, auth, answers...)
	redirect := "http://localhost:" + strconv.Itoa(freePort(t)) + "/back"
	w.configure(map[string]string{redirectVariable: redirect}, nil)
	return w, redirect
}

func visit(address string) string {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(address)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	text, _ := io.ReadAll(response.Body)
	return response.Status + " " + string(text)
}

// The browser comes back by itself, after strays, a pre-connect and wrong states;
// the code contains what must be escaped.
func TestLoginByBrowser(t *testing.T) {
	t.Parallel()
	w, redirect := loginWorld(t, authJSON("old", testNow.Add(time.Hour)), tokens("new"))
	page := make(chan string, 1)
	ui := &person{visit: func(q url.Values) {
		base := strings.TrimSuffix(redirect, "/back")
		idle, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err == nil {
			defer func() { _ = idle.Close() }()
		}
		for path, want := range map[string]string{"/favicon.ico": "404", "/back?code=x&state=wrong": "400", "/back": "400"} {
			if got := visit(base + path); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s", path, got)
			}
		}
		page <- visit(redirect + "?" + url.Values{"code": {"ac/de+f=="}, "state": {q.Get("state")}}.Encode())
	}}
	account, err := w.Login(t.Context(), sdk.LoginRequest{CanOpenBrowser: true, HasTerminal: true}, ui)
	if err != nil {
		t.Fatal(err)
	}
	if account.Label != "someone@example.com" || account.Plan != "plus" || account.Stored != w.auth {
		t.Errorf("%+v", account)
	}
	if got := <-page; !strings.HasPrefix(got, "200") || !strings.Contains(got, "You are logged in. ") || strings.Contains(got, "signature") {
		t.Error(got)
	}
	q, grant := ui.page.Query(), w.grants[0]
	for name, want := range map[string]string{
		"response_type": "code", "client_id": clientID, "redirect_uri": redirect, "scope": loginScopes, "code_challenge_method": "S256",
		"id_token_add_organizations": "true", "codex_cli_simplified_flow": "true", "originator": "codex_cli_rs",
	} {
		if q.Get(name) != want {
			t.Errorf("%s: %q", name, q.Get(name))
		}
	}
	if grant.Get("grant_type") != "authorization_code" || grant.Get("code") != "ac/de+f==" || grant.Get("redirect_uri") != redirect ||
		grant.Get("client_id") != clientID || len(grant.Get("code_verifier")) < 43 || grant.Get("code_verifier") == q.Get("state") {
		t.Errorf("%v", grant)
	}
	if file := w.read(w.auth); !strings.Contains(file, "refresh-new") || !strings.Contains(file, `"login_owner_id": "own"`) || !strings.Contains(file, "1.0") {
		t.Error(file)
	}
	if ui.waiting.Deadline.IsZero() || !strings.Contains(ui.said(), registeredRedirect) {
		t.Errorf("%+v %s", ui.waiting, ui.said())
	}
	if l, err := net.Listen("tcp", strings.TrimSuffix(strings.TrimPrefix(redirect, "http://"), "/back")); err != nil {
		t.Error("the listener stays:", err)
	} else {
		_ = l.Close()
	}
}

func TestLoginByPaste(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		pastes []string
		err    string
	}{
		{"address", []string{"@REDIRECT?code=c&state=@STATE"}, ""},
		{"query", []string{"code=c&state=@STATE"}, ""},
		{"quoted, in the marks of a terminal", []string{"\x1b[200~ '@REDIRECT?state=@STATE&code=c' \x1b[201~"}, ""},
		{"with a fragment", []string{"@REDIRECT?code=c&state=@STATE#_=_"}, ""},
		{"wrong, then right", []string{"the-code", "@REDIRECT?code=c&state=old", "code=c&state=@STATE"}, ""},
		{"always a bare code", []string{"c", "c", "c"}, "paste the whole address"},
		{"always another login's", []string{"code=c&state=x", "code=c&state=x", "code=c&state=x"}, "another login"},
		{"refused on the page", []string{"@REDIRECT?error=access_denied&error_description=missing_codex_entitlement&state=@STATE"}, "does not include Codex"},
		{"refused for another login", []string{"?error=access_denied&state=x", "code=c&state=@STATE"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, _ := loginWorld(t, "", tokens("new"))
			_, err := w.Login(t.Context(), sdk.LoginRequest{HasTerminal: true}, &person{pastes: tt.pastes})
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || len(w.grants) != 0 || sdk.AsError(err).Remedy == "" {
					t.Errorf("%v; %v", err, w.grants)
				}
				return
			}
			if err != nil || w.grants[0].Get("code") != "c" {
				t.Fatal(err, w.grants)
			}
		})
	}
}

func TestLoginRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, query, answer, want string
		kind                      sdk.Kind
	}{
		{"on the page", "error=access_denied&error_description=you+said+no", "", "you said no", sdk.KindPermissionDenied},
		{"no code", "", "", "no authorization code", sdk.KindUnauthenticated},
		{"code spent", "code=c", `400 {"error":{"message":"spent","type":"invalid_request_error","code":"token_exchange_user_error"}}`, "the vendor did not accept the login: the token endpoint refused (HTTP 400, token_exchange_user_error): spent", sdk.KindUnauthenticated},
		{"no entitlement", "error=access_denied&error_description=Your+workspace:+Missing_Codex_Entitlement", "", "does not include Codex", sdk.KindPermissionDenied},
		{"network", "code=c", `403 <html>Just a moment`, "the network, not the login", sdk.KindNetwork},
		{"down", "code=c", `502 {}`, "just now", sdk.KindOverloaded},
		{"half a login", "code=c", `{"access_token":"x"}`, "neither", sdk.KindUnauthenticated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, redirect := loginWorld(t, "", tt.answer)
			page := make(chan string, 1)
			ui := &person{visit: func(q url.Values) { page <- visit(redirect + "?state=" + q.Get("state") + "&" + tt.query) }}
			_, err := w.Login(t.Context(), sdk.LoginRequest{CanOpenBrowser: true}, ui)
			if e := sdk.AsError(err); e == nil || e.Kind != tt.kind || !strings.Contains(e.Error(), tt.want) {
				t.Errorf("%+v", err)
			}
			if got := <-page; strings.Contains(got, "You are logged in. ") {
				t.Error(got)
			}
			if _, err := os.Stat(w.auth); err == nil {
				t.Error("something was stored")
			}
		})
	}
}

// A port that somebody else has is said so, and pasting still works; of the two
// registered ports the other one is taken.
func TestLoginPortBusy(t *testing.T) {
	t.Parallel()
	w, redirect := loginWorld(t, "", tokens("new"))
	l, err := net.Listen("tcp", strings.TrimSuffix(strings.TrimPrefix(redirect, "http://localhost"), "/back"))
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = l.Close() }()
	ui := &person{pastes: []string{"@REDIRECT?code=c&state=@STATE"}}
	if _, err := w.Login(t.Context(), sdk.LoginRequest{HasTerminal: true}, ui); err != nil {
		t.Fatal(err)
	}
	if port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port); !strings.Contains(ui.said(), "Port "+port+" must be free") {
		t.Error(ui.said())
	}
}

// When nobody comes back in time, the login says what may be wrong, and a paste is
// still taken.
func TestLoginTimeout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		pastes []string
		ok     bool
	}{{"then a paste", nil, true}, {"nobody to ask", []string{"@NOBODY", "@NOBODY"}, false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, redirect := loginWorld(t, "", tokens("new"))
			w.configure(map[string]string{redirectVariable: redirect}, map[string]string{"login_timeout": "50ms"})
			ui := &late{person: person{pastes: tt.pastes}, address: strings.TrimSuffix(strings.TrimPrefix(redirect, "http://"), "/back")}
			_, err := w.Login(t.Context(), sdk.LoginRequest{HasTerminal: true}, ui)
			if (err == nil) != tt.ok || err != nil && (sdk.KindOf(err) != sdk.KindUnauthenticated || sdk.AsError(err).Remedy != loginRemedy) {
				t.Errorf("%+v", err)
			}
			if ui.listens {
				t.Error("a browser that comes late is let in, and told that all is well")
			}
			if left := time.Until(ui.pasting.Deadline); tt.ok && (ui.pasting.Text != "waiting for the address to be pasted" || left < time.Minute) {
				t.Errorf("%+v", ui.pasting)
			}
			port := strings.TrimSuffix(strings.TrimPrefix(redirect, "http://localhost:"), "/back")
			if !strings.Contains(ui.said(), "Port "+port+" must be free and the browser must reach "+redirect) || !strings.Contains(ui.said(), registeredRedirect) {
				t.Error(ui.said())
			}
		})
	}
}

// late pastes only after it was told that nobody came.
type late struct {
	person
	address string
	listens bool
	pasting sdk.Progress // what is waited for when a paste is asked for again
}

func (u *late) Prompt(ctx context.Context, prompt sdk.Prompt) (sdk.Secret, error) {
	if strings.Contains(u.said(), "No answer came") {
		u.pasting = u.waiting
	}
	return u.person.Prompt(ctx, prompt)
}

func (u *late) Notice(ctx context.Context, text string) error {
	if strings.HasPrefix(text, "No answer came") {
		if c, err := net.Dial("tcp", u.address); err == nil {
			u.listens = true
			_ = c.Close()
		}
		u.mu.Lock()
		if len(u.pastes) == 0 {
			u.pastes = []string{"@REDIRECT?code=c&state=@STATE"}
		}
		u.mu.Unlock()
	}
	return u.person.Notice(ctx, text)
}

// Giving up leaves no listener and no file.
func TestLoginCancelled(t *testing.T) {
	t.Parallel()
	w, redirect := loginWorld(t, "", tokens("new"))
	ctx, cancel := context.WithCancel(t.Context())
	ui := &person{visit: func(url.Values) { cancel() }}
	if _, err := w.Login(ctx, sdk.LoginRequest{CanOpenBrowser: true}, ui); sdk.KindOf(err) != sdk.KindCancelled {
		t.Error(err)
	}
	if _, err := os.Stat(w.auth); err == nil {
		t.Error("a file")
	}
	l, err := net.Listen("tcp", strings.TrimSuffix(strings.TrimPrefix(redirect, "http://"), "/back"))
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}

func TestLoginByDevice(t *testing.T) {
	t.Parallel()
	const start = `{"device_auth_id":"dev-1","user_code":"ABCD-1234","interval":"7"}`
	for _, tt := range []struct {
		name    string
		request sdk.LoginRequest
		device  []string
		kind    sdk.Kind
		want    string
	}{
		{"asked for", sdk.LoginRequest{Method: "device"}, []string{start, `403 {}`, `404 {}`, `{"authorization_code":"dc","code_verifier":"dv"}`}, 0, ""},
		{"by itself over SSH", sdk.LoginRequest{RemoteShell: true}, []string{`{"device_auth_id":"d","usercode":"X"}`, `{"authorization_code":"dc","code_verifier":"dv"}`}, 0, ""},
		{"not enabled", sdk.LoginRequest{Method: "device"}, []string{`404 {}`}, sdk.KindPermissionDenied, "not enabled"},
		{"refused", sdk.LoginRequest{Method: "device"}, []string{start, `400 {}`}, sdk.KindUnauthenticated, "HTTP 400"},
		{"down", sdk.LoginRequest{Method: "device"}, []string{`500 {}`}, sdk.KindOverloaded, "HTTP 500"},
		{"a page", sdk.LoginRequest{Method: "device"}, []string{`403 <html>`}, sdk.KindNetwork, "the network"},
		{"too often", sdk.LoginRequest{Method: "device"}, []string{`429 {}`}, sdk.KindRateLimited, "HTTP 429"},
		{"an array", sdk.LoginRequest{Method: "device"}, []string{`[1]`}, sdk.KindNetwork, "login: the login server's answer cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", tokens("new"))
			w.device = tt.device
			ui := &person{}
			account, err := w.Login(t.Context(), tt.request, ui)
			if tt.want != "" {
				if e := sdk.AsError(err); e == nil || e.Kind != tt.kind || !strings.Contains(e.Error(), tt.want) || strings.Contains(e.Error(), "Go value") || e.Remedy == "" {
					t.Errorf("%+v", err)
				}
				return
			}
			if err != nil || account.Label != "someone@example.com" {
				t.Fatal(err, account)
			}
			if g := w.grants[0]; g.Get("code") != "dc" || g.Get("code_verifier") != "dv" || g.Get("redirect_uri") != w.url+"/deviceauth/callback" {
				t.Errorf("%v", g)
			}
			if ui.code.VerificationURL != w.url+"/codex/device" || ui.code.UserCode == "" || ui.code.ExpiresIn != 15*time.Minute {
				t.Errorf("%+v", ui.code)
			}
			if slept := w.clock.slept; len(slept) != len(tt.device)-1 || slept[0] != 7*time.Second && slept[0] != 5*time.Second {
				t.Errorf("%v", slept)
			}
		})
	}
}

// Without a person nothing waits, and unusable settings are told before anything.
func TestLoginNeedsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	for _, request := range []sdk.LoginRequest{{Headless: true}, {Headless: true, Method: "device"}, {Headless: true, RemoteShell: true}} {
		_, err := w.Login(t.Context(), request, nil)
		if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindInteractionRequired || e.Remedy != loginRemedy {
			t.Errorf("%+v: %+v", request, err)
		}
	}
	if _, err := w.Login(t.Context(), sdk.LoginRequest{Method: "carrier-pigeon"}, nil); sdk.KindOf(err) != sdk.KindConfiguration {
		t.Error(err)
	}
	for _, redirect := range []string{"https://localhost:1/x", "http://example.com:1/x", "http://localhost/x", "http://localhost:1/x?y", "localhost:99", "http://localhost:99999/"} {
		w.configure(map[string]string{redirectVariable: redirect}, nil)
		if _, err := w.Login(t.Context(), sdk.LoginRequest{HasTerminal: true}, &person{}); sdk.KindOf(err) != sdk.KindConfiguration || !strings.Contains(err.Error(), redirectVariable) {
			t.Errorf("%s: %v", redirect, err)
		}
	}
	for _, base := range []string{"http://auth.openai.com", "https://evil.example", "https://auth.openai.com.evil.example"} {
		w.configure(map[string]string{authVariable: base}, nil)
		if _, err := w.Login(t.Context(), sdk.LoginRequest{HasTerminal: true}, &person{}); sdk.KindOf(err) != sdk.KindConfiguration || !strings.Contains(err.Error(), authVariable) {
			t.Errorf("%s: %v", base, err)
		}
	}
}
