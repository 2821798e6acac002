package sdk_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

func TestAccumulator(t *testing.T) {
	t.Parallel()
	input := json.RawMessage(`{"a":1}`)
	tests := map[string]struct {
		events []sdk.Event
		want   []sdk.Block
	}{
		"nothing":          {nil, nil},
		"text in pieces":   {[]sdk.Event{sdk.TextDelta{Text: "a"}, sdk.TextDelta{Text: "b"}}, []sdk.Block{sdk.Text{Text: "ab"}}},
		"empty text":       {[]sdk.Event{sdk.TextDelta{}}, nil},
		"two messages":     {[]sdk.Event{sdk.TextDelta{MessageID: "1", Text: "a"}, sdk.TextDelta{MessageID: "2", Text: "b"}}, []sdk.Block{sdk.Text{MessageID: "1", Text: "a"}, sdk.Text{MessageID: "2", Text: "b"}}},
		"text around call": {[]sdk.Event{sdk.TextDelta{Text: "a"}, sdk.ToolCallStart{ID: "c", Name: "n"}, sdk.ToolCallEnd{ID: "c", Input: input}, sdk.TextDelta{Text: "b"}}, []sdk.Block{sdk.Text{Text: "a"}, sdk.ToolCall{ID: "c", Name: "n", Input: input}, sdk.Text{Text: "b"}}},
		"thinking": {
			[]sdk.Event{sdk.ThinkingDelta{Text: "h"}, sdk.ThinkingDelta{Text: "m", Signature: "s", Opaque: []byte{1}, Origin: "o"}},
			[]sdk.Block{sdk.Thinking{Text: "hm", Signature: "s", Opaque: []byte{1}, Origin: "o"}},
		},
		"two thinkings": {
			[]sdk.Event{sdk.ThinkingDelta{Text: "a", Signature: "s"}, sdk.ThinkingDelta{Text: "b", Signature: "t"}},
			[]sdk.Block{sdk.Thinking{Text: "a", Signature: "s"}, sdk.Thinking{Text: "b", Signature: "t"}},
		},
		"opaque alone":   {[]sdk.Event{sdk.ThinkingDelta{Opaque: []byte{1}}}, []sdk.Block{sdk.Thinking{Opaque: []byte{1}}}},
		"empty thinking": {[]sdk.Event{sdk.ThinkingDelta{}}, nil},
		"parallel calls": {
			[]sdk.Event{
				sdk.ToolCallStart{ID: "1", Name: "a"},
				sdk.ToolCallStart{ID: "2", Name: "b"},
				sdk.ToolCallDelta{ID: "1", JSON: "{"},
				sdk.ToolCallEnd{ID: "2", Malformed: "{"},
				sdk.ToolCallEnd{ID: "1", Input: input},
			},
			[]sdk.Block{sdk.ToolCall{ID: "1", Name: "a", Input: input}, sdk.ToolCall{ID: "2", Name: "b", Malformed: "{"}},
		},
		"unended call": {[]sdk.Event{sdk.ToolCallStart{ID: "1", Name: "a"}}, nil},
		"native tool": {
			[]sdk.Event{
				sdk.NativeToolEvent{Tool: sdk.NativeTool{ID: "n", Name: "sh", Input: input, ParentID: "p"}},
				sdk.NativeToolEvent{Phase: sdk.NativeToolFinished, Tool: sdk.NativeTool{ID: "n", Output: "x", Denied: true}},
			},
			[]sdk.Block{sdk.NativeTool{ID: "n", Name: "sh", Input: input, ParentID: "p", Output: "x", Denied: true}},
		},
		"retract": {
			[]sdk.Event{sdk.TextDelta{MessageID: "1", Text: "bad"}, sdk.ThinkingDelta{MessageID: "1", Text: "x"}, sdk.TextDelta{MessageID: "2", Text: "good"}, sdk.Retract{MessageID: "1"}},
			[]sdk.Block{sdk.Text{MessageID: "2", Text: "good"}},
		},
		"retract keeps calls": {
			[]sdk.Event{sdk.ToolCallStart{MessageID: "1", ID: "c", Name: "n"}, sdk.ToolCallEnd{MessageID: "1", ID: "c", Input: input}, sdk.Retract{MessageID: "1"}},
			[]sdk.Block{sdk.ToolCall{ID: "c", Name: "n", Input: input}},
		},
		"the rest": {[]sdk.Event{sdk.Keepalive{}, sdk.UsageEvent{}, sdk.WarningEvent{}, sdk.RateLimit{}, sdk.RetryEvent{}, sdk.PermissionRequest{}}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a sdk.Accumulator
			for _, event := range test.events {
				if err := a.Add(event); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(append([]sdk.Block{}, test.want...), a.Blocks()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAccumulatorOrder(t *testing.T) {
	t.Parallel()
	start, end := sdk.ToolCallStart{ID: "c", Name: "n"}, sdk.ToolCallEnd{ID: "c"}
	tests := map[string][]sdk.Event{
		"without its start":   {sdk.ToolCallDelta{ID: "c"}},
		"before its start":    {end},
		"started twice":       {start, start},
		"ended twice":         {start, end, end},
		"after its end":       {start, end, sdk.ToolCallDelta{ID: "c"}},
		"must both be set":    {sdk.ToolCallStart{ID: "c"}},
		"must both be set ":   {sdk.ToolCallStart{Name: "n"}},
		"arguments before it": {sdk.ToolCallDelta{ID: "other"}},
	}
	for name, events := range tests {
		var a sdk.Accumulator
		var err error
		for _, event := range events {
			err = a.Add(event)
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAccumulatorSoFar(t *testing.T) {
	t.Parallel()
	var a sdk.Accumulator
	opaque := []byte{1}
	for _, event := range []sdk.Event{
		sdk.Started{Model: "m"},
		sdk.TextDelta{Text: "a"},
		sdk.ThinkingDelta{Opaque: opaque},
		sdk.ToolCallStart{ID: "open", Name: "n"},
		sdk.TextDelta{Text: "b"},
	} {
		if err := a.Add(event); err != nil {
			t.Fatal(err)
		}
	}
	opaque[0] = 9
	if got := a.Unfinished(); len(got) != 1 || got[0] != "open" {
		t.Errorf("unfinished %v", got)
	}
	if a.TextString() != "ab" || a.Model != "m" {
		t.Errorf("text %q, model %q", a.TextString(), a.Model)
	}
	if thinking, _ := a.Blocks()[1].(sdk.Thinking); thinking.Opaque[0] != 1 {
		t.Error("the accumulator shares memory with an event")
	}
}

// TestAccumulatorIsLinear: a delta costs the same late in an answer as early.
func TestAccumulatorIsLinear(t *testing.T) { //nolint:paralleltest // counts allocations
	var a sdk.Accumulator
	delta := sdk.Event(sdk.TextDelta{Text: strings.Repeat("x", 16)})
	allocs := testing.AllocsPerRun(1, func() {
		for range 100_000 {
			_ = a.Add(delta)
		}
	})
	if allocs > 200 {
		t.Errorf("%v allocations for 100000 deltas", allocs)
	}
}
