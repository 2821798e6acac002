package claude

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

const (
	ownToken   = "sk-ant-oat01-own-own-own-own"
	codeToken  = "sk-ant-oat01-code-code-code"
	aliveUntil = "4102444800000" // 2100
	deadSince  = "1000000000000" // 2001
)

func ownFile(expires string) string {
	return fmt.Sprintf(`{"anthropic":{"type":"oauth","access":%q,"refresh":"r","expires":%s}}`, ownToken, expires)
}

func codeFile(expires string) string {
	return fmt.Sprintf(`{"claudeAiOauth":{"accessToken":%q,"refreshToken":"r","expiresAt":%s,"scopes":["user:inference"]}}`, codeToken, expires)
}

// The program is given the credential that was chosen, and no other.
func TestCLICredentials(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		own, code string
		variables map[string]string
		settings  map[string]string
		want      string
		said      []string
	}{
		"nothing":                        {want: ""},
		"our login":                      {own: ownFile(aliveUntil), want: oauthVariable + "=" + ownToken, said: []string{"credential_source"}},
		"our login and a stray key":      {own: ownFile(aliveUntil), variables: map[string]string{keyVariable: testKey}, want: oauthVariable + "=" + ownToken, said: []string{"credential_source", "api_key_unused"}},
		"Claude Code's login":            {code: codeFile(aliveUntil), want: "", said: []string{"credential_source"}},
		"Claude Code's, expired":         {code: codeFile(deadSince), want: "", said: []string{"credential_source"}},
		"Claude Code's and stray ones":   {code: codeFile(deadSince), variables: map[string]string{keyVariable: testKey, tokenVariable: "t"}, want: "", said: []string{"credential_source", "api_key_unused", "api_key_unused"}},
		"Claude Code's, logged out":      {code: `{"claudeAiOauth":{"accessToken":"","refreshToken":"","expiresAt":0}}`, variables: map[string]string{keyVariable: testKey}, want: keyVariable + "=" + testKey, said: []string{"credential_source"}},
		"ours before Claude Code's":      {own: ownFile(aliveUntil), code: codeFile(aliveUntil), want: oauthVariable + "=" + ownToken, said: []string{"credential_source"}},
		"a token in the environment":     {own: ownFile(aliveUntil), variables: map[string]string{oauthVariable: "sk-ant-oat01-env"}, want: oauthVariable + "=sk-ant-oat01-env", said: []string{"credential_source"}},
		"only a key":                     {variables: map[string]string{keyVariable: testKey}, want: keyVariable + "=" + testKey, said: []string{"credential_source"}},
		"only a gateway's token":         {variables: map[string]string{tokenVariable: "t"}, want: tokenVariable + "=t", said: []string{"credential_source"}},
		"a key that the user wants used": {own: ownFile(aliveUntil), variables: map[string]string{keyVariable: testKey}, settings: map[string]string{useKeySetting: "true"}, want: keyVariable + "=" + testKey, said: []string{"credential_source"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, goodScript, tt.variables)
			b.config.Settings = tt.settings
			b.configure()
			if tt.own != "" {
				b.file("jcode/auth.json", tt.own)
			}
			if tt.code != "" {
				b.file("user/.claude/.credentials.json", tt.code)
			}
			stream, _, err := b.generate(hello())
			if err != nil {
				t.Fatal(err)
			}
			var given []string
			for _, entry := range b.calls()[0].Env {
				if name, _, _ := strings.Cut(entry, "="); slices.Contains(credentialVariables, name) {
					given = append(given, entry)
				}
			}
			if d := cmp.Diff(tt.want, strings.Join(given, " ")); d != "" {
				t.Error(d)
			}
			var said []string
			for _, w := range eventsOf[sdk.WarningEvent](stream) {
				said = append(said, w.Code)
				if strings.Contains(w.Message, "sk-ant") {
					t.Error(w.Message)
				}
			}
			if d := cmp.Diff(append(tt.said, "permissions_bypassed"), said); d != "" {
				t.Error(d)
			}
			if again, _, err := b.generate(hello()); err != nil || len(eventsOf[sdk.WarningEvent](again)) > 0 {
				t.Errorf("said again: %v, %v", again.events, err)
			}
		})
	}
}

// Nothing that is told of the program's work holds the credential that it was given.
// What it asks for it gets back as it was.
func TestCLIHidesTheCredential(t *testing.T) {
	t.Parallel()
	ask := `{"type":"control_request","request_id":"r1","request":{"subtype":"can_use_tool","tool_name":"Bash","input":{"command":"echo ` + ownToken + `"},"description":"` + ownToken + `"}}` + "\n!read\n"
	b := newCLIBed(t, initLine+wholeLine("m1", textBlock("it is "+ownToken))+wholeLine("m1", toolBlock)+ask+
		strings.Replace(toolResult, "a.go", oauthVariable+"="+ownToken, 1)+
		`{"type":"system","subtype":"api_retry","attempt":1,"error":"`+ownToken+`"}`+"\n"+resultLine, nil)
	b.file("jcode/auth.json", ownFile(aliveUntil))
	stream := &asked{answer: sdk.PermissionAnswer{Allow: true}}
	request := hello()
	request.Limits = sdk.Limits{PermissionMode: "auto", PermissionModeExplicit: true}
	if _, err := b.provider.Generate(t.Context(), request, stream); err != nil {
		t.Fatal(err)
	}
	told := fmt.Sprintf("%+v %s %+v", stream.events, stream.requests[0].Input, stream.requests[0])
	if strings.Contains(told, ownToken) || strings.Count(told, "[redacted]") < 4 {
		t.Error(told)
	}
	if inputs := b.calls()[0].Inputs; !strings.Contains(inputs[len(inputs)-1], "echo "+ownToken) {
		t.Errorf("the program got %v", inputs)
	}
}

// That another account pays than the user logged in with, or that others may read
// the login, is told as long as it is so.
func TestCaution(t *testing.T) {
	t.Parallel()
	dead := strings.Replace(ownFile(deadSince), `"r"`, `""`, 1)
	for name, tt := range map[string]struct {
		own, code string
		mode      os.FileMode
		want      []string
	}{
		"a good login":                  {ownFile(aliveUntil), "", 0o600, nil},
		"ours is dead":                  {dead, "", 0o600, []string{"login_unusable"}},
		"ours is dead, another is used": {dead, codeFile(aliveUntil), 0o600, []string{"login_unusable"}},
		"only another is dead":          {"", strings.Replace(codeFile(deadSince), `"r"`, `""`, 1), 0o600, nil},
		"others may read it":            {ownFile(aliveUntil), "", 0o644, []string{"credentials_exposed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, goodScript, nil)
			for path, text := range map[string]string{"jcode/auth.json": tt.own, "user/.claude/.credentials.json": tt.code} {
				if text == "" {
					continue
				}
				b.file(path, text)
				if err := os.Chmod(filepath.Join(filepath.Dir(b.script), path), tt.mode); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				stream, _, err := b.generate(hello())
				var said []string
				for _, w := range eventsOf[sdk.WarningEvent](stream) {
					if slices.Contains([]string{"login_unusable", "credentials_exposed"}, w.Code) {
						said = append(said, w.Code)
					}
				}
				if d := cmp.Diff(tt.want, said); d != "" || err != nil {
					t.Errorf("%v\n%s", err, d)
				}
			}
			status, err := b.provider.AuthStatus(t.Context(), false)
			if exposed := strings.Contains(status.Detail, "0644"); err != nil || exposed != (tt.mode == 0o644) {
				t.Errorf("%+v, %v", status, err)
			}
		})
	}
}

func TestCLIEnvironment(t *testing.T) {
	t.Parallel()
	s := cliSettings{dir: "/d", environment: []string{"A=1", "CLAUDE_CODE_MAX_RETRIES=9", "PWD=/old", keyVariable + "=k"}}
	got := childEnvironment(s, credential{}, 1234)
	slices.Sort(got)
	want := []string{
		"A=1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "CLAUDE_CODE_MAX_OUTPUT_TOKENS=1234", "CLAUDE_CODE_MAX_RETRIES=9",
		"DISABLE_AUTOUPDATER=1", "NO_COLOR=1", "PWD=/d",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// A login's token goes to the vendor's own host and to this machine only, also by
// the program.
func TestCLIBaseURL(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		base string
		own  string
		ok   bool
	}{
		"login elsewhere":   {"https://gateway.example.com", ownFile(aliveUntil), false},
		"login here":        {"http://127.0.0.1:1", ownFile(aliveUntil), true},
		"nothing elsewhere": {"https://gateway.example.com", "", true},
		"plain http":        {"http://gateway.example.com", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, goodScript, map[string]string{baseVariable: tt.base})
			if tt.own != "" {
				b.file("jcode/auth.json", tt.own)
			}
			_, _, err := b.generate(hello())
			if tt.ok != (err == nil) || !tt.ok && sdk.KindOf(err) != sdk.KindConfiguration {
				t.Error(err)
			}
		})
	}
}

// A login of ours that was refused is renewed once, and the turn begins anew.
func TestCLIRefusedLogin(t *testing.T) {
	t.Parallel()
	renewals := 0
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		renewals++
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"sk-ant-oat01-renewed","refresh_token":"r2","expires_in":28800,"scope":"user:inference"}`))
	}))
	refused := `{"type":"system","subtype":"api_retry","attempt":1,"max_retries":3,"retry_delay_ms":500,"error_status":401,"error":"authentication_failed"}` + "\n!interruptible\n"
	b := newCLIBed(t, initLine+refused, map[string]string{authVariable: url})
	b.file("jcode/auth.json", ownFile(aliveUntil))
	_, _, err := b.generate(hello())
	if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindUnauthenticated || e.Remedy != loginRemedy {
		t.Errorf("%+v", e)
	}
	calls := b.calls()
	if renewals != 1 || len(calls) != 2 || !slices.Contains(calls[1].Env, oauthVariable+"=sk-ant-oat01-renewed") {
		t.Errorf("%d renewals, %d starts", renewals, len(calls))
	}
}

// Claude Code may be renewing its own login when it says 401: it goes on.
func TestCLIOwnRetries(t *testing.T) {
	t.Parallel()
	lines := `{"type":"system","subtype":"api_retry","attempt":1,"max_retries":3,"retry_delay_ms":500,"error_status":401,"error":"authentication_failed"}` + "\n" + resultLine
	events, d, err := decode(t, lines, true)
	want := sdk.RetryEvent{Attempt: 2, MaxAttempts: 4, Delay: 500 * time.Millisecond, HTTPStatus: 401, Reason: "authentication failed"}
	if err != nil || d.end == nil || events[0] != want {
		t.Errorf("%+v, %v", events, err)
	}
}

func TestCLIAuthStatus(t *testing.T) {
	t.Parallel()
	const loggedIn = `{"loggedIn":true,"authMethod":"claude.ai","subscriptionType":"max"}` + "\n"
	for name, tt := range map[string]struct {
		script, code string
		variables    map[string]string
		probe        bool
		want         sdk.AuthStatus
		starts       int
	}{
		"nothing, not asked": {want: sdk.AuthStatus{State: sdk.AuthUnknown}},
		"file":               {code: codeFile(deadSince), want: sdk.AuthStatus{State: sdk.AuthOK, Method: methodOAuth}},
		"file, probe":        {code: codeFile(aliveUntil), probe: true, want: sdk.AuthStatus{State: sdk.AuthOK, Method: methodOAuth}},
		"key":                {variables: map[string]string{keyVariable: testKey}, want: sdk.AuthStatus{State: sdk.AuthOK, Method: methodKey}},
		"asked, logged in":   {script: "2.1.330 (Claude Code)\n" + loggedIn, probe: true, want: sdk.AuthStatus{State: sdk.AuthUnknown}, starts: 2},
		"asked, old":         {script: "2.1.39 (Claude Code)\n", probe: true, want: sdk.AuthStatus{State: sdk.AuthUnknown}, starts: 1},
		"no program":         {variables: map[string]string{pathVariable: "/nowhere/claude", keyVariable: testKey}, want: sdk.AuthStatus{State: sdk.AuthUnknown, Method: methodKey}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, tt.script, tt.variables)
			if tt.code != "" {
				b.file("user/.claude/.credentials.json", tt.code)
			}
			status, err := b.provider.AuthStatus(t.Context(), tt.probe)
			if err != nil || status.State != tt.want.State || status.Method != tt.want.Method {
				t.Errorf("%+v, %v", status, err)
			}
			if status.State != sdk.AuthOK && (status.Detail == "" || status.Remedy == "") {
				t.Errorf("nothing to do about %+v", status)
			}
			if tt.starts > 0 && len(b.calls()) != tt.starts {
				t.Errorf("started %d times", len(b.calls()))
			}
		})
	}
}

// The program's own word counts when no file shows a login.
func TestCLIAskStatus(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		said string
		want sdk.AuthState
	}{
		"in":     {`{"loggedIn":true,"authMethod":"claude.ai","subscriptionType":"max"}`, sdk.AuthOK},
		"out":    {`{"loggedIn":false,"authMethod":"none"}`, sdk.AuthMissing},
		"absurd": {`not logged in`, sdk.AuthUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, "2.1.330 (Claude Code)\n", nil)
			path, err := programOf(b.config).Find(b.config.ChildEnvironment)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.provider.cliVersion(t.Context(), b.config, path); err != nil {
				t.Fatal(err)
			}
			b.write("", tt.said+"\n") // the version is known by now
			status, err := b.provider.AuthStatus(t.Context(), true)
			if err != nil || status.State != tt.want {
				t.Errorf("%+v, %v", status, err)
			}
			check := b.provider.cliLoginCheck(t.Context(), b.provider.settings(t.Context()), path)
			if check.OK != (tt.want == sdk.AuthOK) || check.Detail == "" || !check.OK && check.Remedy == "" {
				t.Errorf("the doctor says %+v", check)
			}
		})
	}
}

func TestCLIDiagnose(t *testing.T) {
	t.Parallel()
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", "Fri, 02 Jan 2026 03:04:00 GMT")
	}))
	for name, tt := range map[string]struct {
		script, base, path string
		want               string
	}{
		"fine":        {"2.1.330 (Claude Code)\n", url, "", "mode+ cli+ cli_version+ credentials+ permission_mode+ file_claude_code+ reachable+ clock+"},
		"old":         {"1.0.3 (Claude Code)\n", url, "", "mode+ cli+ cli_version- credentials+ permission_mode+ file_claude_code+ reachable+ clock+"},
		"mute":        {"", url, "", "mode+ cli+ cli_version- credentials+ permission_mode+ file_claude_code+ reachable+ clock+"},
		"missing":     {"", url, "/nowhere/claude", "mode+ cli- credentials+ permission_mode+ file_claude_code+ reachable+ clock+"},
		"unreachable": {"2.1.330\n", closedPort(t), "", "mode+ cli+ cli_version+ credentials+ permission_mode+ file_claude_code+ reachable-"},
		"bad base":    {"2.1.330\n", "http://example.com", "", "mode+ cli+ cli_version+ credentials+ permission_mode+ file_claude_code+ base_url-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := map[string]string{baseVariable: tt.base}
			if tt.path != "" {
				variables[pathVariable] = tt.path
			}
			b := newCLIBed(t, tt.script, variables)
			b.file("user/.claude/.credentials.json", codeFile(aliveUntil))
			checks, err := b.provider.Diagnose(t.Context())
			var got []string
			for _, c := range checks {
				got = append(got, c.ID+map[bool]string{true: "+", false: "-"}[c.OK])
				if c.Detail == "" || !c.OK && c.Remedy == "" {
					t.Errorf("%+v", c)
				}
			}
			if d := cmp.Diff(tt.want, strings.Join(got, " ")); d != "" || err != nil {
				t.Errorf("%v\n%s", err, d)
			}
		})
	}
}

// In CLI mode a login is for the program alone; the list of models does not use it.
func TestCLIModels(t *testing.T) {
	t.Parallel()
	asked := false
	url := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	b := newCLIBed(t, "", map[string]string{baseVariable: url, modelVariable: "claude-opus-4-8"})
	b.file(filepath.Join("jcode", "auth.json"), ownFile(aliveUntil))
	models, err := b.provider.ListModels(t.Context())
	i := slices.IndexFunc(models, func(m sdk.Model) bool { return m.Default })
	if err != nil || asked || i < 0 || models[i].ID != "claude-opus-4-8" {
		t.Errorf("%v, asked %t, %v", models, asked, err)
	}
}

// What the plugin can do depends on the mode.
func TestCLICapabilities(t *testing.T) {
	t.Parallel()
	b := newCLIBed(t, "", nil)
	info, err := b.provider.Info(t.Context())
	if err != nil || info.Has(sdk.CapabilityTools) || !info.Has(sdk.CapabilityNativeTools) || !info.Has(sdk.CapabilityMaxTurns) {
		t.Errorf("%v, %v", info.Capabilities, err)
	}
}
