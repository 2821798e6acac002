package openai_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/plugins/openai"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest"
)

const conformanceKey = "sk-conformance-0123456789"

// vendor answers what the last text of the conversation asks for.
func vendor(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, `{"object":"list","data":[{"id":"gpt-5.5"}]}`)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Authorization") != "Bearer "+conformanceKey {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	word, rest, _ := strings.Cut(lastText(body), " ")
	if word == "fail" {
		fail(w, rest)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	send(w, `{"type":"response.created","response":{"id":"resp_1","model":"gpt-5.5"}}`)
	switch word {
	case "text":
		send(w, text("the token is "), text(rest))
	case "tool":
		send(w, `{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"read"}}`,
			`{"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":0,"delta":"{\"pa"}`,
			`{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"read","arguments":"{\"path\":\"a.go\"}"}}`)
	case "long":
		for range 5 << 10 {
			send(w, text(strings.Repeat("long text ", 103)))
		}
	case "endless":
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		return
	}
	send(w, `{"type":"response.completed","response":{"id":"resp_1","model":"gpt-5.5","status":"completed","output":[],"usage":{"input_tokens":3,"output_tokens":2}}}`)
}

// lastText finds the last text without parsing the rest, which may be large.
func lastText(body []byte) string {
	const before = `"text":"`
	value := body[bytes.LastIndex(body, []byte(before))+len(before):]
	return string(value[:bytes.IndexByte(value, '"')])
}

func send(w io.Writer, events ...string) {
	for _, event := range events {
		_, _ = io.WriteString(w, "data: "+event+"\n\n")
	}
}

func text(value string) string {
	return fmt.Sprintf(`{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"delta":%q}`, value)
}

// failure is how the vendor says a kind of error.
type failure struct {
	status            int
	code, message     string
	retryAfterSeconds int
	want              sdk.Error
}

var failures = map[sdk.Kind]failure{
	sdk.KindUnauthenticated:  {401, "invalid_api_key", "Incorrect API key provided", 0, sdk.Error{Remedy: "jcode login --provider openai"}},
	sdk.KindPermissionDenied: {403, "", "no", 0, sdk.Error{Remedy: "jcode login --provider openai"}},
	sdk.KindBilling:          {429, "insufficient_quota", "no", 0, sdk.Error{}},
	sdk.KindModelNotFound:    {404, "model_not_found", "The model x does not exist", 0, sdk.Error{Remedy: "jcode models --provider openai"}},
	sdk.KindContextTooLong:   {400, "context_length_exceeded", "too long", 0, sdk.Error{}},
	sdk.KindInvalidRequest:   {400, "", "odd", 0, sdk.Error{}},
	sdk.KindPolicyRefused:    {400, "cyber_policy", "no", 0, sdk.Error{}},
	sdk.KindRateLimited:      {429, "rate_limit_exceeded", "slow", 120, sdk.Error{Retryable: true, RetryAfter: 2 * time.Minute}},
	sdk.KindOverloaded:       {503, "server_is_overloaded", "busy", 120, sdk.Error{Retryable: true, RetryAfter: 2 * time.Minute}},
}

func fail(w http.ResponseWriter, kind string) {
	n, _ := strconv.Atoi(kind)
	f := failures[sdk.Kind(n)]
	w.Header().Set("X-Request-Id", "req_1")
	w.Header().Set("Content-Type", "application/json")
	if f.retryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retryAfterSeconds))
	}
	w.WriteHeader(f.status)
	_, _ = fmt.Fprintf(w, `{"error":{"code":%q,"message":%q,"type":"invalid_request_error"}}`, f.code, f.message)
}

func ask(prompt string) *sdk.Request {
	return &sdk.Request{ID: "1", Messages: []sdk.Message{{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: prompt}}}}}
}

func TestConformance(t *testing.T) {
	path := program(t)
	home := t.TempDir() // that of the developer may have a login
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	server := httptest.NewServer(http.HandlerFunc(vendor))
	t.Cleanup(server.Close)
	providertest.Run(t, providertest.Subject{
		New:   func() sdk.Provider { return openai.New("1.2.3") },
		Path:  path,
		Slack: 10,
		Config: sdk.Config{Variables: sdk.Variables{
			"OPENAI_API_KEY":     sdk.NewSecret(conformanceKey),
			"OPENAI_BASE_URL":    sdk.NewSecret(server.URL + "/v1/"),
			"JCODE_OPENAI_MODEL": sdk.NewSecret("gpt-5.5"),
		}},
		Fixtures: providertest.Fixtures{
			Text:    func(token string) *sdk.Request { return ask("text " + token) },
			Tool:    ask("tool"),
			Long:    ask("long"),
			Endless: ask("endless"),
			Failure: func(kind sdk.Kind) (*sdk.Request, *sdk.Error) {
				f, ok := failures[kind]
				if !ok {
					return nil, nil
				}
				want := f.want
				want.Kind, want.HTTPStatus, want.ProviderRequestID = kind, f.status, "req_1"
				return ask(fmt.Sprintf("fail %d", kind)), &want
			},
		},
	})
}

// program is the built plugin: of `make build` when that names its folder, else
// built here.
func program(t *testing.T) string {
	t.Helper()
	name := "jcode-provider-openai"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if dir := os.Getenv("JCODE_TEST_BIN"); dir != "" {
		return filepath.Join(dir, "plugins", name)
	}
	path := filepath.Join(t.TempDir(), name)
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/jcode-provider-openai")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
