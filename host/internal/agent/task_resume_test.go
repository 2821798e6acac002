package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// taskWith is a task call with these arguments besides description and prompt.
func taskWith(id, prompt string, more map[string]any) []sdk.Event {
	arguments := map[string]any{"description": "part " + id, "prompt": prompt}
	for name, value := range more {
		arguments[name] = value
	}
	input, _ := json.Marshal(arguments)
	return call(id, "task", string(input))
}

// childEcho answers a subagent with the number of its messages and its model.
func childEcho(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	said := fmt.Sprintf("%d messages, model %q", len(request.Messages), request.Model)
	return say(sdk.StopEndTurn, text(said))(ctx, request, stream)
}

func TestTaskResumes(t *testing.T) {
	t.Parallel()
	r := newRig(t,
		say(sdk.StopToolUse, taskWith("t1", "one", map[string]any{"model": "small", "subagent_type": "Explore"})...),
		say(sdk.StopToolUse, taskWith("t2", "two", map[string]any{"session_id": "task-1", "subagent_type": "explore"})...),
		say(sdk.StopEndTurn, text("done")))
	r.provider.children = map[string]step{"one": childEcho}
	var given []ChildOptions
	r.options.ChildTools = func(o ChildOptions) Tools {
		given = append(given, o)
		return echoTools()
	}
	if _, err := r.run(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"t1": "1 messages, model \"small\"\n\n[subagent session_id: task-1; type: explore;",
		"t2": "3 messages, model \"small\"\n\n[subagent session_id: task-1; type: explore;",
	} {
		if got := r.resultText(id); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", id, got)
		}
	}
	if len(given) != 2 || given[0].PermissionMode != "read-only" || !slices.Equal(given[1].Tools, []string{"glob", "grep", "read"}) {
		t.Errorf("tools for %+v", given)
	}
	if first := r.provider.requests[1]; !strings.Contains(first.System[len(first.System)-1].Text, "changes nothing") {
		t.Errorf("system %+v", first.System)
	}

	// A later run of the session goes on with it; a fresh one does not know it.
	r.provider.steps = []step{
		say(sdk.StopToolUse, taskWith("t3", "three", map[string]any{"session_id": "task-1"})...),
		say(sdk.StopEndTurn, text("done")),
	}
	if _, err := r.run(t.Context(), "more"); err != nil {
		t.Fatal(err)
	}
	if got := r.resultText("t3"); !strings.HasPrefix(got, "5 messages") {
		t.Errorf("after a new run %q", got)
	}
	if turns := len(r.options.Session.Messages()); turns != 10 {
		t.Errorf("%d messages in the session: a subagent's are among them", turns)
	}
}

func TestTaskRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		more map[string]any
		want string
	}{
		"type":       {map[string]any{"subagent_type": "expert"}, `there is no subagent type "expert"; the types are: explore, general, mine, plan`},
		"id":         {map[string]any{"session_id": "task-9"}, `there is no subagent with session_id "task-9"; there are: task-1`},
		"other type": {map[string]any{"session_id": "task-1", "subagent_type": "plan"}, "subagent task-1 is of type general, which cannot change"},
		"turns":      {map[string]any{"max_turns": 0}, "max_turns must be a whole number from 1"},
		"half":       {map[string]any{"max_turns": 1.5}, "max_turns must be a whole number from 1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, say(sdk.StopToolUse, task("t1", "one")...), say(sdk.StopToolUse, taskWith("t2", "two", test.more)...), say(sdk.StopEndTurn, text("done")))
			r.provider.children = map[string]step{"one": childEcho}
			r.options.SubagentTypes = []SubagentType{{Name: "mine", Description: "d", Prompt: "p"}}
			if _, err := r.run(t.Context(), "go"); err != nil {
				t.Fatal(err)
			}
			if got := r.resultText("t2"); !strings.Contains(got, test.want) {
				t.Errorf("result %q", got)
			}
			for _, e := range eventsOf[ToolFinished](r) {
				if e.Call.ID == "t2" && (!e.Result.IsError || e.Result.Code != tool.CodeInvalidInput) {
					t.Errorf("result %+v", e.Result)
				}
			}
		})
	}
}

// One subagent does one thing at a time.
func TestTaskIsBusy(t *testing.T) {
	t.Parallel()
	r := newRig(t,
		say(sdk.StopToolUse, task("t1", "one")...),
		say(sdk.StopToolUse, append(taskWith("t2", "two", map[string]any{"session_id": "task-1"}), taskWith("t3", "three", map[string]any{"session_id": "task-1"})...)...),
		say(sdk.StopEndTurn, text("done")))
	r.provider.children = map[string]step{"one": childEcho}
	if _, err := r.run(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
	both := r.resultText("t2") + r.resultText("t3")
	if !strings.Contains(both, "3 messages") {
		t.Errorf("neither ran: %q", both)
	}
	// Whether they met is a matter of chance; that they do not mix is not.
	if !strings.Contains(both, "still at work") && !strings.Contains(both, "5 messages") {
		t.Errorf("results %q", both)
	}
}

func TestTaskTurns(t *testing.T) {
	t.Parallel()
	loop := func(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		return say(sdk.StopToolUse, call(fmt.Sprint("c", len(request.Messages)), "read", `{}`)...)(ctx, request, stream)
	}
	tests := map[string]struct {
		more map[string]any
		want string
	}{
		"usual":      {nil, "turns: 40;"},
		"the type's": {map[string]any{"subagent_type": "brief"}, "turns: 3;"},
		"the call's": {map[string]any{"subagent_type": "brief", "max_turns": "2"}, "turns: 2;"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, say(sdk.StopToolUse, taskWith("t", "work", test.more)...), say(sdk.StopEndTurn, text("done")))
			r.provider.children = map[string]step{"work": loop}
			r.options.SubagentTypes = []SubagentType{{Name: "brief", Description: "d", Prompt: "p", MaxTurns: 3}}
			if _, err := r.run(t.Context(), "go"); err != nil {
				t.Fatal(err)
			}
			if got := r.resultText("t"); !strings.Contains(got, test.want) {
				t.Errorf("result %q", got)
			}
		})
	}
}

func TestTaskSpec(t *testing.T) {
	t.Parallel()
	spec := taskSpec(allTypes([]SubagentType{{Name: "plan", Description: "my own plan"}, {Name: "review", Description: "reads changes"}}))
	var schema struct {
		Properties map[string]struct{ Enum []string } `json:"properties"`
	}
	if err := json.Unmarshal(spec.InputSchema, &schema); err != nil {
		t.Fatal(err)
	}
	if got := schema.Properties["subagent_type"].Enum; !slices.Equal(got, []string{"explore", "general", "plan", "review"}) {
		t.Errorf("types %v", got)
	}
	if !strings.Contains(spec.Description, "- plan: my own plan\n- review: reads changes") {
		t.Errorf("description %q", spec.Description)
	}
}
