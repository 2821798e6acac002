package ollama

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/examples/ollama/internal/standin"
)

const testKey = "sk-local-0123456789"

// person answers the questions of a login, and keeps what was said.
type person struct {
	sdk.LoginUI
	answers []string
	asked   []sdk.Prompt
	notices []string
}

func (p *person) Notice(_ context.Context, text string) error {
	p.notices = append(p.notices, text)
	return nil
}

func (p *person) Prompt(_ context.Context, prompt sdk.Prompt) (sdk.Secret, error) {
	p.asked = append(p.asked, prompt)
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return sdk.NewSecret(answer), nil
}

func provider(t *testing.T, dir string, settings map[string]string, variables map[string]string) *Provider {
	t.Helper()
	p := New("1.0.0")
	p.clock = quickClock()
	config := sdk.Config{StateDir: dir, Settings: settings, Variables: sdk.Variables{}}
	for name, value := range variables {
		config.Variables[name] = sdk.NewSecret(value)
	}
	if err := p.Configure(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	return p
}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// nobody is an address where nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }() // that is the point
	return "http://" + listener.Addr().String()
}

func TestLogin(t *testing.T) {
	t.Parallel()
	url, dir := serve(t, &standin.Server{Key: testKey}), t.TempDir()
	p := provider(t, dir, nil, nil)
	someone := &person{answers: []string{strings.TrimPrefix(url, "http://"), testKey}}
	account, err := p.Login(t.Context(), sdk.LoginRequest{}, someone)
	if err != nil || account.Stored != filepath.Join(dir, "login.json") {
		t.Fatalf("%+v, %v", account, err)
	}
	if someone.asked[0].Default != defaultBase || !someone.asked[1].Secret || !strings.Contains(someone.notices[0], "1 model") {
		t.Errorf("%+v %v", someone.asked, someone.notices)
	}
	if info, err := os.Stat(account.Stored); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	status, err := p.AuthStatus(t.Context(), true)
	if err != nil || status.State != sdk.AuthOK || status.Method != "api_key" || status.Source != account.Stored {
		t.Errorf("%+v, %v", status, err)
	}
	// The key goes nowhere else.
	other := provider(t, dir, nil, map[string]string{hostVariable: "127.0.0.1:1"})
	if s, err := other.setup(t.Context()); err != nil || !s.key.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
	removed, err := p.Logout(t.Context())
	if err != nil || len(removed) != 2 {
		t.Errorf("%+v, %v", removed, err)
	}
	if again, err := p.Logout(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	url := serve(t, &standin.Server{Key: testKey})
	tests := map[string]struct {
		base    string
		request sdk.LoginRequest
		answers []string
		kind    sdk.Kind
		stored  bool
	}{
		"headless":        {url, sdk.LoginRequest{Headless: true}, nil, sdk.KindInteractionRequired, false},
		"given key":       {url, sdk.LoginRequest{Headless: true, APIKey: sdk.NewSecret(testKey)}, nil, 0, true},
		"wrong key":       {url, sdk.LoginRequest{Headless: true, APIKey: sdk.NewSecret("wrong-0123456789")}, nil, sdk.KindUnauthenticated, false},
		"no key at all":   {url, sdk.LoginRequest{APIKey: sdk.NewSecret("two words")}, nil, sdk.KindInvalidRequest, false},
		"plain elsewhere": {url, sdk.LoginRequest{}, []string{"http://192.0.2.1", ""}, sdk.KindConfiguration, false},
		"not there yet":   {nobody(t), sdk.LoginRequest{APIKey: sdk.NewSecret(testKey)}, nil, 0, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			p := provider(t, dir, map[string]string{baseSetting: test.base}, nil)
			_, err := p.Login(t.Context(), test.request, &person{answers: test.answers})
			if (err == nil) != test.stored || err != nil && sdk.KindOf(err) != test.kind {
				t.Errorf("%v (%v)", err, sdk.KindOf(err))
			}
			if _, err := os.Stat(filepath.Join(dir, "login.json")); (err == nil) != test.stored {
				t.Errorf("stored: %v", err == nil)
			}
			if err != nil && strings.Contains(err.Error(), "0123456789") {
				t.Errorf("the key is in %v", err)
			}
		})
	}
}

func TestAuthStatus(t *testing.T) {
	t.Parallel()
	open, closed := serve(t, &standin.Server{}), serve(t, &standin.Server{Key: testKey})
	tests := map[string]struct {
		base  string
		key   string
		probe bool
		state sdk.AuthState
		says  string
	}{
		"this machine":   {open, "", false, sdk.AuthOK, "no key is needed"},
		"elsewhere":      {"https://example.com/v1", "", false, sdk.AuthUnknown, "no key is set"},
		"elsewhere, key": {"https://example.com/v1", testKey, false, sdk.AuthOK, ""},
		"bad address":    {"ftp://x", "", false, sdk.AuthUnknown, "scheme"},
		"asked":          {open, "", true, sdk.AuthOK, "no key is needed"},
		"asked, no key":  {closed, "", true, sdk.AuthMissing, "401"},
		"asked, key":     {closed, testKey, true, sdk.AuthOK, ""},
		"asked, no one":  {nobody(t), "", true, sdk.AuthUnknown, "refused"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := provider(t, t.TempDir(), map[string]string{baseSetting: test.base}, map[string]string{keyVariable: test.key})
			status, err := p.AuthStatus(t.Context(), test.probe)
			if err != nil || status.State != test.state || !strings.Contains(status.Detail, test.says) {
				t.Errorf("%+v, %v", status, err)
			}
		})
	}
}

func TestSetupOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "login.json"), []byte(`{"base_url":"http://127.0.0.1:4","api_key":"k4"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{baseVariable: "http://127.0.0.1:1", hostVariable: "127.0.0.1:2", modelVariable: "m1"}
	settings := map[string]string{baseSetting: "http://127.0.0.1:3", modelSetting: "m3"}
	tests := map[string]struct {
		variables, settings  map[string]string
		dir, host, model, by string
	}{
		"base url": {all, settings, dir, "127.0.0.1:1", "m1", baseVariable},
		"host":     {map[string]string{hostVariable: "127.0.0.1:2"}, settings, dir, "127.0.0.1:2", "m3", hostVariable},
		"setting":  {nil, settings, dir, "127.0.0.1:3", "m3", "the setting plugin.ollama.base_url"},
		"login":    {nil, nil, dir, "127.0.0.1:4", "", filepath.Join(dir, "login.json")},
		"default":  {nil, nil, "", "127.0.0.1:11434", "", "the default"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := provider(t, test.dir, test.settings, test.variables).setup(t.Context())
			if err != nil || s.place.Host != test.host || s.model != test.model || s.place.source != test.by {
				t.Errorf("%+v, %v", s, err)
			}
			if s.key.IsZero() == (name == "login") {
				t.Errorf("key %v", s.key)
			}
		})
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	names := []string{"nomic-embed-text", "qwen3:8b", "standin:latest"}
	p := provider(t, "", map[string]string{baseSetting: serve(t, &standin.Server{Ollama: true, Models: names})}, nil)
	models, err := p.ListModels(t.Context())
	if err != nil || len(models) != 2 { // the first holds no conversation
		t.Fatalf("%+v, %v", models, err)
	}
	first := models[0]
	if first.ID != "qwen3:8b" || !first.Default || first.ContextTokens != 40960 || len(first.InputModalities) != 2 || len(first.Efforts) != 3 || models[1].Default {
		t.Errorf("%+v", models)
	}
	other := provider(t, "", map[string]string{baseSetting: serve(t, &standin.Server{Models: names}), modelSetting: "standin:latest"}, nil)
	models, err = other.ListModels(t.Context())
	if err != nil || len(models) != 3 || !models[2].Default || models[1].ContextTokens != 0 {
		t.Errorf("%+v, %v", models, err)
	}
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		base string
		bad  []string // ids of the checks that are not ok
		says string
	}{
		"ollama":    {serve(t, &standin.Server{Ollama: true}), []string{"context"}, "Ollama 0.13.5"},
		"another":   {serve(t, &standin.Server{}), nil, "standin:latest by default"},
		"no models": {serve(t, &standin.Server{Models: []string{}}), []string{"models"}, "has none"},
		"nobody":    {nobody(t), []string{"reachable"}, "refused"},
		"key":       {serve(t, &standin.Server{Key: testKey}), []string{"reachable"}, "invalid API key"},
		"address":   {"ftp://x", []string{"address"}, "scheme"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checks, err := provider(t, t.TempDir(), map[string]string{baseSetting: test.base}, nil).Diagnose(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var bad []string
			text := ""
			for _, check := range checks {
				text += check.Detail + "\n"
				if !check.OK {
					bad = append(bad, check.ID)
					if check.Remedy == "" {
						t.Errorf("%s has no remedy", check.ID)
					}
				}
			}
			if strings.Join(bad, " ") != strings.Join(test.bad, " ") || !strings.Contains(text, test.says) {
				t.Errorf("bad %v\n%s", bad, text)
			}
		})
	}
}

// A server that is not there is said at once, with what to start.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	p := provider(t, "", map[string]string{baseSetting: nobody(t), modelSetting: "m"}, nil)
	request := &sdk.Request{Messages: []sdk.Message{{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: "hi"}}}}}
	_, err := p.Generate(t.Context(), request, silent{})
	e := sdk.AsError(err)
	if e == nil || e.Kind != sdk.KindNetwork || e.Retryable || !strings.Contains(e.Remedy, "start the server") {
		t.Errorf("%+v", e)
	}
	local, err := parsePlace(defaultBase, "the default", false)
	if err != nil {
		t.Fatal(err)
	}
	if e := noAnswer(t.Context(), opGenerate, local, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", refusedError{})}); e.Remedy != "ollama serve" {
		t.Errorf("%+v", e)
	}
}

type refusedError struct{}

func (refusedError) Error() string { return "connection refused" }

type silent struct{ sdk.Stream }

func (silent) Emit(sdk.Event) error         { return nil }
func (silent) Interrupted() <-chan struct{} { return nil }
