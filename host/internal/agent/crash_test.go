package agent

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

func TestCrash(t *testing.T) {
	t.Parallel()
	native := []string{sdk.CapabilityNativeTools}
	tests := map[string]struct {
		events       []sdk.Event
		capabilities []string
		then         []step
		check        func(t *testing.T, r *rig, result Result, err error)
	}{
		"nothing came: the same request again, without a word": {
			[]sdk.Event{sdk.RetryEvent{Attempt: 2}, sdk.Keepalive{}},
			nil,
			[]step{say(sdk.StopEndTurn, text("ok"))},
			func(t *testing.T, r *rig, result Result, err error) {
				if err != nil || result.Text != "ok" || len(eventsOf[Warning](r)) != 0 {
					t.Errorf("%+v, %v", result, err)
				}
				if a, b := r.provider.requests[0], r.provider.requests[1]; a.ID != b.ID || len(a.Messages) != len(b.Messages) {
					t.Error("it is another request")
				}
			},
		},
		"text came: it is kept and the model goes on": {
			[]sdk.Event{sdk.ThinkingDelta{MessageID: "m", Text: "unsigned"}, text("half an ")},
			nil,
			[]step{say(sdk.StopEndTurn, text("answer"))},
			func(t *testing.T, r *rig, result Result, err error) {
				if err != nil || result.Text != "half an answer" || len(eventsOf[Warning](r)) != 1 {
					t.Errorf("%+v, %v", result, err)
				}
				if shown := eventsOf[AssistantMessage](r); len(shown) != 2 || textOf(shown[0].Message.Blocks) != "half an " || shown[0].StopReason != "" {
					t.Errorf("shown %+v", shown)
				}
				messages := r.provider.requests[1].Messages
				if len(messages) != 3 || textOf(messages[1].Blocks) != "half an " || len(messages[1].Blocks) != 1 || !strings.Contains(textOf(messages[2].Blocks), "cut off") {
					t.Errorf("messages %v", messages)
				}
			},
		},
		"text came, and then an error": {
			[]sdk.Event{text("half an ")},
			nil,
			[]step{fail(&sdk.Error{Kind: sdk.KindInternal, Message: "no"})},
			func(t *testing.T, _ *rig, result Result, err error) {
				if err == nil || result.Text != "half an " {
					t.Errorf("%+v, %v", result, err)
				}
			},
		},
		"a finished call came: go on with it": {
			slices.Concat([]sdk.Event{text("look")}, call("a", "bash", `{}`), []sdk.Event{sdk.ToolCallStart{ID: "b", Name: "bash"}}), nil,
			[]step{say(sdk.StopEndTurn, text("ok"))},
			func(t *testing.T, r *rig, result Result, err error) {
				if err != nil || result.Text != "ok" || r.resultText("a") != "ran a" || len(r.provider.requests) != 2 || r.resultText("b") != "" {
					t.Errorf("%+v, %v", result, err)
				}
				if restarted := eventsOf[PluginRestarted](r); len(restarted) != 1 || restarted[0].Resent {
					t.Errorf("restarts %+v", restarted)
				}
			},
		},
		"an unfinished call only: again, and said": {
			[]sdk.Event{sdk.ToolCallStart{ID: "b", Name: "bash"}},
			nil,
			[]step{say(sdk.StopEndTurn, text("ok"))},
			func(t *testing.T, r *rig, result Result, err error) {
				if err != nil || result.Text != "ok" || len(eventsOf[Warning](r)) != 1 || len(r.provider.requests[1].Messages) != 1 {
					t.Errorf("%+v, %v", result, err)
				}
			},
		},
		"a provider with tools of its own is never asked again": {
			[]sdk.Event{text("half")},
			native, nil,
			func(t *testing.T, r *rig, result Result, err error) {
				if !errors.Is(err, errCrash) || result.Text != "half" || len(r.provider.requests) != 1 {
					t.Errorf("%+v, %v", result, err)
				}
			},
		},
		"not even when nothing came": {
			nil, native, nil,
			func(t *testing.T, r *rig, _ Result, err error) {
				if !errors.Is(err, errCrash) || len(r.provider.requests) != 1 {
					t.Errorf("%v, %d requests", err, len(r.provider.requests))
				}
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, append([]step{fail(errCrash, test.events...)}, test.then...)...)
			if test.capabilities != nil {
				r.options.Info.Capabilities = test.capabilities
			}
			result, err := r.run(t.Context(), "go")
			if restarted := eventsOf[PluginRestarted](r); len(restarted) != 1 || restarted[0].Reason != "killed" {
				t.Errorf("restarts %+v", restarted)
			}
			test.check(t, r, result, err)
		})
	}
}

func TestCrashesTooOften(t *testing.T) {
	t.Parallel()
	r := newRig(t, fail(errCrash), fail(errCrash), fail(errCrash, text("last words")))
	r.provider.lost, r.provider.giveUpAt = errors.New("crashed 3 times"), 3
	result, err := r.run(t.Context(), "go")
	if !errors.Is(err, r.provider.lost) || result.Text != "last words" {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestUsageOfACrashedCallCounts(t *testing.T) {
	t.Parallel()
	r := newRig(t,
		fail(errCrash, sdk.UsageEvent{Usage: sdk.Usage{InputTokens: 5}}, sdk.UsageEvent{Usage: sdk.Usage{InputTokens: 7}}),
		say(sdk.StopEndTurn, text("ok"), sdk.UsageEvent{Usage: sdk.Usage{InputTokens: 99}}))
	result, err := r.run(t.Context(), "go")
	if err != nil || result.Usage.InputTokens != 17 {
		t.Errorf("%+v, %v", result.Usage, err)
	}
}
