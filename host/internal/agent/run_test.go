package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
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

func TestMaxTurns(t *testing.T) {
	t.Parallel()
	r := newRig(t, say(sdk.StopToolUse, call("a", "bash", `{}`)...), say(sdk.StopToolUse, append(call("b", "bash", `{}`), text("so far"))...))
	r.options.MaxTurns = 2
	result, err := r.run(t.Context(), "go")
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Limit != "max_turns" || result.Turns != 2 || result.Text != "so far" {
		t.Fatalf("%+v, %v", result, err)
	}
	if r.resultText("a") != "ran a" || !strings.Contains(r.resultText("b"), "not run") {
		t.Errorf("results %q and %q", r.resultText("a"), r.resultText("b"))
	}
}

func TestOnDeny(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]struct{ stopped, fails bool }{"continue": {}, "report": {false, true}, "fail": {true, true}} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, say(sdk.StopToolUse, slices.Concat(call("a", "deny", `{}`), call("b", "bash", `{}`))...), say(sdk.StopEndTurn, text("done")))
			r.options.OnDeny = mode
			result, err := r.run(t.Context(), "go")
			var denied *DeniedError
			if errors.As(err, &denied) != want.fails || (denied != nil && denied.Stopped != want.stopped) || len(result.Denials) != 1 {
				t.Fatalf("%+v, %v", result, err)
			}
			if ran := r.resultText("b") == "ran b"; ran == want.stopped {
				t.Errorf("second result %q", r.resultText("b"))
			}
			if events := eventsOf[PermissionDenied](r); len(events) != 1 || events[0].Reason != "not allowed" {
				t.Errorf("events %+v", events)
			}
		})
	}
}

func TestEventsNeverTwoAtATime(t *testing.T) {
	t.Parallel()
	var events []sdk.Event
	for i := range 30 {
		events = append(events, call(fmt.Sprint("r", i), "read", `{}`)...)
	}
	r := newRig(t, say(sdk.StopToolUse, events...), say(sdk.StopEndTurn, text("ok")))
	var busy atomic.Bool
	r.onEvent = func(Event) error {
		if !busy.CompareAndSwap(false, true) {
			t.Error("two events at a time")
		}
		busy.Store(false)
		return nil
	}
	if _, err := r.run(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
}

func TestWarningsComeOnce(t *testing.T) {
	t.Parallel()
	warning := sdk.WarningEvent{Code: "w", Message: "careful"}
	r := newRig(t, say(sdk.StopToolUse, append(call("a", "bash", `{}`), warning, warning)...), say(sdk.StopEndTurn, text("ok"), warning))
	r.options.Warnings = []Warning{{Code: "config", Message: "odd key"}}
	if _, err := r.run(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
	if got := eventsOf[Warning](r); len(got) != 2 || got[0].Code != "config" || got[1].Message != "careful" {
		t.Errorf("warnings %+v", got)
	}
}

func TestProviderState(t *testing.T) {
	t.Parallel()
	answer := func(state string) step {
		return func(_ context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
			if err := emitAll(stream, append(call("x"+state, "bash", `{}`), text("t"))); err != nil {
				return sdk.Result{}, err
			}
			stop := sdk.StopToolUse
			return sdk.Result{StopReason: stop, ProviderState: []byte(state)}, nil
		}
	}
	r := newRig(t, answer("one"), answer(strings.Repeat("x", sdk.MaxProviderState+1)), say(sdk.StopEndTurn, text("ok")))
	if _, err := r.run(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
	var sent []string
	for _, request := range r.provider.requests {
		sent = append(sent, string(request.ProviderState))
	}
	if !slices.Equal(sent, []string{"", "one", "one"}) {
		t.Errorf("sent %.20q", sent)
	}
	if len(eventsOf[Warning](r)) != 1 {
		t.Error("no warning of the state that is too long")
	}
	if r.options.Session.ProviderState("other") != nil {
		t.Error("another provider has the state")
	}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	for mode, allowed := range map[string]bool{"auto": false, "bypass": true} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			var answer sdk.PermissionAnswer
			r := newRig(t, func(ctx context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
				var err error
				answer, err = stream.Ask(ctx, sdk.PermissionRequest{ID: "p", Tool: "shell"})
				return sdk.Result{StopReason: sdk.StopEndTurn}, errors.Join(err, emitAll(stream, []sdk.Event{text("ok")}))
			})
			r.options.Limits.PermissionMode = mode
			result, err := r.run(t.Context(), "go")
			if err != nil || answer.Allow != allowed || (len(result.Denials) == 0) != allowed {
				t.Errorf("%+v, %v, answer %+v", result, err, answer)
			}
		})
	}
}

func TestNativeTools(t *testing.T) {
	t.Parallel()
	events := []sdk.Event{
		sdk.NativeToolEvent{MessageID: "m", Tool: sdk.NativeTool{ID: "n", Name: "Shell", Input: json.RawMessage(`{"c":1}`)}},
		sdk.NativeToolEvent{MessageID: "m", Phase: sdk.NativeToolFinished, Tool: sdk.NativeTool{ID: "n", Output: "out", Denied: true}},
		text("ok"),
	}
	r := newRig(t, say(sdk.StopEndTurn, events...))
	r.options.Info.Capabilities = []string{sdk.CapabilityNativeTools}
	result, err := r.run(t.Context(), "go")
	if err != nil || len(result.Denials) != 1 || len(r.provider.requests[0].Tools) != 0 {
		t.Fatalf("%+v, %v", result, err)
	}
	native, ok := r.options.Session.Messages()[1].Blocks[0].(sdk.NativeTool)
	if !ok || native.Name != "Shell" || native.Output != "out" {
		t.Errorf("transcript %+v", native)
	}
}

func TestDegradation(t *testing.T) {
	t.Parallel()
	r := newRig(t, say(sdk.StopEndTurn, text("ok")))
	kept := r.options.Session
	for _, message := range []sdk.Message{
		{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Image{MediaType: "image/png", Data: []byte{1}}}},
		{Role: sdk.RoleAssistant, Blocks: []sdk.Block{sdk.Thinking{Text: "hm"}, sdk.ToolCall{ID: "a", Name: "read", Input: json.RawMessage(`{"f":1}`)}}},
		{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.ToolResult{ToolCallID: "a", Content: []sdk.Block{sdk.Text{Text: "data"}, sdk.Image{MediaType: "image/gif"}}}}},
		{Role: sdk.RoleAssistant, Blocks: []sdk.Block{sdk.Thinking{Text: "only"}}},
	} {
		if err := kept.Append(message, false); err != nil {
			t.Fatal(err)
		}
	}
	r.options.Info.Capabilities = nil
	if _, err := r.run(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
	var sent []string
	for _, message := range r.provider.requests[0].Messages {
		for _, block := range message.Blocks {
			text, ok := block.(sdk.Text)
			if !ok {
				t.Errorf("block %T was sent", block)
			}
			sent = append(sent, text.Text)
		}
	}
	if len(sent) != 5 || !strings.Contains(sent[0], "image/png") || !strings.Contains(sent[1], `{"f":1}`) || !strings.Contains(sent[2], "data") {
		t.Errorf("sent %q", sent)
	}
	if _, ok := kept.Messages()[1].Blocks[0].(sdk.Thinking); !ok {
		t.Error("the session lost what the provider cannot read")
	}
	if len(r.provider.requests[0].Tools) != 0 {
		t.Error("tools were offered")
	}
}

func TestRequestsShareHistory(t *testing.T) {
	t.Parallel()
	var steps []step
	for i := range 50 {
		steps = append(steps, say(sdk.StopToolUse, call(fmt.Sprint("c", i), "bash", `{}`)...))
	}
	var mu sync.Mutex
	var firsts []*sdk.Message
	spy := func(inner step) step {
		return func(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
			mu.Lock()
			firsts = append(firsts, &request.Messages[0])
			mu.Unlock()
			return inner(ctx, request, stream)
		}
	}
	for i := range steps {
		steps[i] = spy(steps[i])
	}
	r := newRig(t, append(steps, spy(say(sdk.StopEndTurn, text("ok"))))...)
	if _, err := r.run(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
	arrays := map[*sdk.Message]bool{}
	for _, first := range firsts {
		arrays[first] = true
	}
	if len(arrays) > 10 { // it grows by doubling, it is not copied per turn
		t.Errorf("%d arrays for %d requests", len(arrays), len(firsts))
	}
}
