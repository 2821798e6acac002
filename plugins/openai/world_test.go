package openai

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// jwt is a token that ends at a time and is of an account.
func jwt(name, account string, ends time.Time) string {
	part := func(value any) string {
		text, _ := json.Marshal(value)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]string{"alg": "none", "jti": name}) + "." + part(map[string]any{
		"exp": ends.Unix(), "email": "someone@example.com",
		"https://api.openai.com/auth": map[string]any{"chatgpt_account_id": account, "chatgpt_plan_type": "plus"},
	}) + ".signature-of-" + name
}

// tokens is the answer of a token endpoint.
func tokens(name string) string {
	return fmt.Sprintf(`{"access_token":%q,"refresh_token":"refresh-%s-0123456789","id_token":%q,"expires_in":864000}`,
		jwt("access-"+name, "acc-1", testNow.Add(240*time.Hour)), name, jwt("id-"+name, "acc-1", testNow.Add(time.Hour)))
}

// authJSON is Codex's file, complete, with a field of Codex's own on both levels.
func authJSON(name string, ends time.Time) string {
	return fmt.Sprintf(`{"auth_mode":"chatgpt","OPENAI_API_KEY":null,"top":1.0,"tokens":{"id_token":%q,"access_token":%q,`+
		`"refresh_token":"refresh-%s-0123456789","account_id":"acc-1","login_owner_id":"own"},"last_refresh":"2026-01-01T00:00:00Z"}`,
		jwt("id-"+name, "acc-1", ends), jwt("access-"+name, "acc-1", ends), name)
}

// world is a vendor, a home, and a provider in it.
type world struct {
	*Provider
	t     *testing.T
	url   string
	dir   string
	auth  string // Codex's file
	clock *fakeClock

	mu     sync.Mutex
	grants []url.Values
	paths  []string
	// answers of the token endpoint in turn, "STATUS BODY"; the last is repeated.
	answers []string
	// refuse are access tokens, or parts of them, that the API refuses.
	refuse []string
	// device answers the polls of a device login in turn.
	device []string
	hooks  map[string]func()
}

func newWorld(t *testing.T, auth string, answers ...string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), answers: answers, clock: &fakeClock{}, hooks: map[string]func(){}}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.url = server.URL
	w.auth = filepath.Join(w.dir, ".codex", "auth.json")
	if auth != "" {
		w.write(w.auth, auth)
	}
	w.Provider = New("1.2.3")
	w.Provider.clock = w.clock.clock()
	w.home = func() string { return w.dir }
	w.configure(nil, nil)
	return w
}

func (w *world) configure(variables, settings map[string]string) {
	w.t.Helper()
	config := sdk.Config{StateDir: filepath.Join(w.dir, "state"), Settings: settings, Variables: sdk.Variables{
		chatGPTVariable: sdk.NewSecret(w.url + "/backend"), authVariable: sdk.NewSecret(w.url),
		baseVariable: sdk.NewSecret(w.url + "/v1"), modelVariable: sdk.NewSecret("gpt-5.5"),
	}}
	for name, value := range variables {
		config.Variables[name] = sdk.NewSecret(value)
	}
	if err := os.MkdirAll(config.StateDir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Configure(w.t.Context(), config); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) write(path, text string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// ServeHTTP is the vendor.
func (w *world) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	w.paths = append(w.paths, r.Method+" "+r.URL.Path)
	hook := w.hooks[r.URL.Path]
	w.mu.Unlock()
	if hook != nil {
		hook()
	}
	switch r.URL.Path {
	case "/oauth/token":
		form, _ := url.ParseQuery(string(body))
		w.mu.Lock()
		answer := w.answers[min(len(w.grants), len(w.answers)-1)]
		w.grants = append(w.grants, form)
		w.mu.Unlock()
		reply(out, answer)
	case "/api/accounts/deviceauth/usercode", "/api/accounts/deviceauth/token":
		w.mu.Lock()
		answer := w.device[0]
		w.device = w.device[1:]
		w.mu.Unlock()
		reply(out, answer)
	case "/oauth/revoke":
	default:
		for _, token := range w.refuse {
			if strings.Contains(r.Header.Get("Authorization"), token) {
				reply(out, `401 {"error":{"message":"Your authentication token has been invalidated.","code":"token_invalidated"}}`)
				return
			}
		}
		out.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(out, helloStream)
	}
}

const helloStream = `data: {"type":"response.output_text.delta","output_index":0,"item_id":"msg_1","delta":"Hello"}

data: {"type":"response.completed","response":{"id":"resp_1","model":"gpt-5.5","status":"completed","output":[]}}

`

// reply sends "STATUS BODY"; a body that begins with < is a page.
func reply(out http.ResponseWriter, answer string) {
	status := 200
	if _, err := fmt.Sscanf(answer, "%d", &status); err == nil {
		_, answer, _ = strings.Cut(answer, " ")
	}
	out.Header().Set("Content-Type", "application/json")
	if strings.HasPrefix(answer, "<") {
		out.Header().Set("Content-Type", "text/html")
	}
	out.WriteHeader(status)
	_, _ = io.WriteString(out, answer)
}

// count is how many requests went to a path.
func (w *world) count(path string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, p := range w.paths {
		if strings.HasSuffix(p, " "+path) {
			n++
		}
	}
	return n
}

// ask sends a prompt and returns the text and the warnings' codes.
func (w *world) ask() (text string, warnings []string, err error) {
	s := &stream{}
	_, err = w.Generate(w.t.Context(), &sdk.Request{Messages: []sdk.Message{
		{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: "hi"}}},
	}}, s)
	var a sdk.Accumulator
	for _, event := range s.events {
		_ = a.Add(event)
		if e, ok := event.(sdk.WarningEvent); ok {
			warnings = append(warnings, e.Code)
		}
	}
	return a.TextString(), warnings, err
}

type stream struct {
	mu     sync.Mutex
	events []sdk.Event
}

func (s *stream) Emit(event sdk.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, event)
	return nil
}

func (s *stream) Ask(context.Context, sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	return sdk.PermissionAnswer{}, nil
}

func (s *stream) Interrupted() <-chan struct{} { return nil }
