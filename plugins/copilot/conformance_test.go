package copilot_test

import (
	"testing"

	"github.com/jcode-go/jcode/plugins/copilot"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	standincli.Conform(t, standincli.Conformance{
		New:  func() sdk.Provider { return copilot.New("1.2.3") },
		Path: standincli.Build(t.Context(), t, "jcode-provider-copilot"),
		Program: standincli.Program{
			{Arg: "--help", Scripts: []string{recorded(t, "help.txt")}}, {Arg: "login", Scripts: []string{"!exit 1\n"}},
		},
		Name:      "copilot",
		Variables: map[string]string{"JCODE_COPILOT_MODEL": "m", "COPILOT_GITHUB_TOKEN": "gho_conformance0123456789abcdefghijkl"},
		Text:      `{"type":"assistant.message_delta","data":{"messageId":"m1","deltaContent":"%"}}`,
		End:       `{"type":"result","sessionId":"s1","exitCode":0}`,
		Failures: map[sdk.Kind]standincli.Failure{
			sdk.KindUnauthenticated: {Script: "!stderr Error: No authentication information found. gho_conformance0123456789abcdefghijkl\n!exit 1\n"},
			sdk.KindModelNotFound:   {Script: "!stderr Error: Model \"m\" from --model flag is not available.\n!exit 1\n"},
			sdk.KindBilling:         {Script: event("session.error", `"errorType":"quota","message":"none left","statusCode":402`) + end(1), Want: sdk.Error{HTTPStatus: 402}},
			sdk.KindRateLimited:     {Script: event("session.error", `"errorType":"rate_limit","message":"slow","statusCode":429`) + end(1), Want: sdk.Error{HTTPStatus: 429}},
			sdk.KindOverloaded:      {Script: "!stderr Failed to get response from the AI model; retried 5 times\n!exit 1\n", Want: sdk.Error{Retryable: true}},
		},
	})
}
