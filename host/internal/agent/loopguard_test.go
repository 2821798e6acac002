package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

func TestLoopGuard(t *testing.T) {
	t.Parallel()
	same := func(i int) []sdk.Event { return call(fmt.Sprint("c", i), "bash", `{"command":"make","n":1}`) }
	tests := map[string]struct {
		calls func(i int) []sdk.Event
		give  func(i int) string
		stops bool
	}{
		"same":         {same, func(int) string { return "no rule" }, true},
		"time differs": {same, func(i int) string { return fmt.Sprintf("no rule\n[exit 2 · 0.%d s]", i) }, true},
		"file differs": {same, func(i int) string { return fmt.Sprintf("[cut; full output: /s/c%d.txt]", i) }, true},
		"subagent differs": {same, func(i int) string {
			return fmt.Sprintf("found\n\n[subagent session_id: task-%d; type: general; turns: %d; status: done]", i, i)
		}, true},
		"result differs": {same, func(i int) string { return fmt.Sprint("step ", i) }, false},
		"order of keys": {func(i int) []sdk.Event {
			return call(fmt.Sprint("c", i), "Bash", []string{`{"a":1, "b":2}`, `{"b":2,"a":1}`}[i%2])
		}, func(int) string { return "x" }, true},
		"arguments differ": {func(i int) []sdk.Event { return call(fmt.Sprint("c", i), "bash", fmt.Sprintf(`{"n":%d}`, i)) }, func(int) string { return "x" }, false},
		"two by turns": {func(i int) []sdk.Event {
			return append(call(fmt.Sprint("a", i), "bash", `{"n":1}`), call(fmt.Sprint("b", i), "bash", `{"n":2}`)...)
		}, func(int) string { return "x" }, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var steps []step
			for i := range 8 {
				steps = append(steps, say(sdk.StopToolUse, test.calls(i)...))
			}
			r := newRig(t, append(steps, say(sdk.StopEndTurn, text("done")))...)
			tools := echoTools()
			turn := 0
			run := func(context.Context, tool.Call) tool.Result {
				turn++
				return ok(test.give(turn - 1))
			}
			tools.run["bash"], tools.run["Bash"] = run, run
			r.options.Tools, r.options.LoopGuard = tools, true
			_, err := r.run(t.Context(), "go")
			var limit *LimitError
			stopped := errors.As(err, &limit) && limit.Limit == LimitLoop
			if stopped != test.stops || stopped && len(r.provider.requests) != loopStop {
				t.Fatalf("%v after %d requests", err, len(r.provider.requests))
			}
			if nudged := r.nudges(); test.stops && (nudged[0] != loopNudge || len(nudged) != loopStop-loopNudge) || !test.stops && len(nudged) > 0 {
				t.Errorf("nudges after requests %v", nudged)
			}
			if warned := len(eventsOf[Warning](r)); warned != len(r.nudges())/2 {
				t.Errorf("%d warnings", warned)
			}
		})
	}
}

// nudges are the numbers of the answers after which the model was told.
func (r *rig) nudges() []int {
	var at []int
	answers := 0
	for _, message := range r.options.Session.Messages() {
		if message.Role == sdk.RoleAssistant {
			answers++
			continue
		}
		for _, block := range message.Blocks {
			if result, ok := block.(sdk.ToolResult); ok && strings.Contains(textOf(result.Content), "[jcode: this was the") {
				at = append(at, answers)
			}
		}
	}
	return at
}

func TestLoopGuardOff(t *testing.T) {
	t.Parallel()
	var steps []step
	for i := range loopStop + 1 {
		steps = append(steps, say(sdk.StopToolUse, call(fmt.Sprint("c", i), "read", `{}`)...))
	}
	r := newRig(t, append(steps, say(sdk.StopEndTurn, text("done")))...)
	tools := echoTools()
	tools.run["read"] = func(context.Context, tool.Call) tool.Result { return ok("same") }
	r.options.Tools = tools
	if _, err := r.run(t.Context(), "go"); err != nil || len(r.nudges()) > 0 {
		t.Errorf("%v, nudged after %v", err, r.nudges())
	}
}
