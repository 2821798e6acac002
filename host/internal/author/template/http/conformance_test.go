package acmename_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	acmename "github.com/jcode-go/jcode/host/internal/author/template/http"
	"github.com/jcode-go/jcode/host/internal/author/template/http/internal/standin"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest"
)

// TestConformance runs the rules that every provider must keep, against the
// stand-in: as a value, behind gRPC, and as the program that jcode starts.
func TestConformance(t *testing.T) {
	server := httptest.NewServer(standin.Handler())
	t.Cleanup(server.Close)
	providertest.Run(t, providertest.Subject{
		New:   func() sdk.Provider { return acmename.New("1.2.3") },
		Path:  build(t),
		Slack: 10, // time limits, for machines that do other things too
		Config: sdk.Config{Variables: sdk.Variables{
			"ACME_NAME_API_KEY":  sdk.NewSecret(standin.Key),
			"ACME_NAME_BASE_URL": sdk.NewSecret(server.URL),
		}},
		LargeRequest: 8 << 20,
		Fixtures: providertest.Fixtures{
			Text:    func(token string) *sdk.Request { return prompt("the token is " + token) },
			Tool:    prompt("tool"),
			Long:    prompt("long"),
			Endless: prompt("endless"),
			Failure: failure,
		},
	})
}

// failure is how the stand-in leads to an error of each kind.
func failure(kind sdk.Kind) (*sdk.Request, *sdk.Error) {
	statuses := map[sdk.Kind]int{
		sdk.KindUnauthenticated: http.StatusUnauthorized,
		sdk.KindBilling:         http.StatusPaymentRequired,
		sdk.KindModelNotFound:   http.StatusNotFound,
		sdk.KindRateLimited:     http.StatusTooManyRequests,
		sdk.KindOverloaded:      http.StatusServiceUnavailable,
	}
	status, ok := statuses[kind]
	if !ok {
		return nil, nil
	}
	want := &sdk.Error{Kind: kind, HTTPStatus: status, ProviderRequestID: "req_1"}
	want.Retryable = kind == sdk.KindRateLimited || kind == sdk.KindOverloaded
	if want.Retryable {
		want.RetryAfter = 20 * time.Millisecond
	}
	return prompt(fmt.Sprint("fail ", status)), want
}

// prompt is a request of one message.
func prompt(text string) *sdk.Request {
	return &sdk.Request{ID: "request-1", SessionID: "session-1", Messages: []sdk.Message{
		{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: text}}},
	}}
}

// build builds the plugin's program.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jcode-provider-acme-name")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	command := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-X main.version=1.2.3", "-o", path, "./cmd/jcode-provider-acme-name")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
