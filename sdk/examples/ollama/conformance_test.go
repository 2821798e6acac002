package ollama_test

import (
	"fmt"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/examples/ollama"
	"github.com/jcode-go/jcode/sdk/examples/ollama/internal/standin"
	"github.com/jcode-go/jcode/sdk/providertest"
)

const conformanceKey = "sk-conformance-0123456789"

// failures are how a server says a kind of error.
var failures = map[sdk.Kind]struct {
	status  int
	message string
	want    sdk.Error
}{
	sdk.KindUnauthenticated:  {401, "no", sdk.Error{Remedy: "jcode login --provider ollama"}},
	sdk.KindPermissionDenied: {403, "no", sdk.Error{Remedy: "jcode login --provider ollama"}},
	sdk.KindBilling:          {402, "pay", sdk.Error{}},
	sdk.KindModelNotFound:    {404, "model 'x' not found", sdk.Error{Remedy: "ollama pull standin:latest"}},
	sdk.KindContextTooLong:   {400, "maximum context length is 4096", sdk.Error{}},
	sdk.KindInvalidRequest:   {400, "odd", sdk.Error{}},
	sdk.KindRateLimited:      {429, "slow down", sdk.Error{Retryable: true, RetryAfter: 2 * time.Minute}},
	sdk.KindOverloaded:       {503, "busy", sdk.Error{Retryable: true, RetryAfter: 2 * time.Minute}},
	sdk.KindConfiguration:    {404, "404 page not found", sdk.Error{}},
}

func ask(prompt string) *sdk.Request {
	return &sdk.Request{
		ID: "1", Messages: []sdk.Message{{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: prompt}}}},
		Tools: []sdk.ToolSpec{{Name: "read", InputSchema: []byte(`{"type":"object"}`)}},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&standin.Server{Key: conformanceKey, Ollama: true})
	t.Cleanup(server.Close)
	providertest.Run(t, providertest.Subject{
		New: func() sdk.Provider { return ollama.New("1.0.0") }, Path: program(t), Slack: 10, LargeRequest: 8 << 20,
		Config: sdk.Config{
			Variables: sdk.Variables{"OLLAMA_API_KEY": sdk.NewSecret(conformanceKey)},
			Settings:  map[string]string{"base_url": server.URL}, // a variable would be taken for a secret
		},
		Fixtures: providertest.Fixtures{
			Text:    func(token string) *sdk.Request { return ask("say the token is " + token) },
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
				return ask(fmt.Sprintf("fail %d %s", f.status, f.message)), &want
			},
		},
	})
}

// program is the built plugin.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jcode-provider-ollama")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/jcode-provider-ollama")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
