package agent

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// The policy answers what it has a rule for. A tool that then fails as denied is
// one denial, not two.
func TestJudge(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		known   bool
		err     error
		allowed bool
		message string
		mode    string
	}{
		"allowed": {true, nil, true, "", "auto"},
		"refused": {true, errors.New("not there"), false, "not there", "auto"},
		"unknown": {false, nil, false, "nobody can be asked in this run, and permission mode auto does not allow it by itself", "auto"},
		// A deny rule holds in mode bypass too.
		"refused in bypass": {true, errors.New("a rule"), false, "a rule", "bypass"},
		"unknown in bypass": {false, nil, true, "", "bypass"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var answer sdk.PermissionAnswer
			r := newRig(t, func(ctx context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
				var err error
				answer, err = stream.Ask(ctx, sdk.PermissionRequest{ID: "p", Tool: "write"})
				finished := sdk.NativeToolEvent{MessageID: "m", Phase: sdk.NativeToolFinished, Tool: sdk.NativeTool{ID: "p", Name: "write", Denied: !answer.Allow}}
				return sdk.Result{StopReason: sdk.StopEndTurn}, errors.Join(err, emitAll(stream, []sdk.Event{finished, text("ok")}))
			})
			r.options.PermissionMode = tt.mode
			r.options.Judge = func(_ context.Context, request sdk.PermissionRequest) (bool, error) {
				return tt.known && request.Tool == "write", tt.err
			}
			result, err := r.run(t.Context(), "go")
			if err != nil || answer.Allow != tt.allowed || answer.Message != tt.message {
				t.Errorf("answer %+v, %v", answer, err)
			}
			if want := map[bool]int{true: 0, false: 1}[tt.allowed]; len(result.Denials) != want {
				t.Errorf("denials %+v", result.Denials)
			}
		})
	}
}

// While somebody is asked the provider waits for us: it is not silent.
func TestQuestionsAreNoSilence(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(ctx context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		answer, err := stream.Ask(ctx, sdk.PermissionRequest{ID: "p", Tool: "write"})
		if err != nil || !answer.Allow {
			return sdk.Result{}, errors.Join(err, errors.New("refused"))
		}
		return sdk.Result{StopReason: sdk.StopEndTurn}, emitAll(stream, []sdk.Event{text("ok")})
	})
	r.options.IdleTimeout = 20 * time.Millisecond
	r.options.Judge = func(ctx context.Context, _ sdk.PermissionRequest) (bool, error) {
		select {
		case <-time.After(10 * r.options.IdleTimeout): // a person thinks
			return true, nil
		case <-ctx.Done():
			return true, context.Cause(ctx)
		}
	}
	if result, err := r.run(t.Context(), "go"); err != nil || result.Text != "ok" {
		t.Errorf("%+v, %v", result, err)
	}
}

// A provider's program that stopped at our limit of turns ends the run as a limit.
func TestNativeTurnLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t, say(sdk.StopToolUse, text("so far")))
	r.options.Info.Capabilities = []string{sdk.CapabilityNativeTools, sdk.CapabilityMaxTurns}
	r.options.MaxTurns = 2
	result, err := r.run(t.Context(), "go")
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Limit != "max_turns" || result.Text != "so far" {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestTextOf(t *testing.T) {
	t.Parallel()
	said := func(message, text string) sdk.Text { return sdk.Text{MessageID: message, Text: text} }
	tests := map[string]struct {
		blocks []sdk.Block
		want   string
	}{
		"one message":         {[]sdk.Block{said("m", "a"), sdk.ToolCall{}, said("m", "b")}, "ab"},
		"after a native tool": {[]sdk.Block{said("m", "I'll run it."), sdk.NativeTool{}, said("n", "Done.")}, "Done."},
		"nothing after it":    {[]sdk.Block{said("m", "Running."), sdk.NativeTool{}, sdk.NativeTool{}}, "Running."},
		"two messages":        {[]sdk.Block{said("m", "a"), said("n", "b")}, "a\n\nb"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := textOf(test.blocks); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
