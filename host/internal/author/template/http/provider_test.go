package acmename

import (
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host/internal/author/template/http/internal/standin"
	"github.com/jcode-go/jcode/sdk"
)

// configured is a provider that talks to the stand-in, without a key.
func configured(t *testing.T) *Provider {
	t.Helper()
	server := httptest.NewServer(standin.Handler())
	t.Cleanup(server.Close)
	p := New("1.2.3")
	if err := p.Configure(t.Context(), sdk.Config{
		StateDir: t.TempDir(), Variables: sdk.Variables{variableBase: sdk.NewSecret(server.URL)},
	}); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLoginAndLogout(t *testing.T) {
	t.Parallel()
	p := configured(t)
	status, err := p.AuthStatus(t.Context(), false)
	if err != nil || status.State != sdk.AuthMissing || status.Remedy != loginCommand {
		t.Fatalf("before: %+v, %v", status, err)
	}
	if _, err := p.Login(t.Context(), sdk.LoginRequest{APIKey: sdk.NewSecret("wrong")}, nil); sdk.KindOf(err) != sdk.KindUnauthenticated {
		t.Fatalf("a wrong key: %v", err)
	}
	account, err := p.Login(t.Context(), sdk.LoginRequest{APIKey: sdk.NewSecret(standin.Key)}, nil)
	if err != nil || account.Label != "me@example.com" {
		t.Fatalf("login: %+v, %v", account, err)
	}
	info, err := os.Stat(p.keyFile())
	if err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Fatalf("the key's file: %v, %v", info, err)
	}
	if status, err = p.AuthStatus(t.Context(), true); err != nil || status.State != sdk.AuthOK || status.Account != "me@example.com" {
		t.Fatalf("after: %+v, %v", status, err)
	}
	removed, err := p.Logout(t.Context())
	if err != nil || len(removed) != 1 {
		t.Fatalf("logout: %+v, %v", removed, err)
	}
	if status, err = p.AuthStatus(t.Context(), false); err != nil || status.State != sdk.AuthMissing {
		t.Fatalf("after logout: %+v, %v", status, err)
	}
}

func TestModelsAndDiagnose(t *testing.T) {
	t.Parallel()
	p := configured(t)
	p.config.Variables[variableKey] = sdk.NewSecret(standin.Key)
	models, err := p.ListModels(t.Context())
	if err != nil || len(models) != 2 || models[0].ID != defaultModel || !models[0].Default {
		t.Fatalf("models: %+v, %v", models, err)
	}
	checks, err := p.Diagnose(t.Context())
	if err != nil || len(checks) != 2 || !checks[1].OK {
		t.Fatalf("checks: %+v, %v", checks, err)
	}
}

func TestNewChat(t *testing.T) {
	t.Parallel()
	request := &sdk.Request{
		System: []sdk.SystemBlock{{Text: "Be short."}},
		Messages: []sdk.Message{
			{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: "read a"}}},
			{Role: sdk.RoleAssistant, Blocks: []sdk.Block{sdk.Thinking{Text: "hm"}, sdk.ToolCall{ID: "c1", Name: "read", Input: json.RawMessage(`{"file_path":"a"}`)}}},
			{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.ToolResult{ToolCallID: "c1", Content: []sdk.Block{sdk.Text{Text: "A"}}}}},
		},
		Tools: []sdk.ToolSpec{{Name: "read", Description: "reads", InputSchema: json.RawMessage(`{"type":"object"}`)}},
	}
	const want = `{"model":"small","system":"Be short.","messages":[{"role":"user","text":"read a"},` +
		`{"role":"assistant","calls":[{"id":"c1","name":"read","input":{"file_path":"a"}}]},` +
		`{"role":"user","results":[{"id":"c1","text":"A"}]}],` +
		`"tools":[{"name":"read","description":"reads","schema":{"type":"object"}}]}`
	if got, err := json.Marshal(newChat("small", request)); err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	const start = "data: {\"type\":\"start\",\"id\":\"r1\",\"model\":\"small\"}\n\n"
	for name, test := range map[string]struct {
		stream string
		text   string
		stop   sdk.StopReason
		err    error
		kind   sdk.Kind
	}{
		"whole":          {stream: start + "data: {\"type\":\"text\",\"text\":\"Hi\"}\n\ndata: {\"type\":\"end\",\"stop\":\"max_tokens\"}\n\n", text: "Hi", stop: sdk.StopMaxTokens},
		"unknown event":  {stream: start + "data: {\"type\":\"weather\"}\n\ndata: {\"type\":\"end\"}\n\n", stop: sdk.StopEndTurn},
		"without an end": {stream: start + "data: {\"type\":\"text\",\"text\":\"Hi\"}\n\n", text: "Hi", err: io.ErrUnexpectedEOF},
		"no JSON":        {stream: "data: <html>\n\n", kind: sdk.KindNetwork},
		"an error":       {stream: start + "data: {\"type\":\"error\",\"error\":{\"message\":\"busy\"}}\n\n", kind: sdk.KindOverloaded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var answer sdk.Accumulator
			result, err := decode(strings.NewReader(test.stream), answer.Add)
			if answer.TextString() != test.text || result.StopReason != test.stop && err == nil {
				t.Errorf("text %q, %+v", answer.TextString(), result)
			}
			if test.err != nil && !errors.Is(err, test.err) || test.kind != 0 && sdk.KindOf(err) != test.kind || test.stop != "" && err != nil {
				t.Errorf("error %v", err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("data: {\"type\":\"start\",\"id\":\"r1\"}\n\ndata: {\"type\":\"end\"}\n\n")
	f.Fuzz(func(_ *testing.T, stream string) {
		_, _ = decode(strings.NewReader(stream), func(sdk.Event) error { return nil })
	})
}
