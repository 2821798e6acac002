//go:build unix

package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/openaiauth"
	"github.com/jcode-go/jcode/tools/standin/responses"
)

// openAIBed is a bed with OpenAI's services: both faces of the API and the login.
type openAIBed struct {
	*bed
	login *openaiauth.Server
	api   *responses.Server
	both  http.Handler // the two of them on one port
}

// newOpenAIBed starts a stand-in that plays scenario; nil echoes. It takes the tokens
// of its own login on one face and apiKey on the other.
func newOpenAIBed(t *testing.T, options openaiauth.Options, scenario *responses.Scenario) *openAIBed {
	t.Helper()
	b := &openAIBed{bed: &bed{t: t, home: t.TempDir(), project: t.TempDir()}}
	b.start(options, responses.Options{Scenario: scenario, APIKey: apiKey})
	return b
}

func (b *openAIBed) start(options openaiauth.Options, api responses.Options) {
	b.t.Helper()
	var err error
	if b.login, err = openaiauth.New(options); err != nil {
		b.t.Fatal(err)
	}
	api.Account = b.login.Account
	if b.api, err = responses.New(api); err != nil {
		b.t.Fatal(err)
	}
	b.both = b.login.With(b.api)
	listening := httptest.NewServer(b.both)
	b.t.Cleanup(listening.Close)
	b.t.Cleanup(listening.CloseClientConnections)
	b.url = listening.URL
	b.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.home, "JCODE_HOME=" + filepath.Join(b.home, ".jcode"), "TMPDIR=" + os.TempDir(),
		"OPENAI_BASE_URL=" + b.url + "/v1", "JCODE_CHATGPT_BASE_URL=" + b.url + responses.DefaultChatGPTBase, "JCODE_OPENAI_AUTH_URL=" + b.url,
	}
	b.logged(func() []string { return append(b.login.Secrets(), apiKey) })
}

// withKey gives jcode an API key instead of a login. A key has no catalog.
func (b *openAIBed) withKey() *openAIBed {
	b.env = append(b.env, "OPENAI_API_KEY="+apiKey, "JCODE_OPENAI_MODEL=gpt-5.5")
	return b
}

// withLogin stores a fresh login.
func (b *openAIBed) withLogin() *openAIBed {
	b.t.Helper()
	b.store(b.login.Issue(time.Hour))
	return b
}

func (b *openAIBed) authFile() string { return filepath.Join(b.home, ".codex", "auth.json") }

// store writes auth.json as the vendor's own program would, with something in it
// that nobody but its writer knows.
func (b *openAIBed) store(tokens openaiauth.Tokens) {
	b.t.Helper()
	text := string(tokens.CodexFile(time.Now()))
	text = strings.Replace(text, "{", `{"future":{"keep":1.50},`, 1)
	text = strings.Replace(text, `"tokens": {`, `"tokens": {"future_token":"kept",`, 1)
	b.file(".codex/auth.json", text)
}

// expired stores a login whose access token has run out.
func (b *openAIBed) expired() openaiauth.Tokens {
	b.t.Helper()
	tokens := b.login.Issue(-time.Hour)
	b.store(tokens)
	return tokens
}

// codexFile is what of auth.json the vendor's own program needs.
type codexFile struct {
	Mode        string `json:"auth_mode"`
	LastRefresh string `json:"last_refresh"`
	Future      json.RawMessage
	Tokens      struct {
		openaiauth.Tokens
		FutureToken string `json:"future_token"`
	}
}

// stored reads auth.json; the test fails unless it can be read and is complete.
func (b *openAIBed) stored() codexFile {
	b.t.Helper()
	content, err := os.ReadFile(b.authFile())
	if err != nil {
		b.t.Fatal(err)
	}
	var file codexFile
	if err := json.Unmarshal(content, &file); err != nil {
		b.t.Fatalf("auth.json cannot be read: %v", err)
	}
	if _, err := time.Parse(time.RFC3339, file.LastRefresh); err != nil || file.Mode != "chatgpt" || file.Tokens.ID == "" ||
		file.Tokens.Refresh == "" || file.Tokens.Account == "" || !strings.Contains(string(content), "OPENAI_API_KEY") {
		b.t.Errorf("codex cannot work with auth.json: mode %q, last refresh %q, account %q, lengths %d %d", file.Mode, file.LastRefresh,
			file.Tokens.Account, len(file.Tokens.ID), len(file.Tokens.Refresh))
	}
	return file
}

// kept is stored, and what was not ours to change is as it was.
func (b *openAIBed) kept() codexFile {
	b.t.Helper()
	file := b.stored()
	if !strings.Contains(string(file.Future), "1.50") || file.Tokens.FutureToken != "kept" {
		b.t.Errorf("auth.json lost what was not ours to change: %s, %q", file.Future, file.Tokens.FutureToken)
	}
	return file
}

// refreshes counts the refresh requests that were answered with status.
func (b *openAIBed) refreshes(status int) int {
	n := 0
	for _, r := range b.login.Requests() {
		if r.Grant == "refresh_token" && r.Status == status {
			n++
		}
	}
	return n
}

// silent fails the test when any code, verifier or token shows up in a text.
func (b *openAIBed) silent(where, text string) { b.without(b.login.Secrets(), where, text) }

// run runs jcode on this provider and looks for secrets in what it says.
func (b *openAIBed) run(args ...string) result {
	b.t.Helper()
	r := b.jcode(append([]string{"--provider", "openai", "run"}, args...)...)
	b.silent(strings.Join(args, " "), r.stdout+r.stderr)
	return r
}

// posts are the records of the requests for a response.
func (b *openAIBed) posts() []responses.Record {
	var all []responses.Record
	for _, r := range b.api.Requests() {
		if r.Method == http.MethodPost {
			all = append(all, r)
		}
	}
	return all
}

// noViolations fails the test when the server saw a request that the vendor would
// have refused.
func (b *openAIBed) noViolations() {
	b.t.Helper()
	for _, record := range b.api.Violated() {
		b.t.Errorf("the server was sent a bad request: %s %s: %s: %s", record.Method, record.Path, record.Violation, record.Message)
	}
}

// Short forms for scenarios.
func says(s string) responses.Item { return responses.Item{Type: responses.Text, Text: s} }

func calls(tool, arguments string) responses.Item {
	return responses.Item{Type: responses.FunctionCall, Name: tool, Arguments: []byte(arguments)}
}

func output(items ...responses.Item) *responses.Reply { return &responses.Reply{Items: items} }
