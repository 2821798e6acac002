package cursor_test

import (
	"testing"

	"github.com/jcode-go/jcode/plugins/cursor"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	standincli.Conform(t, standincli.Conformance{
		New:  func() sdk.Provider { return cursor.New("1.2.3") },
		Path: standincli.Build(t.Context(), t, "jcode-provider-cursor"),
		Program: standincli.Program{
			{Arg: "--help", Scripts: []string{modernHelp}},
			{Arg: "models", Scripts: []string{models}},
			{Arg: "status", Scripts: []string{"Not logged in\n"}},
			{Arg: "login", Scripts: []string{"!exit 1\n"}},
		},
		Name:      "cursor-agent",
		Variables: map[string]string{"JCODE_CURSOR_MODEL": "auto", "CURSOR_API_KEY": "cursor-conformance-0123456789"},
		Text:      `{"type":"assistant","timestamp_ms":1,"session_id":"s1","message":{"content":[{"type":"text","text":"%"}]}}`,
		End:       `{"type":"result","subtype":"success","session_id":"s1"}`,
		Failures: map[sdk.Kind]standincli.Failure{
			sdk.KindUnauthenticated:     {Script: "!stderr Error: Authentication required for cursor-conformance-0123456789\n!exit 1\n"},
			sdk.KindModelNotFound:       {Script: "!stderr Cannot use this model: x\n!exit 1\n"},
			sdk.KindRateLimited:         {Script: "!stderr You reached your usage limit\n!exit 1\n"},
			sdk.KindInteractionRequired: {Script: "!stderr Workspace Trust Required\n"},
			sdk.KindCLIOutdated:         {Script: "!stderr Update Required\n!exit 1\n"},
			sdk.KindNetwork:             {Script: "!stderr Error: fetch failed\n!exit 1\n", Want: sdk.Error{Retryable: true}},
		},
	})
}
