package agent

import (
	"slices"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

// A subagent that the run's provider gives up goes on at the next one, with that
// one's model and prompt and its own kind, and what both used is counted.
func TestSubagentFallsBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, say(sdk.StopToolUse, taskWith("t1", "work", map[string]any{"model": "small", "subagent_type": "explore"})...))
	r.provider.children = map[string]step{"work": fail(limited, text("half "))}
	others := r.backups([]step{
		uses(sdk.Usage{InputTokens: 5, CostUSD: dollars(1)}, sdk.StopEndTurn, text("the rest")), say(sdk.StopEndTurn, text("done")),
	})
	result, err := r.run(t.Context(), "go")
	if err != nil || result.Text != "done" || result.CostSource != CostUnknown || result.Usage.CostUSD != nil {
		t.Fatalf("%+v, %v", result, err)
	}
	if first := r.provider.requests[1]; first.Model != "small" {
		t.Errorf("asked for %q first", first.Model)
	}
	requests := others[0].requests
	if len(requests) != 2 || requests[0].Model != "m-2" || !strings.HasSuffix(requests[0].SessionID, ":task-1") {
		t.Fatalf("requests %+v", requests)
	}
	if prompt := requests[0].System[len(requests[0].System)-1].Text; !strings.Contains(prompt, "changes nothing") {
		t.Errorf("its own prompt is lost: %q", prompt)
	}
	if got := r.resultText("t1"); !strings.Contains(got, "half the rest") || !strings.Contains(got, "status: done") {
		t.Errorf("result %q", got)
	}
	if !slices.Equal(r.options.Session.Tasks(), []string{"task-1"}) {
		t.Errorf("tasks %v", r.options.Session.Tasks())
	}
}
