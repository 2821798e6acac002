package antigravity_test

import (
	"testing"

	"github.com/jcode-go/jcode/plugins/antigravity"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	standincli.Conform(t, standincli.Conformance{
		New:  func() sdk.Provider { return antigravity.New("1.2.3") },
		Path: standincli.Build(t.Context(), t, "jcode-provider-antigravity"),
		Program: standincli.Program{
			{Arg: "--help", Scripts: []string{modernHelp}}, {Arg: "models", Scripts: []string{"m\tM\n"}},
		},
		Name: "antigravity",
		Text: `{"event":"step_update","step_update":{"step_index":1,"step_type":"agent_response","text_delta":"%"}}`,
		End:  `{"event":"result","conversation_id":"c1","result":{"status":"SUCCESS"}}`,
		Failures: map[sdk.Kind]standincli.Failure{
			sdk.KindUnauthenticated:  {Script: "!stderr Error: authentication timed out\n!exit 1\n"},
			sdk.KindModelNotFound:    {Script: "!stderr unknown model \"m\"\n!exit 1\n"},
			sdk.KindRateLimited:      {Script: `{"event":"result","result":{"status":"ERROR","error":"RESOURCE_EXHAUSTED"}}` + "\n"},
			sdk.KindPermissionDenied: {Script: `{"event":"result","result":{"status":"SUCCESS","denied_actions":["run_command"]}}` + "\n"},
		},
	})
}
