package claude

import (
	"slices"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/toolspec"
)

func TestModels(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, id, family string
		version, max     int
		style            thinkingStyle
		betas            []string
	}{
		{"claude-opus-4-5-20251101", "claude-opus-4-5-20251101", "claude-opus-4-5", 45, 64_000, thinkingBudget, nil},
		{"claude-opus-4-6[1m]", "claude-opus-4-6", "claude-opus-4-6", 46, 128_000, thinkingAdaptive, []string{betaLongContext}},
		{"claude-opus-4-7[1m]", "claude-opus-4-7", "claude-opus-4-7", 47, 128_000, thinkingAdaptive, nil},
		{"claude-opus-4-5[1m]", "claude-opus-4-5", "claude-opus-4-5", 45, 64_000, thinkingBudget, nil},
		{"claude-sonnet-5", "claude-sonnet-5", "claude-sonnet-5", 50, 128_000, thinkingAdaptive, nil},
		{"claude-haiku-5-5", "claude-haiku-5-5", "claude-haiku-5-5", 55, 128_000, thinkingAdaptive, nil},
		{"claude-haiku-4-5-20251001", "claude-haiku-4-5-20251001", "claude-haiku-4-5", 45, 64_000, thinkingBudget, nil},
		{"claude-sonnet-4-20250514", "claude-sonnet-4-20250514", "claude-sonnet-4", 40, 32_000, thinkingBudget, nil},
		{"claude-3-7-sonnet-latest", "claude-3-7-sonnet-latest", "claude-3-7-sonnet", 37, 64_000, thinkingBudget, nil},
		{"claude-3-5-haiku-20241022", "claude-3-5-haiku-20241022", "claude-3-5-haiku", 35, 8_192, thinkingNone, nil},
		{"anthropic/claude-opus-4.6", "anthropic/claude-opus-4.6", "claude-opus-4-6", 46, 128_000, thinkingAdaptive, nil},
		{"claude-opus-4-5@20251101", "claude-opus-4-5@20251101", "claude-opus-4-5", 45, 64_000, thinkingBudget, nil},
		{"claude-next", "claude-next", "claude-next", 0, 32_000, thinkingAdaptive, nil},
		{"house-model", "house-model", "house-model", 0, 32_000, thinkingBudget, nil},
	} {
		m := resolveModel(tt.name)
		if m.id != tt.id || m.family != tt.family || m.version != tt.version || m.figures.maxOutput != tt.max ||
			m.figures.style != tt.style || !slices.Equal(m.betas, tt.betas) {
			t.Errorf("%s: %+v", tt.name, m)
		}
	}
}

func TestToolNames(t *testing.T) {
	t.Parallel()
	tools := []sdk.ToolSpec{{Name: "bash"}, {Name: "a.b"}, {Name: "a/b"}, {Name: strings.Repeat("n", 80)}, {Name: "é"}, {Name: ""}}
	names, err := toolspec.NewNames(map[string]string{"bash": "shell_exec"}, &sdk.Request{Tools: tools})
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range tools {
		wire := names.Wire(tool.Name)
		if !nameForm.MatchString(wire) || names.Host(wire) != tool.Name {
			t.Errorf("%q: %q, back %q", tool.Name, wire, names.Host(wire))
		}
	}
	if names.Wire("bash") != "shell_exec" || names.Host("unknown") != "unknown" {
		t.Error("the table is not used")
	}
	_, err = toolspec.NewNames(map[string]string{"bash": "shell_exec"}, &sdk.Request{Tools: []sdk.ToolSpec{{Name: "bash"}, {Name: "shell_exec"}}})
	if sdk.KindOf(err) != sdk.KindInvalidRequest || !strings.Contains(err.Error(), `"bash" and "shell_exec"`) {
		t.Error(err)
	}
}

func TestForcedToolMustExist(t *testing.T) {
	t.Parallel()
	request := hello()
	request.ToolChoice = sdk.ToolChoice{Mode: sdk.ToolChoiceTool, Name: "gone"}
	if _, err := turnOf(t, request).build(without{}); sdk.KindOf(err) != sdk.KindInvalidRequest {
		t.Error(err)
	}
}

func TestThinkingPlan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		model  string
		req    sdk.Request
		max    int
		leave  without
		style  thinkingStyle
		budget int
		effort string
	}{
		{"off by default", "claude-opus-4-6", sdk.Request{}, 9000, without{}, thinkingNone, 0, ""},
		{"effort", "claude-opus-4-6", sdk.Request{Effort: "low"}, 9000, without{}, thinkingAdaptive, 0, "low"},
		{"effort, thinking off", "claude-opus-4-6", sdk.Request{Effort: "low", ThinkingTokens: -1}, 9000, without{}, thinkingNone, 0, "low"},
		{"tokens, adaptive", "claude-opus-4-6", sdk.Request{ThinkingTokens: 10}, 9000, without{}, thinkingAdaptive, 0, ""},
		{"effort as a budget", "claude-opus-4-5", sdk.Request{Effort: "max"}, 64000, without{}, thinkingBudget, 31999, ""},
		{"unknown effort", "claude-opus-4-5", sdk.Request{Effort: "odd"}, 64000, without{}, thinkingBudget, 10000, ""},
		{"tokens", "claude-opus-4-5", sdk.Request{ThinkingTokens: 5000, Effort: "max"}, 64000, without{}, thinkingBudget, 5000, ""},
		{"too few tokens", "claude-opus-4-5", sdk.Request{ThinkingTokens: 5}, 64000, without{}, thinkingBudget, 1024, ""},
		{"more than the answer", "claude-opus-4-5", sdk.Request{ThinkingTokens: 9000}, 4000, without{}, thinkingBudget, 2000, ""},
		{"no room", "claude-opus-4-5", sdk.Request{ThinkingTokens: 9000}, 1500, without{}, thinkingNone, 0, ""},
		{"forced call", "claude-opus-4-5", sdk.Request{Effort: "low", ToolChoice: sdk.ToolChoice{Mode: "any"}}, 64000, without{}, thinkingNone, 0, ""},
		{"forced call, adaptive", "claude-opus-5", sdk.Request{Effort: "low", ToolChoice: sdk.ToolChoice{Mode: "any"}}, 64000, without{}, thinkingAdaptive, 0, "low"},
		{"too old", "claude-3-5-haiku-20241022", sdk.Request{Effort: "low"}, 8000, without{}, thinkingNone, 0, ""},
		{"refused", "claude-opus-4-6", sdk.Request{Effort: "low"}, 9000, without{thinking: true}, thinkingNone, 0, "low"},
		{"effort refused", "claude-opus-4-6", sdk.Request{Effort: "low"}, 9000, without{effort: true}, thinkingAdaptive, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := planThinking(&tt.req, resolveModel(tt.model), tt.max, tt.leave)
			if got.style != tt.style || got.budget != tt.budget || got.effort != tt.effort {
				t.Errorf("%+v", got)
			}
		})
	}
}
