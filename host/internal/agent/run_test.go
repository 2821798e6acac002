package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

func TestTextTurn(t *testing.T) {
	t.Parallel()
	r := newRig(t, say(sdk.StopEndTurn, text("hel"), text("lo")))
	result, err := r.run(t.Context(), "hi")
	if err != nil || result.Text != "hello" || result.StopReason != sdk.StopEndTurn || result.Turns != 1 || result.Model != "m-1" {
		t.Fatalf("%+v, %v", result, err)
	}
	if result.Usage.InputTokens != 10 || result.ModelUsage["m-1"].OutputTokens != 1 || result.Usage.CostUSD != nil {
		t.Errorf("usage %+v", result.Usage)
	}
	if _, ok := r.events[0].(RunStarted); !ok {
		t.Errorf("first event %T", r.events[0])
	}
	started := eventsOf[RunStarted](r)[0]
	if !slices.Equal(started.Tools, []string{"bash", "deaf", "deny", "edit", "panic", "read", "task", "wait"}) || len(started.PromptHash) != 16 {
		t.Errorf("started %+v", started)
	}
	request := r.provider.requests[0]
	if request.SessionID != r.options.Session.ID() || request.ID == "" || len(request.Tools) != 8 || !slices.IsSortedFunc(request.Tools, func(a, b sdk.ToolSpec) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("request %+v", request)
	}
}

func TestToolsInOrder(t *testing.T) {
	t.Parallel()
	events := slices.Concat([]sdk.Event{text("look")}, call("a", "read", `{}`), call("b", "edit", `{}`), call("c", "read", `{}`))
	r := newRig(t, say(sdk.StopToolUse, events...), say(sdk.StopEndTurn, text("done")))
	r.onEvent = func(event Event) error {
		if _, ok := event.(ToolStarted); ok && len(r.options.Session.Messages()) != 2 {
			return errors.New("a tool runs before its message is in the session")
		}
		return nil
	}
	result, err := r.run(t.Context(), "go")
	if err != nil || result.Text != "done" || result.Turns != 2 {
		t.Fatalf("%+v, %v", result, err)
	}
	if !slices.Equal(result.FilesChanged, []string{"/w/b"}) {
		t.Errorf("files %v", result.FilesChanged)
	}
	second := r.provider.requests[1].Messages
	if len(second) != 3 || len(second[2].Blocks) != 3 || second[2].Role != sdk.RoleUser {
		t.Fatalf("messages %v", second)
	}
	for i, id := range []string{"a", "b", "c"} {
		if got := second[2].Blocks[i].(sdk.ToolResult).ToolCallID; got != id {
			t.Errorf("result %d is of %s", i, got)
		}
	}
	if r.resultText("a") != "content of a" {
		t.Errorf("result %q", r.resultText("a"))
	}
	if result.Usage.InputTokens != 20 {
		t.Errorf("usage %+v", result.Usage)
	}
}

func TestBadCalls(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, input string
		code        tool.Code
		want        []string
	}{
		"unknown tool": {"nonsense", `{}`, tool.CodeUnknownTool, []string{`no tool "nonsense"`, "bash, deaf, deny, edit, panic, read, task, wait"}},
		"malformed":    {"bash", `{"a": tru`, tool.CodeInvalidInput, []string{"no JSON object", "at byte"}},
		"panic":        {"panic", `{}`, tool.CodeFailed, []string{"crashed: boom"}},
		"task, number": {"task", `{"description":"x","prompt":"p","session_id":7}`, tool.CodeInvalidInput, []string{"session_id must be a string"}},
		"task, empty":  {"task", `{"description":"x","prompt":" "}`, tool.CodeInvalidInput, []string{"prompt (string) is missing or empty"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, say(sdk.StopToolUse, call("x", test.name, test.input)...), say(sdk.StopEndTurn, text("ok")))
			if _, err := r.run(t.Context(), "go"); err != nil {
				t.Fatal(err)
			}
			finished := eventsOf[ToolFinished](r)
			if len(finished) != 1 || finished[0].Result.Code != test.code || !finished[0].Result.IsError {
				t.Fatalf("finished %+v", finished)
			}
			for _, want := range test.want {
				if !strings.Contains(r.resultText("x"), want) {
					t.Errorf("result %q lacks %q", r.resultText("x"), want)
				}
			}
		})
	}
}

// Calls that run beside each other end in any order. They begin, and their
// results are shown, in the order of the calls.
func TestResultsAreShownInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var events []sdk.Event
		var want []string
		for i := range 20 {
			want = append(want, fmt.Sprintf("r%d", i))
			events = append(events, call(want[i], "read", fmt.Sprintf(`{"i":%d}`, i))...)
		}
		r := newRig(t, say(sdk.StopToolUse, events...), say(sdk.StopEndTurn, text("ok")))
		tools := echoTools()
		tools.run["read"] = func(_ context.Context, c tool.Call) tool.Result {
			var in struct{ I int }
			if err := json.Unmarshal(c.Input, &in); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Duration(20-in.I) * time.Second) // the bubble's own clock
			return ok("x")
		}
		r.options.Tools = tools
		if _, err := r.run(t.Context(), "go"); err != nil {
			t.Fatal(err)
		}
		var started, finished []string
		for _, e := range eventsOf[ToolStarted](r) {
			started = append(started, e.Call.ID)
		}
		for _, e := range eventsOf[ToolFinished](r) {
			finished = append(finished, e.Call.ID)
		}
		if !slices.Equal(started, want) || !slices.Equal(finished, want) {
			t.Errorf("started %v, finished %v", started, finished)
		}
	})
}

func TestJSONFault(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`[1]`: `they are of type array, "[1]"`, `{"a": tru`: "at byte 9", `{}`: "they could not be read",
	} {
		if got := jsonFault(text); !strings.Contains(got, want) {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestParallelism(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var events []sdk.Event
		for i := range 20 {
			events = append(events, call(fmt.Sprintf("r%d", i), "read", `{}`)...)
		}
		for i := range 3 {
			events = append(events, call(fmt.Sprintf("b%d", i), "bash", `{}`)...)
		}
		r := newRig(t, say(sdk.StopToolUse, events...), say(sdk.StopEndTurn, text("ok")))
		var running, most [2]atomic.Int32
		track := func(kind int) func(context.Context, tool.Call) tool.Result {
			return func(context.Context, tool.Call) tool.Result {
				now := running[kind].Add(1)
				for old := most[kind].Load(); now > old && !most[kind].CompareAndSwap(old, now); old = most[kind].Load() {
				}
				time.Sleep(time.Second) // the bubble's own clock
				running[kind].Add(-1)
				return ok("x")
			}
		}
		tools := echoTools()
		tools.run["read"], tools.run["bash"] = track(0), track(1)
		r.options.Tools = tools
		if _, err := r.run(t.Context(), "go"); err != nil {
			t.Fatal(err)
		}
		if most[0].Load() != 8 || most[1].Load() != 1 {
			t.Errorf("%d reads and %d commands ran at once", most[0].Load(), most[1].Load())
		}
	})
}

func TestStopReasons(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		steps []step
		check func(*testing.T, *rig, Result, error)
	}{
		"max tokens keeps the text": {
			[]step{say(sdk.StopMaxTokens, text("half"))},
			func(t *testing.T, r *rig, result Result, err error) {
				var limit *LimitError
				if !errors.As(err, &limit) || limit.Limit != "max_tokens" || result.Text != "half" || len(r.options.Session.Messages()) != 2 {
					t.Errorf("%+v, %v", result, err)
				}
			},
		},
		"a cut call never runs": {
			[]step{say(sdk.StopMaxTokens, text("half"), sdk.ToolCallStart{MessageID: "m", ID: "x", Name: "bash"}, sdk.ToolCallDelta{ID: "x", JSON: `{"a`})},
			func(t *testing.T, r *rig, _ Result, err error) {
				if err == nil || len(eventsOf[ToolStarted](r)) != 0 {
					t.Errorf("error %v", err)
				}
			},
		},
		"a whole call before the cut is answered, not run": {
			[]step{say(sdk.StopMaxTokens, call("x", "bash", `{}`)...)},
			func(t *testing.T, r *rig, _ Result, err error) {
				if err == nil || len(eventsOf[ToolStarted](r)) != 0 || !strings.Contains(r.resultText("x"), "not run") {
					t.Errorf("error %v, result %q", err, r.resultText("x"))
				}
			},
		},
		"stop sequence": {
			[]step{say(sdk.StopSequence, text("x"))},
			func(t *testing.T, _ *rig, result Result, err error) {
				if err != nil || result.StopReason != sdk.StopSequence {
					t.Errorf("%+v, %v", result, err)
				}
			},
		},
		"refusal": {
			[]step{func(_ context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
				return sdk.Result{StopReason: sdk.StopRefusal, StopDetail: "no harm"}, emitAll(stream, []sdk.Event{text("I can")})
			}},
			func(t *testing.T, r *rig, result Result, err error) {
				var refusal *RefusalError
				if !errors.As(err, &refusal) || refusal.Detail != "no harm" || len(r.options.Session.Messages()) != 0 || result.StopReason != sdk.StopRefusal {
					t.Errorf("%+v, %v, %d messages", result, err, len(r.options.Session.Messages()))
				}
			},
		},
		"refusal behind tools": {
			[]step{say(sdk.StopToolUse, call("x", "bash", `{}`)...), say(sdk.StopRefusal, text("no"))},
			func(t *testing.T, r *rig, _ Result, err error) {
				if err == nil || len(r.options.Session.Messages()) != 3 {
					t.Errorf("%v, %d messages", err, len(r.options.Session.Messages()))
				}
			},
		},
		"context exceeded": {
			[]step{say(sdk.StopContextExceeded, text("part"))},
			func(t *testing.T, _ *rig, result Result, err error) {
				if sdk.KindOf(err) != sdk.KindContextTooLong || result.Text != "part" {
					t.Errorf("%+v, %v", result, err)
				}
			},
		},
		"calls although the turn ended": {
			[]step{say(sdk.StopEndTurn, call("x", "bash", `{}`)...), say(sdk.StopEndTurn, text("ok"))},
			func(t *testing.T, r *rig, result Result, err error) {
				if err != nil || result.Text != "ok" || r.resultText("x") != "ran x" {
					t.Errorf("%+v, %v", result, err)
				}
			},
		},
		"tool use without a call, once": {
			[]step{say(sdk.StopToolUse, text("I will")), say(sdk.StopEndTurn, text("ok"))},
			func(t *testing.T, _ *rig, result Result, err error) {
				if err != nil || result.Text != "ok" || result.Turns != 2 {
					t.Errorf("%+v, %v", result, err)
				}
			},
		},
		"tool use without a call, twice": {
			[]step{say(sdk.StopToolUse), say(sdk.StopToolUse, text("x"))},
			func(t *testing.T, _ *rig, _ Result, err error) {
				if sdk.KindOf(err) != sdk.KindInternal || !strings.Contains(err.Error(), "twice") {
					t.Errorf("%v", err)
				}
			},
		},
		"empty": {
			[]step{say(sdk.StopEndTurn, sdk.ThinkingDelta{MessageID: "m", Text: "hm"})},
			func(t *testing.T, _ *rig, _ Result, err error) {
				if err == nil || !strings.Contains(err.Error(), "empty answer") {
					t.Errorf("%v", err)
				}
			},
		},
		"retract": {
			[]step{say(sdk.StopEndTurn, text("wrong"), sdk.Retract{MessageID: "m"}, sdk.TextDelta{MessageID: "n", Text: "right"})},
			func(t *testing.T, _ *rig, result Result, err error) {
				if err != nil || result.Text != "right" {
					t.Errorf("%+v, %v", result, err)
				}
			},
		},
		"error keeps the text": {
			[]step{fail(&sdk.Error{Kind: sdk.KindOverloaded, Message: "busy"}, append([]sdk.Event{text("so far")}, call("x", "bash", `{}`)...)...)},
			func(t *testing.T, r *rig, result Result, err error) {
				if sdk.KindOf(err) != sdk.KindOverloaded || result.Text != "so far" || len(eventsOf[ToolStarted](r)) != 0 {
					t.Errorf("%+v, %v", result, err)
				}
			},
		},
		"broken protocol": {
			[]step{say(sdk.StopEndTurn, sdk.ToolCallEnd{ID: "never"})},
			func(t *testing.T, _ *rig, _ Result, err error) {
				if sdk.KindOf(err) != sdk.KindInternal || !strings.Contains(err.Error(), "protocol") {
					t.Errorf("%v", err)
				}
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, test.steps...)
			result, err := r.run(t.Context(), "go")
			test.check(t, r, result, err)
		})
	}
}
