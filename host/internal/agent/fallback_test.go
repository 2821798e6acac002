package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// backups hands out other fake providers in order.
func (r *rig) backups(steps ...[]step) []*fakeProvider {
	var all []*fakeProvider
	for _, s := range steps {
		all = append(all, &fakeProvider{steps: s})
	}
	left := all
	r.options.Fallback = func(context.Context, Target) (Target, []Warning, bool) {
		if len(left) == 0 {
			return Target{}, []Warning{{Code: "fallback_skipped", Message: "nobody is left"}}, false
		}
		next := left[0]
		left = left[1:]
		info := sdk.Info{Name: "other", Capabilities: []string{sdk.CapabilityTools}}
		return Target{Provider: next, ProviderName: fmt.Sprintf("other%d", len(all)-len(left)), Info: info, Model: "m-2"}, nil, true
	}
	return all
}

var limited = &sdk.Error{Kind: sdk.KindRateLimited, Message: "too many requests", RetryAfter: time.Minute}

// The rest of the run goes to the next provider, which gets the whole conversation:
// fitted to what it can read, with the answer that broke off kept.
func TestFallBack(t *testing.T) {
	t.Parallel()
	thinking := sdk.ThinkingDelta{MessageID: "m", Text: "hm", Signature: "s"}
	r := newRig(t,
		say(sdk.StopToolUse, append([]sdk.Event{thinking}, call("c1", "read", `{}`)...)...),
		fail(limited, text("I begin ")),
	)
	others := r.backups([]step{
		say(sdk.StopToolUse, call("c2", "read", `{}`)...), say(sdk.StopEndTurn, text("and end")),
	})
	result, err := r.run(t.Context(), "look")
	if err != nil || result.Text != "and end" || result.Provider != "other1" {
		t.Fatalf("%q by %s, %v", result.Text, result.Provider, err)
	}
	events := eventsOf[ModelFallback](r)
	want := ModelFallback{From: "acme/m-1", To: "other1/m-2", Reason: "rate_limited", Message: "too many requests", RetryAfter: time.Minute}
	if len(events) != 1 || events[0] != want {
		t.Errorf("%+v", events)
	}
	first := others[0].requests[0]
	checkWire(t, first.Messages)
	if all := flat(first.Messages); !strings.Contains(all, "content of c1") || !strings.Contains(all, "I begin ") || !strings.HasSuffix(all, afterSwitch) {
		t.Errorf("the next one got %q", all)
	}
	for _, message := range first.Messages {
		for _, block := range message.Blocks {
			if _, ok := block.(sdk.Thinking); ok {
				t.Error("it got thinking that it cannot read")
			}
		}
	}
	if first.Model != "m-2" || len(others[0].requests) != 2 {
		t.Errorf("model %q, %d requests", first.Model, len(others[0].requests))
	}
	kept := r.options.Session.Messages()
	if _, ok := kept[1].Blocks[0].(sdk.Thinking); !ok {
		t.Error("the session lost the thinking: the first provider will want it again")
	}
}

// A model that fails before it says a word is named all the same: the one that this run
// asked for, not the one that answered in a run before.
func TestFallBackNamesWhoFailed(t *testing.T) {
	t.Parallel()
	atOnce := func(context.Context, *sdk.Request, sdk.Stream) (sdk.Result, error) { return sdk.Result{}, limited }
	r := newRig(t, say(sdk.StopEndTurn, text("done")), atOnce)
	if _, err := r.run(t.Context(), "look"); err != nil {
		t.Fatal(err)
	}
	r.options.Model = "m-9"
	r.backups([]step{say(sdk.StopEndTurn, text("done"))})
	if _, err := r.run(t.Context(), "again"); err != nil {
		t.Fatal(err)
	}
	if events := eventsOf[ModelFallback](r); len(events) != 1 || events[0].From != "acme/m-9" {
		t.Errorf("%+v", events)
	}
}

func TestWhatFallsBack(t *testing.T) {
	t.Parallel()
	err := func(kind sdk.Kind) error { return &sdk.Error{Kind: kind, Message: kind.String()} }
	done := []step{say(sdk.StopEndTurn, text("done"))}
	for name, c := range map[string]struct {
		first  error
		others [][]step
		kind   sdk.Kind // of the run's end; internal is none
		to     string
	}{
		"overloaded":      {err(sdk.KindOverloaded), [][]step{done}, 0, "other1"},
		"billing":         {err(sdk.KindBilling), [][]step{done}, 0, "other1"},
		"network":         {err(sdk.KindNetwork), [][]step{done}, 0, "other1"},
		"two":             {limited, [][]step{{fail(err(sdk.KindOverloaded))}, done}, 0, "other2"},
		"login":           {err(sdk.KindUnauthenticated), [][]step{done}, sdk.KindUnauthenticated, "acme"},
		"bad request":     {err(sdk.KindInvalidRequest), [][]step{done}, sdk.KindInvalidRequest, "acme"},
		"nobody":          {limited, nil, sdk.KindRateLimited, "acme"},
		"unfit, then one": {limited, [][]step{{fail(err(sdk.KindCLIMissing))}, done}, 0, "other2"},
		"unfit":           {limited, [][]step{{fail(err(sdk.KindUnauthenticated))}}, sdk.KindRateLimited, "other1"},
		"both at limits":  {limited, [][]step{{fail(err(sdk.KindBilling))}}, sdk.KindBilling, "other1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, fail(c.first))
			r.backups(c.others...)
			result, err := r.run(t.Context(), "look")
			if got := sdk.KindOf(err); err == nil != (c.kind == 0) || err != nil && got != c.kind {
				t.Errorf("%v, want %v", err, c.kind)
			}
			if result.Provider != c.to {
				t.Errorf("ended on %s, want %s", result.Provider, c.to)
			}
		})
	}
}

// The conversations of one run switch together: two subagents at the limit use up one
// of the list, and the event comes once.
func TestSubagentsSwitchTogether(t *testing.T) {
	t.Parallel()
	both := append(call("t1", "task", `{"description":"a","prompt":"one"}`), call("t2", "task", `{"description":"b","prompt":"two"}`)...)
	var waiting sync.WaitGroup
	waiting.Add(2)
	atLimit := func(context.Context, *sdk.Request, sdk.Stream) (sdk.Result, error) {
		waiting.Done()
		waiting.Wait()
		return sdk.Result{}, limited
	}
	r := newRig(t, say(sdk.StopToolUse, both...))
	r.provider.children = map[string]step{"one": atLimit, "two": atLimit}
	answer := say(sdk.StopEndTurn, text("found"))
	others := r.backups([]step{answer, answer, say(sdk.StopEndTurn, text("done"))}, nil)
	result, err := r.run(t.Context(), "look")
	if err != nil || result.Text != "done" || len(others[0].requests) != 3 {
		t.Fatalf("%q, %v, %d requests", result.Text, err, len(others[0].requests))
	}
	if n := len(eventsOf[ModelFallback](r)); n != 1 {
		t.Errorf("%d switches", n)
	}
}

// A cancelled run asks nobody else.
func TestCancelledDoesNotFallBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, hang(text("x")))
	others := r.backups([]step{say(sdk.StopEndTurn, text("done"))})
	ctx, cancel := context.WithCancel(t.Context())
	r.onEvent = func(event Event) error {
		if _, ok := event.(ModelEvent); ok {
			cancel()
		}
		return nil
	}
	if _, err := r.run(ctx, "look"); !errors.Is(err, context.Canceled) || len(others[0].requests) != 0 {
		t.Errorf("%v, %d requests", err, len(others[0].requests))
	}
}

// What the first event tells stays over runs, and a change of the tools is said.
func TestPrefixStays(t *testing.T) {
	t.Parallel()
	r := newRig(t, slices.Repeat([]step{say(sdk.StopEndTurn, text("done"))}, 3)...)
	var hashes []string
	var said []bool
	for i := range 3 {
		r.events = nil
		if i == 2 {
			r.options.Tools = &fakeTools{run: echoTools().run, readOnly: []string{"read"}}
			delete(r.options.Tools.(*fakeTools).run, "bash")
		}
		if _, err := r.run(t.Context(), "go on"); err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, eventsOf[RunStarted](r)[0].PromptHash)
		said = append(said, slices.ContainsFunc(eventsOf[Warning](r), func(w Warning) bool {
			return w.Code == "tools_changed" && strings.Contains(w.Message, "bash is gone")
		}))
	}
	if hashes[0] != hashes[1] || hashes[1] == hashes[2] || said[0] || said[1] || !said[2] {
		t.Errorf("%v, %v", hashes, said)
	}
	if tools, hash := Prompt(r.options); hash != hashes[2] || len(tools) != 7 {
		t.Errorf("%d tools, %s", len(tools), hash)
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	then := Beginning{Date: "2026-01-02", Branch: "main"}
	for want, now := range map[string]Beginning{
		"": then,
		"[Since this session began: today is 2026-01-03.]":                            {"2026-01-03", "main"},
		`[Since this session began: today is 2026-01-03, the git branch is "topic".]`: {"2026-01-03", "topic"},
		`[Since this session began: the git branch is "".]`:                           {"2026-01-02", ""},
	} {
		if got := then.Since(now); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
