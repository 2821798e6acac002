package openai

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// Every shape of the file, what is made of it, and where its requests would go.
func TestAuthFileShapes(t *testing.T) {
	t.Parallel()
	access := jwt("access", "acc-1", testNow.Add(time.Hour))
	old := jwt("access", "acc-1", testNow.Add(-time.Hour))
	for _, tt := range []struct {
		name, file, env string
		state           sdk.AuthState
		method, host    string
		account         string
		reason          string // of the file, when it is passed over
	}{
		{"codex's own", authJSON("x", testNow.Add(time.Hour)), "", sdk.AuthOK, "oauth", "backend", "acc-1", ""},
		{"jcode's former", `{"tokens":{"access_token":"` + access + `","refresh_token":"r","expires_at":1767409445000}}`, "", sdk.AuthOK, "oauth", "backend", "acc-1", ""},
		{"id token alone", `{"tokens":{"access_token":"` + access + `","id_token":"` + access + `"}}`, "", sdk.AuthOK, "oauth", "backend", "acc-1", ""},
		{"access token alone", `{"tokens":{"access_token":"plain-access-token"}}`, "", sdk.AuthOK, "oauth", "v1", "", ""},
		{"a broken id token", `{"tokens":{"access_token":"` + access + `","id_token":"broken","refresh_token":"r"}}`, "", sdk.AuthOK, "oauth", "backend", "acc-1", ""},
		{"account in the file counts", `{"tokens":{"access_token":"` + access + `","refresh_token":"r","account_id":"acc-9"}}`, "", sdk.AuthOK, "oauth", "backend", "acc-9", ""},
		{"key alone", `{"OPENAI_API_KEY":"sk-file"}`, "", sdk.AuthOK, "api_key", "v1", "", ""},
		{"key and tokens", `{"OPENAI_API_KEY":"sk-file","tokens":{"access_token":"` + access + `","refresh_token":"r"}}`, "", sdk.AuthOK, "oauth", "backend", "acc-1", ""},
		{"key and tokens, key meant", `{"auth_mode":"apikey","OPENAI_API_KEY":"sk-file","tokens":{"access_token":"` + access + `","refresh_token":"r"}}`, "", sdk.AuthOK, "api_key", "v1", "", ""},
		{"key meant and missing", `{"auth_mode":"apikey","OPENAI_API_KEY":null,"tokens":{"access_token":"` + access + `","refresh_token":"r"}}`, "", sdk.AuthOK, "oauth", "backend", "acc-1", ""},
		{"expired, can be renewed", `{"tokens":{"access_token":"` + old + `","refresh_token":"r"}}`, "", sdk.AuthOK, "oauth", "backend", "acc-1", ""},
		{"expired for good", `{"tokens":{"access_token":"` + old + `","id_token":"` + old + `"}}`, "", sdk.AuthExpired, "oauth", "", "", "expired at 2026-01-02T02:04:05Z"},
		{"unread expiry, old", `{"tokens":{"access_token":"opaque","refresh_token":"r"},"last_refresh":"2025-01-01T00:00:00.123456789Z"}`, "", sdk.AuthOK, "oauth", "backend", "acc-1", ""},
		{"blanked", `{"tokens":{"access_token":"","refresh_token":"","id_token":""}}`, "", sdk.AuthMissing, "", "", "", "logged out: its tokens are empty"},
		{"tokens null", `{"OPENAI_API_KEY":null,"tokens":null}`, "", sdk.AuthMissing, "", "", "", "holds neither a login nor a key"},
		{"tokens of another type", `{"tokens":[1]}`, "", sdk.AuthMissing, "", "", "", "logged out: its tokens are empty"},
		{"fields of other types", `{"auth_mode":3,"OPENAI_API_KEY":{},"tokens":{"access_token":7},"last_refresh":[]}`, "", sdk.AuthMissing, "", "", "", "logged out: its tokens are empty"},
		{"corrupt", `{"tokens":`, "", sdk.AuthMissing, "", "", "", "cannot be parsed"},
		{"corrupt, and a key in the environment", `{"tokens":`, "sk-env", sdk.AuthOK, "api_key", "v1", "", "cannot be parsed"},
		{"no file at all, but a folder", "@FOLDER", "", sdk.AuthMissing, "", "", "", "cannot be read: not a regular file"},
		{"not there", "", "sk-env", sdk.AuthOK, "api_key", "v1", "", "not there"},
		{"nothing", "", "  ", sdk.AuthMissing, "", "", "", "not there"},
		{"a token where a key belongs", "", jwt("x", "acc-1", testNow.Add(time.Hour)), sdk.AuthOK, "oauth", "v1", "", "not there"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.file, tokens("new"))
			if tt.file == "@FOLDER" {
				_ = os.Remove(w.auth)
				if err := os.Mkdir(w.auth, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			w.configure(map[string]string{keyVariable: tt.env}, nil)
			status, err := w.AuthStatus(t.Context(), false)
			if err != nil || status.State != tt.state || status.Method != tt.method {
				t.Fatalf("%+v %v", status, err)
			}
			reason := ""
			for _, p := range status.Passed {
				if p.Source == w.auth {
					reason = p.Reason
				}
			}
			if reason != tt.reason {
				t.Errorf("passed over: %q", reason)
			}
			if text, _ := json.Marshal(status); strings.Contains(string(text), "signature") || strings.Contains(string(text), "sk-") {
				t.Errorf("a secret: %s", text)
			}
			_, _, err = w.ask()
			if tt.host == "" {
				if sdk.KindOf(err) != sdk.KindUnauthenticated || !strings.HasSuffix(sdk.AsError(err).Remedy, loginRemedy) {
					t.Errorf("%+v", err)
				}
				if strings.HasPrefix(tt.reason, "cannot be") && !strings.Contains(err.Error(), w.auth+" "+tt.reason) {
					t.Errorf("the file is not named: %v", err)
				}
				return
			}
			if c := w.settings(t.Context()).credential; err != nil || c.accountID != tt.account || w.count("/"+tt.host+"/responses") != 1 {
				t.Errorf("%v: account %q, %v", err, c.accountID, w.paths)
			}
		})
	}
}

// A login's token goes to the vendor and to this machine, a key where it is sent.
func TestWhereTokensGo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		base              string
		login, lone, keys bool
	}{
		{"", true, true, true},
		{"https://chatgpt.com/backend-api/codex/", true, false, true},
		{"https://api.openai.com/v1", false, true, true},
		{"http://127.0.0.1:1/x", true, true, true},
		{"http://localhost:1", true, true, true},
		{"https://chatgpt.com.evil.example/x", false, false, true},
		{"https://gateway.example/v1", false, false, true},
		{"http://gateway.example/v1", false, false, false},
		{"https://u:p@gateway.example/v1", false, false, false},
		{"ftp://x", false, false, false},
	} {
		variables := sdk.Variables{chatGPTVariable: sdk.NewSecret(tt.base), baseVariable: sdk.NewSecret(tt.base)}
		access := sdk.NewSecret("access")
		for name, want := range map[string]struct {
			c  credential
			ok bool
		}{
			"login": {loginCredential("f", access, sdk.NewSecret("r"), sdk.Secret{}), tt.login},
			"lone":  {loginCredential("f", access, sdk.Secret{}, sdk.Secret{}), tt.lone},
			"key":   {keyCredential("f", "sk-x"), tt.keys},
		} {
			_, err := target(want.c, variables)
			if (err == nil) != want.ok || err != nil && sdk.KindOf(err) != sdk.KindConfiguration {
				t.Errorf("%s to %q: %v", name, tt.base, err)
			}
			if err != nil && strings.Contains(err.Error(), "u:p") {
				t.Errorf("a password: %v", err)
			}
		}
	}
	for base, want := range map[string]string{
		"http://localhost:1": "http://localhost:1/v1/responses", "http://localhost:1/": "http://localhost:1/v1/responses",
		"http://localhost:1/v1/": "http://localhost:1/v1/responses", "https://h.example/openai/v1/responses": "https://h.example/openai/v1/responses",
	} {
		at, err := target(keyCredential("f", "sk-x"), sdk.Variables{baseVariable: sdk.NewSecret(base)})
		if err != nil || at.responses() != want {
			t.Errorf("%s: %s %v", base, at.responses(), err)
		}
	}
}

func TestKeyLoginAndLogout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, authJSON("codex", testNow.Add(time.Hour)), tokens("new"))
	for _, bad := range []string{"  ", "two words", jwt("x", "a", testNow)} {
		if _, err := w.Login(t.Context(), sdk.LoginRequest{APIKey: sdk.NewSecret(bad + " ")}, nil); sdk.KindOf(err) != sdk.KindConfiguration {
			t.Errorf("%q: %v", bad, err)
		}
	}
	account, err := w.Login(t.Context(), sdk.LoginRequest{APIKey: sdk.NewSecret(" sk-given-0123456789\n"), Headless: true}, nil)
	own := filepath.Join(w.dir, "state", "auth.json")
	if err != nil || account.Stored != own {
		t.Fatal(account, err)
	}
	if info, err := os.Stat(own); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Error(info, err)
	}
	if got := w.read(w.auth); got != authJSON("codex", testNow.Add(time.Hour)) {
		t.Errorf("codex's file: %s", got)
	}
	status, _ := w.AuthStatus(t.Context(), false)
	if status.Source != own || status.Method != "api_key" || !strings.Contains(status.Billing, "key's account") {
		t.Errorf("%+v", status)
	}
	removed, err := w.Logout(t.Context())
	if err != nil || len(removed) != 1 || removed[0] != (sdk.RemovedCredential{Path: own, Entry: "api_key"}) || strings.Contains(w.read(own), "sk-given") {
		t.Errorf("%v %v %s", removed, err, w.read(own))
	}
	// What is left is codex's, which logs out by itself.
	_, err = w.Logout(t.Context())
	if e := sdk.AsError(err); e == nil || e.Remedy != "codex logout" || !strings.Contains(w.read(w.auth), "refresh-codex") {
		t.Errorf("%+v", err)
	}
}

// A login of jcode's own is removed again, also after codex renewed it; the rest of
// the file stays. It ends a key that was given before.
func TestLoginAndLogout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		renewed bool
	}{{"as written", false}, {"renewed by codex", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, _ := loginWorld(t, `{"top":1.0,"OPENAI_API_KEY":"sk-kept"}`, tokens("new"))
			if _, err := w.Login(t.Context(), sdk.LoginRequest{APIKey: sdk.NewSecret("sk-given")}, nil); err != nil {
				t.Fatal(err)
			}
			ui := &person{pastes: []string{"code=c&state=@STATE"}}
			if _, err := w.Login(t.Context(), sdk.LoginRequest{HasTerminal: true}, ui); err != nil {
				t.Fatal(err)
			}
			if status, _ := w.AuthStatus(t.Context(), false); status.Source != w.auth || status.Account != "someone@example.com" || status.Plan != "plus" {
				t.Errorf("%+v", status)
			}
			if tt.renewed {
				w.write(w.auth, `{"top":1.0,"OPENAI_API_KEY":"sk-kept","auth_mode":"chatgpt",`+strings.TrimPrefix(authJSON("codex", testNow.Add(time.Hour)), `{"auth_mode":"chatgpt","OPENAI_API_KEY":null,"top":1.0,`))
			}
			removed, err := w.Logout(t.Context())
			if err != nil || len(removed) != 2 || removed[0].Entry != "tokens" || removed[0].Path != w.auth {
				t.Errorf("%v %v", removed, err)
			}
			file := w.read(w.auth)
			for text, want := range map[string]bool{"1.0": true, "sk-kept": true, "refresh-": false, "access_token": false, "auth_mode": false} {
				if strings.Contains(file, text) != want {
					t.Errorf("%s: %s", text, file)
				}
			}
			if w.count("/oauth/revoke") != 1 {
				t.Errorf("%v", w.paths)
			}
			if removed, err := w.Logout(t.Context()); err != nil || len(removed) != 0 {
				t.Errorf("again: %v %v", removed, err)
			}
		})
	}
}

// A login that codex made stays its own also when jcode has renewed it.
func TestLogoutAfterRenewingCodexsLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, authJSON("codex", testNow.Add(-time.Hour)), tokens("new"))
	if _, _, err := w.ask(); err != nil {
		t.Fatal(err)
	}
	_, err := w.Logout(t.Context())
	if e := sdk.AsError(err); e == nil || e.Remedy != "codex logout" || !strings.Contains(w.read(w.auth), "refresh-new") || w.count("/oauth/revoke") != 0 {
		t.Errorf("%+v %s", err, w.read(w.auth))
	}
}

// A relative CODEX_HOME begins where the user is, not where the plugin runs.
func TestRelativeCodexHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.write(filepath.Join(w.dir, "here", "mine", "auth.json"), authJSON("x", testNow.Add(time.Hour)))
	config := w.configuration()
	config.WorkingDir, config.Variables[homeVariable] = filepath.Join(w.dir, "here"), sdk.NewSecret("mine")
	if err := w.Configure(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if text, _, err := w.ask(); err != nil || text != "Hello" {
		t.Error(text, err)
	}
}

// A setting that is no time is told before anything is sent, and a login too.
func TestWrongTimes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"idle_timeout", "login_timeout"} {
		for value, good := range map[string]bool{"90s": true, " 2 ": true, "0.5": true, "": true, "soon": false, "-1s": false, "0": false, "NaN": false, "1e300": false} {
			w, redirect := loginWorld(t, authJSON("x", testNow.Add(time.Hour)), tokens("new"))
			w.configure(map[string]string{redirectVariable: redirect}, map[string]string{name: value})
			_, _, err := w.ask()
			if name == "login_timeout" {
				_, err = w.Login(t.Context(), sdk.LoginRequest{HasTerminal: true}, &person{pastes: []string{"code=c&state=@STATE"}})
			} else if _, statusErr := w.AuthStatus(t.Context(), false); (statusErr == nil) != good {
				t.Errorf("status with %q: %v", value, statusErr)
			}
			if (err == nil) != good || err != nil && (sdk.KindOf(err) != sdk.KindConfiguration || !strings.Contains(err.Error(), "plugin.openai."+name)) {
				t.Errorf("%s %q: %v", name, value, err)
			}
		}
	}
}

// A login of another account leaves nothing of the former one, and a broken file is
// set aside.
func TestLoginReplaces(t *testing.T) {
	t.Parallel()
	other := strings.ReplaceAll(authJSON("other", testNow.Add(time.Hour)), `"acc-1"`, `"acc-2"`)
	w, _ := loginWorld(t, other, tokens("new"))
	if _, err := w.Login(t.Context(), sdk.LoginRequest{HasTerminal: true}, &person{pastes: []string{"code=c&state=@STATE"}}); err != nil {
		t.Fatal(err)
	}
	if file := w.read(w.auth); strings.Contains(file, "login_owner_id") || strings.Contains(file, "acc-2") || !strings.Contains(file, "1.0") {
		t.Error(file)
	}
	w.write(w.auth, `{"tokens":["what is this"],"top":1.0}`)
	if _, err := w.Login(t.Context(), sdk.LoginRequest{HasTerminal: true}, &person{pastes: []string{"code=c&state=@STATE"}}); err != nil {
		t.Error("tokens of another type:", err)
	}
	w.write(w.auth, `{"tokens": broken`)
	ui := &person{pastes: []string{"code=c&state=@STATE"}}
	if _, err := w.Login(t.Context(), sdk.LoginRequest{HasTerminal: true}, ui); err != nil {
		t.Fatal(err)
	}
	aside, _ := filepath.Glob(w.auth + ".corrupt-*")
	if len(aside) != 1 || w.read(aside[0]) != `{"tokens": broken` || !strings.Contains(ui.said(), aside[0]) {
		t.Errorf("%v %s", aside, ui.said())
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, token, account string }{
		{"a token", jwt("x", "acc-1", testNow), "acc-1"},
		{"padded", "e30.eyJodHRwczovL2FwaS5vcGVuYWkuY29tL2F1dGgiOnsiY2hhdGdwdF9hY2NvdW50X2lkIjoiYSJ9fQ==.s", "a"},
		{"one claim of another type", "e30.eyJleHAiOiJzb29uIiwiaHR0cHM6Ly9hcGkub3BlbmFpLmNvbS9hdXRoIjp7ImNoYXRncHRfYWNjb3VudF9pZCI6ImEifX0.s", "a"},
		{"no token", "sk-abc", ""},
		{"not JSON", "a.b.c", ""},
		{"an array", "e30.W10.s", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if c, _ := parseClaims(tt.token); string(c.Auth.AccountID) != tt.account {
				t.Errorf("%+v", c)
			}
		})
	}
}
