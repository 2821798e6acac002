package claude

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

func ownLogin(access string, left time.Duration) map[string]string {
	return map[string]string{ownPath: `{"anthropic":` + oauthEntry(access, at.Add(left).UnixMilli()) + `,"other":1}`}
}

// When a login is renewed, and what is made of the answers.
func TestRefresh(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		left     time.Duration
		answers  []string
		requests int
		kind     sdk.Kind // 0: it answers
		stored   string   // in the file afterwards
	}{
		{"six minutes left", 6 * time.Minute, []string{goodTokens}, 0, 0, `"old"`},
		{"four minutes left", 4 * time.Minute, []string{goodTokens}, 1, 0, "sk-ant-ort01-new-refresh"},
		{"expired", -time.Hour, []string{goodTokens}, 1, 0, "sk-ant-oat01-new-access"},
		{"no new refresh token", -time.Hour, []string{`{"access_token":"new","expires_in":60}`}, 1, 0, `"refresh": "r"`},
		{"older grant", -time.Hour, []string{`400 {"error":"invalid_scope"}`, goodTokens}, 2, 0, "new-access"},
		{"fails while the old one lives", 4 * time.Minute, []string{`500 {}`}, 1, 0, `"old"`},
		{"refused while the old one lives", 4 * time.Minute, []string{`400 {"error":"invalid_grant"}`}, 1, 0, "refused"},
		{"fails", -time.Hour, []string{`500 {}`}, 1, sdk.KindOverloaded, `"old"`},
		{"refused", -time.Hour, []string{`400 {"error":"invalid_grant"}`}, 1, sdk.KindUnauthenticated, "refused"},
		{"blocked", -time.Hour, []string{`403 <html>just a credfile.Moment`}, 1, sdk.KindNetwork, `"old"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newTokenServer(t, "", tt.answers...)
			p, dir := ownedProvider(t, s, ownLogin("old", tt.left))
			stream := &recorder{}
			_, err := p.Generate(t.Context(), hello(), stream)
			if (err != nil) != (tt.kind != 0) || err != nil && sdk.KindOf(err) != tt.kind {
				t.Fatalf("%v", err)
			}
			if tt.kind == sdk.KindUnauthenticated && sdk.AsError(err).Remedy != loginRemedy {
				t.Errorf("%+v", err)
			}
			if text, _ := os.ReadFile(filepath.Join(dir, ownPath)); !strings.Contains(string(text), tt.stored) || !strings.Contains(string(text), "other") {
				t.Errorf("%s", text)
			}
			if len(s.requests) != tt.requests {
				t.Errorf("%d token requests", len(s.requests))
			}
			if tt.requests > 0 && (s.requests[0]["scope"] != refreshScopes || s.requests[0]["refresh_token"] != "r" || s.requests[0]["user-agent"] != "jcode/1.2.3") {
				t.Errorf("%v", s.requests[0])
			}
			if tt.requests == 2 {
				if _, ok := s.requests[1]["scope"]; ok {
					t.Error("the second try has a scope")
				}
			}
			// What was refused is not tried again.
			_, _ = p.Generate(t.Context(), hello(), &recorder{})
			if again := len(s.requests); strings.Contains(tt.answers[0], "invalid_grant") && again != tt.requests {
				t.Errorf("%d token requests", again)
			}
		})
	}
}

// A 401 is answered by one renewal, and by none for what is not ours.
func TestAfter401(t *testing.T) {
	t.Parallel()
	const refusedToken = "sk-ant-oat01-refused-000"
	code := map[string]string{claudePath: strings.ReplaceAll(claudeFile("X", future), "X", refusedToken)}
	for _, tt := range []struct {
		name     string
		files    map[string]string
		refused  string
		answer   string
		requests int
		ok       bool
	}{
		{"own", ownLogin(refusedToken, time.Hour), refusedToken, goodTokens, 1, true},
		{"own, refused again", ownLogin(refusedToken, time.Hour), refusedToken + "sk-ant-oat01-new-access", goodTokens, 1, false},
		{"own, cannot be renewed", ownLogin(refusedToken, time.Hour), refusedToken, `500 {}`, 1, false},
		{"borrowed", code, refusedToken, goodTokens, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newTokenServer(t, tt.refused, tt.answer)
			p, _ := ownedProvider(t, s, tt.files)
			stream := &recorder{}
			_, err := p.Generate(t.Context(), hello(), stream)
			if (err == nil) != tt.ok || len(s.requests) != tt.requests {
				t.Errorf("%v, %d token requests", err, len(s.requests))
			}
			if err != nil && (sdk.KindOf(err) != sdk.KindUnauthenticated || sdk.AsError(err).Remedy != loginRemedy || strings.Contains(err.Error(), refusedToken)) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A borrowed login that its owner renewed meanwhile is read again.
func TestBorrowedIsReadAgain(t *testing.T) {
	t.Parallel()
	var path string
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("Authorization"), "first") {
			if err := os.WriteFile(path, []byte(claudeFile("second", future)), 0o600); err != nil {
				t.Error(err)
			}
			refuse(401)(w, r)
			return
		}
		streamHandler(helloStream)(w, r)
	}))
	p, dir := ownedProvider(t, &tokenServer{url: server}, map[string]string{claudePath: claudeFile("first", future)})
	path = filepath.Join(dir, claudePath)
	if _, err := p.Generate(t.Context(), hello(), &recorder{}); err != nil {
		t.Error(err)
	}
}

// The contract on the wire, the notices once, and one renewal for many calls.
func TestManyCallsOneRefresh(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t, "", goodTokens)
	p, _ := ownedProvider(t, s, ownLogin("old", -time.Hour))
	var calls sync.WaitGroup
	streams := make([]recorder, 20)
	for i := range streams {
		calls.Go(func() {
			if _, err := p.Generate(t.Context(), hello(), &streams[i]); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	if len(s.requests) != 1 {
		t.Errorf("%d token requests", len(s.requests))
	}
	told := map[string]int{}
	for i := range streams {
		for _, w := range eventsOf[sdk.WarningEvent](&streams[i]) {
			told[w.Code]++
		}
	}
	if told["vendor_terms"] != 1 || told["credential_source"] != 1 || len(told) != 2 {
		t.Errorf("%v", told)
	}
	for _, agent := range s.agents {
		if agent != "claude-cli/1.0.0 beta=true oauth-2025-04-20,claude-code-20250219" {
			t.Errorf("%q", agent)
		}
	}
}

// Policy refusals are told apart from a refused login: nothing is renewed.
func TestPolicyRefusal(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		"This credential is only authorized for use with Claude Code and cannot be used for other API requests.",
		"Third-party apps now draw from your extra usage, not your plan limits.",
	} {
		body, _ := json.Marshal(map[string]any{"type": "error", "error": map[string]string{"type": "invalid_request_error", "message": message}})
		server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write(body)
		}))
		p, _ := ownedProvider(t, &tokenServer{url: server}, ownLogin("own", time.Hour))
		_, err := p.Generate(t.Context(), hello(), &recorder{})
		if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindPolicyRefused || e.Retryable || !strings.Contains(e.Remedy, "API key") {
			t.Errorf("%+v", e)
		}
	}
}

// A login's token is sent to no other host, and refused before anything is sent.
func TestOtherHosts(t *testing.T) {
	t.Parallel()
	for base, ok := range map[string]bool{
		"": true, "https://api.anthropic.com/": true, "https://API.anthropic.com": true, "http://127.0.0.1:1": true, "http://localhost:1": true,
		"https://api.anthropic.com.evil.example": false, "https://gateway.example": false, "https://anthropic.com": false,
	} {
		e, err := parseEndpoint(base)
		if err != nil {
			t.Fatal(err)
		}
		err = e.admits(oauthCredential("x", fromOwnFile, "t"))
		if (err == nil) != ok || err != nil && sdk.KindOf(err) != sdk.KindConfiguration {
			t.Errorf("%s: %v", base, err)
		}
		if err := e.admits(keyCredential("x", fromVariable, "k")); err != nil {
			t.Errorf("a key: %v", err)
		}
	}
}
