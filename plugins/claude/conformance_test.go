package claude_test

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

	"github.com/jcode-go/jcode/plugins/claude"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest"
)

const conformanceKey = "sk-ant-conformance-0123456789"

// vendor answers what the last text of the conversation asks for.
func vendor(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("X-Api-Key") != conformanceKey {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	word, rest, _ := strings.Cut(lastText(body), " ")
	if word == "fail" {
		fail(w, rest)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	send(w, `{"type":"message_start","message":{"id":"msg_1","model":"claude-opus-4-5-20251101","usage":{"input_tokens":3,"output_tokens":1}}}`)
	switch word {
	case "text":
		send(w, start("text"), text("the token is "), text(rest), stop, end("end_turn"))
	case "tool":
		send(w, start("tool_use"), delta("input_json_delta", "partial_json", `{"pa`), delta("input_json_delta", "partial_json", `th":"a.go"}`), stop, end("tool_use"))
	case "long":
		send(w, start("text"))
		for range 5 << 10 {
			send(w, text(strings.Repeat("long text ", 103)))
		}
		send(w, stop, end("end_turn"))
	case "endless":
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		return
	}
	send(w, `{"type":"message_stop"}`)
}

// lastText finds the last text without parsing the rest, which may be large.
func lastText(body []byte) string {
	const before = `"text":"`
	at := bytes.LastIndex(body, []byte(before))
	if at < 0 {
		return ""
	}
	value := body[at+len(before):]
	return string(value[:bytes.IndexByte(value, '"')])
}

func send(w io.Writer, events ...string) {
	for _, event := range events {
		_, _ = io.WriteString(w, "data: "+event+"\n\n")
	}
}

const stop = `{"type":"content_block_stop","index":0}`

func start(kind string) string {
	return fmt.Sprintf(`{"type":"content_block_start","index":0,"content_block":{"type":%q,"id":"toolu_1","name":"read"}}`, kind)
}

func delta(kind, field, value string) string {
	return fmt.Sprintf(`{"type":"content_block_delta","index":0,"delta":{"type":%q,%q:%q}}`, kind, field, value)
}

func text(value string) string { return delta("text_delta", "text", value) }

func end(reason string) string {
	return fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":%q},"usage":{"output_tokens":2}}`, reason)
}

// failure is how the vendor says a kind of error.
type failure struct {
	status            int
	kind, message     string
	retryAfterSeconds int
	want              sdk.Error
}

var failures = map[sdk.Kind]failure{
	sdk.KindUnauthenticated:  {401, "authentication_error", "invalid x-api-key", 0, sdk.Error{Remedy: "jcode login --provider claude"}},
	sdk.KindPermissionDenied: {403, "permission_error", "no", 0, sdk.Error{}},
	sdk.KindBilling:          {402, "billing_error", "no", 0, sdk.Error{}},
	sdk.KindModelNotFound:    {404, "not_found_error", "model: x", 0, sdk.Error{Remedy: "jcode models --provider claude"}},
	sdk.KindContextTooLong:   {400, "invalid_request_error", "prompt is too long", 0, sdk.Error{}},
	sdk.KindInvalidRequest:   {400, "invalid_request_error", "odd", 0, sdk.Error{}},
	sdk.KindPolicyRefused:    {400, "invalid_request_error", "You are out of extra usage", 0, sdk.Error{}},
	sdk.KindRateLimited:      {429, "rate_limit_error", "slow", 120, sdk.Error{Retryable: true, RetryAfter: 2 * time.Minute}},
	sdk.KindOverloaded:       {529, "overloaded_error", "busy", 120, sdk.Error{Retryable: true, RetryAfter: 2 * time.Minute}},
}

func fail(w http.ResponseWriter, kind string) {
	n, _ := strconv.Atoi(kind)
	f := failures[sdk.Kind(n)]
	w.Header().Set("Request-Id", "req_1")
	if f.retryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retryAfterSeconds))
	}
	w.WriteHeader(f.status)
	_, _ = fmt.Fprintf(w, `{"type":"error","error":{"type":%q,"message":%q}}`, f.kind, f.message)
}

func ask(prompt string) *sdk.Request {
	return &sdk.Request{ID: "1", Messages: []sdk.Message{{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: prompt}}}}}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(vendor))
	t.Cleanup(server.Close)
	providertest.Run(t, providertest.Subject{
		New:   func() sdk.Provider { return claude.New("1.2.3") },
		Path:  program(t),
		Slack: 10,
		Config: sdk.Config{Variables: sdk.Variables{
			"JCODE_USE_DIRECT_API": sdk.NewSecret("1"),
			"ANTHROPIC_API_KEY":    sdk.NewSecret(conformanceKey),
			"ANTHROPIC_BASE_URL":   sdk.NewSecret(server.URL + "/v1/"),
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
	name := "jcode-provider-claude"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if dir := os.Getenv("JCODE_TEST_BIN"); dir != "" {
		return filepath.Join(dir, "plugins", name)
	}
	path := filepath.Join(t.TempDir(), name)
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/jcode-provider-claude")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
