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

	"github.com/jcode-go/jcode/sdk"
)

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
			r.options.PermissionMode = mode
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
