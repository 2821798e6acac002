package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

func task(id, prompt string) []sdk.Event {
	input, _ := json.Marshal(map[string]string{"description": "part " + id, "prompt": prompt})
	return call(id, "task", string(input))
}

func TestTaskArguments(t *testing.T) {
	t.Parallel()
	r := newRig(t, say(sdk.StopToolUse, call("t1", "task", `{"description":5,"prompt":"find it","note":1,"command":"/x"}`)...), say(sdk.StopEndTurn, text("done")))
	r.provider.children = map[string]step{"find it": say(sdk.StopEndTurn, text("found"))}
	if _, err := r.run(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
	if got := r.resultText("t1"); !strings.HasPrefix(got, "found\n") || !strings.HasSuffix(got, "[ignored unknown arguments: command, note]") {
		t.Errorf("result %q", got)
	}
}

func TestTask(t *testing.T) {
	t.Parallel()
	r := newRig(t, say(sdk.StopToolUse, task("t1", "find it")...), say(sdk.StopEndTurn, text("done")))
	turn := 0
	r.provider.children = map[string]step{"find it": func(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		turn++
		if turn == 1 {
			return say(sdk.StopToolUse, call("inner", "edit", `{}`)...)(ctx, request, stream)
		}
		return say(sdk.StopEndTurn, text("found"))(ctx, request, stream)
	}}
	result, err := r.run(t.Context(), "go")
	if err != nil || result.Turns != 4 || result.Usage.InputTokens != 40 {
		t.Fatalf("%+v, %v", result, err)
	}
	got := r.resultText("t1")
	if !strings.HasPrefix(got, "found\n\n[subagent session_id: task-1; type: general; turns: 2; tokens: 22; files changed: /w/inner; status: done]") {
		t.Errorf("result %q", got)
	}
	if !slices.Equal(result.FilesChanged, []string{"/w/inner"}) {
		t.Errorf("files %v", result.FilesChanged)
	}
	child := r.provider.requests[1]
	if len(child.Messages) != 1 || child.SessionID != r.options.Session.ID()+":task-1" || child.System[0].Text != "be good" {
		t.Errorf("child request %+v", child)
	}
	for _, spec := range child.Tools {
		if spec.Name == "task" {
			t.Error("a subagent can start subagents")
		}
	}
	if len(r.options.Session.Messages()) != 4 {
		t.Errorf("%d messages: the subagent's are among them", len(r.options.Session.Messages()))
	}
	tagged := 0
	for _, e := range eventsOf[ToolFinished](r) {
		if e.ParentID == "t1" && e.Call.ID == "inner" {
			tagged++
		}
	}
	if turns := eventsOf[TurnStarted](r); tagged != 1 || len(turns) != 4 || turns[1].ParentID != "t1" {
		t.Errorf("events are not tagged: %+v", turns)
	}
	if eventsOf[ToolStarted](r)[0].Summary != "part t1" {
		t.Error("no summary")
	}
}

func TestTasksSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var events []sdk.Event
		children := map[string]step{}
		var running, most atomic.Int32
		for i := range 6 {
			prompt := fmt.Sprint("part ", i)
			events = append(events, task(fmt.Sprint("t", i), prompt)...)
			children[prompt] = func(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
				now := running.Add(1)
				for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
				}
				time.Sleep(time.Second) // the bubble's own clock
				running.Add(-1)
				return say(sdk.StopEndTurn, text("from "+prompt))(ctx, request, stream)
			}
		}
		r := newRig(t, say(sdk.StopToolUse, events...), say(sdk.StopEndTurn, text("done")))
		r.provider.children = children
		if _, err := r.run(t.Context(), "go"); err != nil {
			t.Fatal(err)
		}
		if most.Load() != 4 {
			t.Errorf("%d ran at once", most.Load())
		}
		for i := range 6 {
			if got := r.resultText(fmt.Sprint("t", i)); !strings.HasPrefix(got, fmt.Sprint("from part ", i)) {
				t.Errorf("result %d: %q", i, got)
			}
		}
	})
}

func TestTaskFailures(t *testing.T) {
	t.Parallel()
	loop := func(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		return say(sdk.StopToolUse, append(call(fmt.Sprint("c", len(request.Messages)), "read", `{}`), text("still looking"))...)(ctx, request, stream)
	}
	tests := map[string]struct {
		child    step
		maxTurns int
		code     tool.Code
		want     string
		fails    bool
	}{
		"error":        {fail(&sdk.Error{Kind: sdk.KindOverloaded, Message: "busy"}, text("part")), 0, tool.CodeFailed, "part\n\n[subagent session_id: task-1; type: general; turns: 1; tokens: 0; files changed: none; status: stopped: busy]", false},
		"own limit":    {loop, 0, tool.CodeLimit, "turns: 40;", false},
		"shared limit": {loop, 5, tool.CodeLimit, "type: general; turns: 4;", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, say(sdk.StopToolUse, task("t", "work")...), say(sdk.StopEndTurn, text("done")))
			r.provider.children = map[string]step{"work": test.child}
			r.options.MaxTurns = test.maxTurns
			_, err := r.run(t.Context(), "go")
			var limit *LimitError
			if errors.As(err, &limit) != test.fails {
				t.Errorf("error %v", err)
			}
			for _, e := range eventsOf[ToolFinished](r) {
				if e.Call.ID == "t" && (e.Result.Code != test.code || !e.Result.IsError) {
					t.Errorf("result %+v", e.Result)
				}
			}
			if got := r.resultText("t"); !strings.Contains(got, test.want) {
				t.Errorf("result %q", got)
			}
		})
	}
}

func TestLongReport(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", taskChars+5)
	r := newRig(t, say(sdk.StopToolUse, task("t/../1", "work")...), say(sdk.StopEndTurn, text("done")))
	r.provider.children = map[string]step{"work": say(sdk.StopEndTurn, text(long))}
	if _, err := r.run(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
	for _, e := range eventsOf[ToolFinished](r) {
		if !e.Result.Truncated {
			t.Fatalf("not cut: %+v", e.Result.FullOutputPath)
		}
		whole, err := os.ReadFile(e.Result.FullOutputPath)
		if err != nil || string(whole) != long {
			t.Errorf("the file holds %d bytes, %v", len(whole), err)
		}
	}
	if got := r.resultText("t/../1"); !strings.Contains(got, "30005 characters in all") {
		t.Errorf("result ends with %q", got[len(got)-200:])
	}
}
