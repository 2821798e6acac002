package providertest_test

import (
	"os"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest"
	"github.com/jcode-go/jcode/sdk/providertest/scripted"
)

const secretValue = "sk-conformance-0123456789"

// steps is one turn.
func steps(s ...scripted.Step) *sdk.Request { return scripted.Request(scripted.Turn{Steps: s}) }

// fixtures are requests that carry their answer as a script.
func fixtures() providertest.Fixtures {
	return providertest.Fixtures{
		Text: func(token string) *sdk.Request {
			return steps(scripted.Step{Message: "m1", Text: "hello "}, scripted.Step{Message: "m1", Text: token})
		},
		Tool: steps(
			scripted.Step{Message: "m1", Text: "I look."},
			scripted.Step{Message: "m1", ToolCall: &scripted.ToolCall{ID: "c1", Name: "read", Input: []byte(`{"path":"a/b","n":[1,2]}`), Fragments: 3}},
			scripted.Step{Message: "m1", ToolCall: &scripted.ToolCall{ID: "c2", Name: "glob", Fragments: 1}},
		),
		Long:    steps(scripted.Step{Text: longText, Repeat: 2000}), // more than all buffers on the way
		Endless: steps(scripted.Step{Text: "thinking about it"}, scripted.Step{DelayMS: -1}),
		Failure: failure,
		Panic:   steps(scripted.Step{Crash: "panic"}),
		Children: steps(
			scripted.Step{Text: "starting"},
			scripted.Step{Child: "sleep 300 & sleep 300"},
		),
		State: func(previous []byte) *sdk.Request {
			request := scripted.Request(scripted.Turn{Finish: &scripted.Finish{StopReason: sdk.StopEndTurn, State: "kept"}})
			request.ProviderState = previous
			return request
		},
	}
}

var longText = repeatText(4 << 10)

func repeatText(n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = byte('a' + i%26)
	}
	return string(text)
}

func failure(kind sdk.Kind) (*sdk.Request, *sdk.Error) {
	want := &sdk.Error{
		Kind: kind, HTTPStatus: 429, ProviderRequestID: "req_7", Retryable: true, RetryAfter: 1500 * time.Millisecond,
	}
	return steps(scripted.Step{Text: "partial"}, scripted.Step{Error: &scripted.Error{
		Kind: kind.String(), Message: "scripted failure", Remedy: "try again", HTTPStatus: want.HTTPStatus, RequestID: want.ProviderRequestID,
		Retryable: want.Retryable, RetryAfterMS: 1500,
	}}), want
}

func config() sdk.Config {
	return sdk.Config{Variables: sdk.Variables{scripted.VariableKey: sdk.NewSecret(secretValue)}}
}

// TestScripted is the suite on a provider that keeps every rule.
func TestScripted(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Subject{
		New:  func() sdk.Provider { return &scripted.Provider{} },
		Path: buildScripted(t), Config: config(), Fixtures: fixtures(), Slack: 10,
	})
}

// TestMain makes the test binary a broken plugin when the suite starts it.
func TestMain(m *testing.M) {
	if name := os.Getenv(brokenName); name != "" {
		serveBroken(name)
	}
	os.Exit(m.Run())
}
