package host

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

const agentFile = "---\ndescription: d\n---\nPrompt."

func writeAgent(t *testing.T, folder, name, text string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".md"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAgentTypes(t *testing.T) {
	t.Parallel()
	for name, trusted := range map[string]bool{"trusted": true, "not trusted": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := testHost(t, nil)
			h.options.TrustProject = trusted
			project := h.options.WorkingDir
			work := filepath.Join(project, "sub")
			if err := errors.Join(os.MkdirAll(work, 0o700), os.Mkdir(filepath.Join(project, ".git"), 0o700)); err != nil {
				t.Fatal(err)
			}
			writeAgent(t, filepath.Join(h.home, "agents"), "both", strings.Replace(agentFile, "d\n", "the user's\n", 1))
			writeAgent(t, filepath.Join(project, ".jcode", "agents"), "both", agentFile)
			writeAgent(t, filepath.Join(work, ".jcode", "agents"), "near", "no front matter")
			r, err := h.newRun(RunOptions{WorkingDir: work})
			if err != nil {
				t.Fatal(err)
			}
			types, warnings := r.agentTypes()
			all := strings.Join(warnings, "\n")
			switch {
			case trusted && (len(types) != 2 || types[1].Description != "d" || !strings.Contains(all, "near.md:1:")):
				t.Errorf("types %+v, warnings %q", types, warnings)
			case !trusted && (len(types) != 1 || len(warnings) != 2 || !strings.Contains(all, "jcode trust")):
				t.Errorf("types %+v, warnings %q", types, warnings)
			}
		})
	}
}

// A provider that runs its own tools has no subagents of ours, and no limit of ours
// comes between its turns. Both are said.
func TestLimitsOfAProviderWithItsOwnTools(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "native")
	writeAgent(t, filepath.Join(h.home, "agents"), "mine", agentFile)
	tests := map[string]struct {
		options RunOptions
		refused string
		warned  string
	}{
		"subagents":       {RunOptions{}, "", "agents_unused: provider native runs its own tools"},
		"cost":            {RunOptions{MaxCostUSD: 1}, "--max-cost-usd: provider native makes its own turns", ""},
		"tokens":          {RunOptions{MaxTokensTotal: 1}, "--max-tokens-total: provider native makes its own turns", ""},
		"asked with set":  {RunOptions{Settings: map[string]string{"max_cost_usd": "1"}}, "--max-cost-usd: provider native", ""},
		"nothing to keep": {RunOptions{Settings: map[string]string{"max_cost_usd": "0"}}, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var events recorder
			test.options.Prompt, test.options.Provider, test.options.OnEvent = "hi", "native", events.take
			_, err := h.Run(t.Context(), test.options)
			var refused *ConfigError
			switch {
			case test.refused == "" && err != nil:
				t.Fatal(err)
			case test.refused != "" && (!errors.As(err, &refused) || !strings.Contains(err.Error(), test.refused)):
				t.Fatalf("error %v", err)
			}
			if got := events.warnings(); strings.Count(got, test.warned) == 0 {
				t.Errorf("warnings %q", got)
			}
		})
	}
}

// A backup that would break a limit of cost is left out.
func TestFallbackWithinTheBudget(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme", "backup")
	const prices = "dated = 2026-11-01\n[prices.\"acme/*\"]\ninput = 1\noutput = 1\n"
	if err := errors.Join(os.MkdirAll(h.home, 0o700), os.WriteFile(filepath.Join(h.home, "prices.toml"), []byte(prices), 0o600)); err != nil {
		t.Fatal(err)
	}
	var seen recorder
	r, err := h.Run(t.Context(), RunOptions{
		Prompt: "limit", Provider: "acme", OnEvent: seen.take, MaxCostUSD: 1, Settings: map[string]string{"fallback": "backup/m-2"},
	})
	if sdk.KindOf(err) != sdk.KindRateLimited || r.Provider != "acme" || !strings.Contains(seen.warnings(), "fallback backup/m-2 is left out: what model m-2 costs is unknown") {
		t.Errorf("%+v, %v\n%s", r, err, seen.warnings())
	}
}
