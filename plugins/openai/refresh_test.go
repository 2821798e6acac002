package openai

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// When a login is renewed, and what is made of the answers.
func TestRefresh(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		left    time.Duration
		answers []string
		grants  int
		kind    sdk.Kind // 0: it answers
		stored  string   // in the file afterwards
	}{
		{"six minutes left", 6 * time.Minute, []string{tokens("new")}, 0, 0, "refresh-old"},
		{"four minutes left", 4 * time.Minute, []string{tokens("new")}, 1, 0, "refresh-new"},
		{"expired", -time.Hour, []string{tokens("new")}, 1, 0, "refresh-new"},
		{"only an access token comes", -time.Hour, []string{`{"access_token":"` + jwt("a", "acc-1", testNow.Add(time.Hour)) + `"}`}, 1, 0, "refresh-old"},
		{"fails while the old one lives", 4 * time.Minute, []string{`500 {}`}, 3, 0, "refresh-old"},
		{"refused while the old one lives", 4 * time.Minute, []string{`401 {"error":{"code":"refresh_token_expired"}}`}, 1, 0, "refresh-old"},
		{"overloaded for a moment", -time.Hour, []string{`503 {}`, tokens("new")}, 2, 0, "refresh-new"},
		{"overloaded", -time.Hour, []string{`500 {}`}, 3, sdk.KindOverloaded, "refresh-old"},
		{"refused", -time.Hour, []string{`400 {"error":"invalid_grant"}`}, 1, sdk.KindUnauthenticated, "refresh-old"},
		{"refused by a code in an object", -time.Hour, []string{`401 {"error":{"code":"refresh_token_invalidated","message":"no"}}`}, 1, sdk.KindUnauthenticated, "refresh-old"},
		{"refused by a code at the top", -time.Hour, []string{`400 {"code":"token_expired"}`}, 1, sdk.KindUnauthenticated, "refresh-old"},
		{"refused without a word", -time.Hour, []string{`401 {}`}, 1, sdk.KindUnauthenticated, "refresh-old"},
		{"blocked", -time.Hour, []string{`403 <html>just a moment`}, 1, sdk.KindNetwork, "refresh-old"},
		{"reused, as a bad request", -time.Hour, []string{`400 {"error":{"code":"refresh_token_reused"}}`}, 1, sdk.KindUnauthenticated, "refresh-old"},
		{"expired, as a bad request", -time.Hour, []string{`400 {"error":"refresh_token_expired"}`}, 1, sdk.KindUnauthenticated, "refresh-old"},
		{"a proxy's page for a moment", -time.Hour, []string{`502 <html>Bad Gateway`, tokens("new")}, 2, 0, "refresh-new"},
		{"reused", -time.Hour, []string{`401 {"error":{"code":"refresh_token_reused"}}`}, 1, sdk.KindUnauthenticated, "refresh-old"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, authJSON("old", testNow.Add(tt.left)), tt.answers...)
			_, _, err := w.ask()
			if (err != nil) != (tt.kind != 0) || err != nil && sdk.KindOf(err) != tt.kind {
				t.Fatalf("%v", err)
			}
			if tt.kind == sdk.KindUnauthenticated && sdk.AsError(err).Remedy != loginRemedy {
				t.Errorf("%+v", err)
			}
			if text := w.read(w.auth); !strings.Contains(text, tt.stored) || !strings.Contains(text, `"login_owner_id": "own"`) && strings.Contains(text, "\n") || !strings.Contains(text, "1.0") {
				t.Error(text)
			}
			if len(w.grants) != tt.grants {
				t.Fatalf("%d token requests", len(w.grants))
			}
			if tt.grants > 0 && (w.grants[0].Get("refresh_token") != "refresh-old-0123456789" || w.grants[0].Get("client_id") != clientID) {
				t.Errorf("%v", w.grants[0])
			}
			if tt.kind != sdk.KindUnauthenticated {
				return
			}
			// What was refused is not tried again, by this process or the next.
			_, _, _ = w.ask()
			next := newWorld(t, "", tokens("new"))
			next.dir, next.auth = w.dir, w.auth
			next.configure(nil, nil)
			if _, _, err := next.ask(); sdk.KindOf(err) != sdk.KindUnauthenticated || len(next.grants) != 0 || len(w.grants) != tt.grants {
				t.Errorf("%v; %d and %d token requests", err, len(w.grants), len(next.grants))
			}
		})
	}
}

// The file after a renewal is complete: codex needs last_refresh, account_id and the
// key field, also where the file that we read lacked them.
func TestRefreshedFileIsComplete(t *testing.T) {
	t.Parallel()
	former := `{"tokens":{"access_token":"` + jwt("old", "acc-1", testNow) + `","refresh_token":"refresh-old-0123456789","expires_at":1,"mine":{"a":1}}}`
	w := newWorld(t, former, tokens("new"))
	if _, _, err := w.ask(); err != nil {
		t.Fatal(err)
	}
	var file struct {
		Mode   string          `json:"auth_mode"`
		Key    json.RawMessage `json:"OPENAI_API_KEY"`
		Last   string          `json:"last_refresh"`
		Tokens map[string]any  `json:"tokens"`
	}
	if err := json.Unmarshal([]byte(w.read(w.auth)), &file); err != nil {
		t.Fatal(err)
	}
	if file.Mode != "chatgpt" || string(file.Key) != "null" || file.Last != "2026-01-02T03:04:05Z" {
		t.Errorf("%+v", file)
	}
	for name, want := range map[string]any{
		"account_id": "acc-1", "refresh_token": "refresh-new-0123456789", "expires_at": float64(testNow.Add(240 * time.Hour).UnixMilli()),
	} {
		if file.Tokens[name] != want {
			t.Errorf("%s: %v", name, file.Tokens[name])
		}
	}
	if file.Tokens["id_token"] == nil || file.Tokens["mine"] == nil {
		t.Errorf("%v", file.Tokens)
	}
	if info, err := os.Stat(w.auth); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// Of a token whose end nobody tells, the former one's end is not kept: it would be
// renewed with every request.
func TestRefreshWithoutExpiry(t *testing.T) {
	t.Parallel()
	former := `{"tokens":{"access_token":"opaque-old","refresh_token":"refresh-old-0123456789","expires_at":1}}`
	w := newWorld(t, former, `{"access_token":"opaque-new","refresh_token":"refresh-new-0123456789"}`)
	if _, _, err := w.ask(); err != nil {
		t.Fatal(err)
	}
	next := newWorld(t, "", tokens("newer"))
	next.dir, next.auth = w.dir, w.auth
	next.configure(nil, nil)
	if _, _, err := next.ask(); err != nil || len(next.grants) != 0 || len(w.grants) != 1 {
		t.Errorf("%v; %d and %d token requests: %s", err, len(w.grants), len(next.grants), w.read(w.auth))
	}
}

// A 401 is answered by one renewal and one more request.
func TestAfter401(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		refuse   []string
		answer   string
		grants   int
		requests int
		ok       bool
	}{
		{"renewed", []string{"signature-of-access-old"}, tokens("new"), 1, 2, true},
		{"refused again", []string{"signature-of-access-old", "signature-of-access-new"}, tokens("new"), 1, 2, false},
		{"cannot be renewed", []string{"signature-of-access-old"}, `500 {}`, 3, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, authJSON("old", testNow.Add(time.Hour)), tt.answer)
			w.refuse = tt.refuse
			_, _, err := w.ask()
			if (err == nil) != tt.ok || len(w.grants) != tt.grants || w.count("/backend/responses") != tt.requests {
				t.Errorf("%v; %d token requests, %d requests", err, len(w.grants), w.count("/backend/responses"))
			}
			if err != nil && (sdk.KindOf(err) != sdk.KindUnauthenticated || sdk.AsError(err).Remedy != loginRemedy || strings.Contains(err.Error(), "signature")) {
				t.Errorf("%v", err)
			}
		})
	}
}

// What codex wrote meanwhile is used, without a renewal.
func TestAfter401TheFileIsReadAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, authJSON("old", testNow.Add(time.Hour)), `500 {}`)
	w.refuse = []string{"signature-of-access-old"}
	w.hooks["/backend/responses"] = sync.OnceFunc(func() { w.write(w.auth, authJSON("codex", testNow.Add(time.Hour))) })
	if text, _, err := w.ask(); err != nil || text != "Hello" || len(w.grants) != 0 {
		t.Errorf("%q %v; %d token requests", text, err, len(w.grants))
	}
}

// codex renews without a lock: it may have spent the token a moment before. Its new
// login is adopted.
func TestReusedTokenIsAdopted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, authJSON("old", testNow.Add(-time.Hour)), `401 {"error":{"code":"refresh_token_reused"}}`)
	w.hooks["/oauth/token"] = func() { w.write(w.auth, authJSON("codex", testNow.Add(time.Hour))) }
	if text, _, err := w.ask(); err != nil || text != "Hello" || len(w.grants) != 1 {
		t.Errorf("%q %v; %d token requests", text, err, len(w.grants))
	}
	if got := w.read(w.auth); got != authJSON("codex", testNow.Add(time.Hour)) {
		t.Error(got)
	}
}

// A login of somebody else that came meanwhile is neither overwritten nor used.
func TestAnotherAccountMeanwhile(t *testing.T) {
	t.Parallel()
	other := strings.ReplaceAll(authJSON("other", testNow.Add(time.Hour)), "acc-1", "acc-2")
	w := newWorld(t, authJSON("old", testNow.Add(-time.Hour)), tokens("new"))
	w.hooks["/oauth/token"] = func() { w.write(w.auth, other) }
	if _, _, err := w.ask(); err != nil {
		t.Errorf("%v", err) // the renewed login serves this process
	}
	if got := w.read(w.auth); got != other {
		t.Error(got)
	}
}

func TestManyCallsOneRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t, authJSON("old", testNow.Add(-time.Hour)), tokens("new"))
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if _, _, err := w.ask(); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	if len(w.grants) != 1 {
		t.Errorf("%d token requests", len(w.grants))
	}
}

// A folder that cannot be written still answers, and says what is lost.
func TestReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("modes do not bind this user; the end-to-end tests do this as another one")
	}
	t.Parallel()
	w := newWorld(t, authJSON("old", testNow.Add(-time.Hour)), tokens("new"))
	dir := filepath.Dir(w.auth)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	text, warnings, err := w.ask()
	if err != nil || text != "Hello" || !strings.Contains(strings.Join(warnings, " "), "credentials_not_saved") {
		t.Errorf("%q %v %v", text, warnings, err)
	}
}

// The file is found behind a link, and the link stays.
func TestLinkedFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", tokens("new"))
	real := filepath.Join(w.dir, "dotfiles", "codex.json")
	w.write(real, authJSON("old", testNow.Add(-time.Hour)))
	if err := os.MkdirAll(filepath.Dir(w.auth), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, w.auth); err != nil {
		t.Skip(err)
	}
	if _, _, err := w.ask(); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(w.auth); err != nil || to != real || !strings.Contains(w.read(real), "refresh-new") {
		t.Errorf("%s %v: %s", to, err, w.read(real))
	}
}
