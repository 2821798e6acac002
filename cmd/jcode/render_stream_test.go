package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// stream renders events as stream-json, checks what must hold for every stream,
// and returns the lines.
func stream(t *testing.T, partial bool, result host.RunResult, runErr error, events ...host.Event) []map[string]any {
	t.Helper()
	var out bytes.Buffer
	c := &command{process: &process{out: &out}}
	r := c.newStreamRenderer(partial)
	for _, event := range events {
		if err := r.event(event); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.finish(result, explain(runErr)); err != nil {
		t.Fatal(err)
	}
	return checkStream(t, out.Bytes())
}

var compiledSchema = func() *jsonschema.Schema {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(eventsSchema))
	if err != nil {
		panic(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("events.json", document); err != nil {
		panic(err)
	}
	return compiler.MustCompile("events.json")
}()

// checkStream is checkStreamText for a test.
func checkStream(t *testing.T, output []byte) []map[string]any {
	t.Helper()
	var faults bytes.Buffer
	lines := checkStreamText(&faults, output)
	if faults.Len() > 0 {
		t.Fatal(faults.String())
	}
	return lines
}

// checkStreamText checks every promise about stream-json on real output, and
// writes what is wrong.
func checkStreamText(faults io.Writer, output []byte) []map[string]any {
	if !utf8.Valid(output) || bytes.Contains(output, []byte("\u2028")) || bytes.Contains(output, []byte("\u2029")) {
		fmt.Fprintln(faults, "not valid UTF-8, or a line separator within a line")
	}
	if len(output) == 0 || output[len(output)-1] != '\n' || bytes.Contains(output, []byte("\r")) {
		fmt.Fprintf(faults, "lines must end with LF: %.200q\n", output)
		return nil
	}
	var lines []map[string]any
	open := map[any]bool{}
	for line := range bytes.Lines(output) {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			fmt.Fprintf(faults, "no JSON: %.200q: %v\n", line, err)
			return nil
		}
		if err := compiledSchema.Validate(value); err != nil {
			fmt.Fprintf(faults, "against the schema: %.2000s%v\n", line, err)
		}
		var event map[string]any
		_ = json.Unmarshal(line, &event)
		checkPairs(faults, event, open)
		lines = append(lines, event)
	}
	for id := range open {
		fmt.Fprintf(faults, "tool call %v has no result\n", id)
	}
	checkEnds(faults, lines)
	return lines
}

// checkPairs checks that each tool call gets exactly one result.
func checkPairs(faults io.Writer, event map[string]any, open map[any]bool) {
	message, _ := event["message"].(map[string]any)
	content, _ := message["content"].([]any)
	for _, block := range content {
		b, _ := block.(map[string]any)
		switch b["type"] {
		case "tool_use":
			open[b["id"]] = true
		case "tool_result":
			if !open[b["tool_use_id"]] {
				fmt.Fprintf(faults, "a result without call, or a second one: %v\n", b["tool_use_id"])
			}
			delete(open, b["tool_use_id"])
		}
	}
}

func checkEnds(faults io.Writer, lines []map[string]any) {
	results := 0
	for _, line := range lines {
		if line["type"] == "result" {
			results++
		}
	}
	last := lines[len(lines)-1]
	if results != 1 || last["type"] != "result" {
		fmt.Fprintf(faults, "%d results, the last line is %v\n", results, last["type"])
	}
	if last["is_error"] != (last["exit_code"] != 0.0) {
		fmt.Fprintf(faults, "is_error %v with exit code %v\n", last["is_error"], last["exit_code"])
	}
	if first := lines[0]; len(lines) > 1 && (first["type"] != "system" || first["subtype"] != "init") {
		fmt.Fprintf(faults, "the first line is %v %v\n", first["type"], first["subtype"])
	}
}

func started() host.Event {
	return host.RunStarted{
		SessionID: "s1", WorkingDir: "/w", Provider: "acme", Model: "m", PermissionMode: "auto",
		Tools: []string{"bash"}, Plugins: []host.PluginInfo{{Name: "acme", Status: "ok"}}, MaxTurns: 3,
	}
}

// aRun is a run with everything in it.
func aRun() []host.Event {
	zero := 0
	call := sdk.ToolCall{ID: "t1", Name: "bash", Input: json.RawMessage(`{"command":"ls"}`)}
	inner := sdk.ToolCall{ID: "t2", Name: "read", Malformed: `{"pa`}
	return []host.Event{
		host.Warning{Code: "early", Message: "before the start"},
		started(),
		host.TurnStarted{Turn: 1},
		host.ModelEvent{Event: sdk.RetryEvent{Attempt: 2, MaxAttempts: 5, Delay: time.Second, HTTPStatus: 529, Reason: "overloaded"}},
		host.ModelEvent{Event: sdk.Started{Model: "m"}, Turn: 1},
		host.ModelEvent{Event: sdk.ThinkingDelta{MessageID: "1", Text: "hm"}, Turn: 1},
		host.ModelEvent{Event: sdk.ThinkingDelta{MessageID: "1", Signature: "sig"}, Turn: 1},
		textDelta("1", "Let me look.\u2028"),
		host.ModelEvent{Event: sdk.ToolCallStart{MessageID: "1", ID: "t1", Name: "bash"}, Turn: 1},
		host.ModelEvent{Event: sdk.ToolCallDelta{MessageID: "1", ID: "t1", JSON: `{"command":`}, Turn: 1},
		host.ModelEvent{Event: sdk.ToolCallDelta{MessageID: "1", ID: "t1", JSON: `"ls"}`}, Turn: 1},
		host.ModelEvent{Event: sdk.ToolCallEnd{MessageID: "1", ID: "t1", Input: call.Input}, Turn: 1},
		host.ModelEvent{Event: sdk.ToolCallStart{MessageID: "1", ID: "t2", Name: "read"}, Turn: 1},
		host.ModelEvent{Event: sdk.ToolCallEnd{MessageID: "1", ID: "t2", Malformed: `{"pa`}, Turn: 1},
		host.ModelEvent{Event: sdk.RateLimit{Window: "five_hour", Utilization: 0.9, Status: "warning"}},
		host.AssistantMessage{
			Message: sdk.Message{Role: sdk.RoleAssistant, ID: "1", Model: "m", Blocks: []sdk.Block{
				sdk.Thinking{Text: "hm", Signature: "sig"},
				sdk.Thinking{Opaque: []byte{0xff, 1}},
				sdk.Text{Text: "Let me look.\u2028"},
				call, inner,
			}},
			StopReason: sdk.StopToolUse, Usage: sdk.Usage{InputTokens: 10, OutputTokens: 5}, Turn: 1,
		},
		host.ToolStarted{Call: call, Summary: "ls"},
		host.ToolProgress{CallID: "t1", Name: "bash"},
		host.ToolFinished{Call: call, Result: host.ToolResult{
			Content: []sdk.Block{sdk.Text{Text: "a\nb"}}, ExitCode: &zero, Duration: time.Second,
		}},
		host.PermissionDenied{CallID: "t2", Tool: "read", Reason: "outside"},
		host.ToolFinished{Call: inner, Result: host.ToolResult{
			Content: []sdk.Block{sdk.Text{Text: "denied"}, sdk.Image{MediaType: "image/png", Data: []byte{1}}},
			IsError: true, Code: "denied",
		}},
		host.PluginRestarted{Name: "acme", Reason: "exit 2", Attempt: 1},
		host.ModelEvent{Event: sdk.NativeToolEvent{MessageID: "n", Tool: sdk.NativeTool{ID: "n1", Name: "Web"}}, Turn: 2},
		host.ModelEvent{Event: sdk.NativeToolEvent{Phase: sdk.NativeToolFinished, Tool: sdk.NativeTool{ID: "n1", Name: "Web", Output: "x"}}, Turn: 2},
		textDelta("2", "wrong"),
		host.ModelEvent{Event: sdk.Retract{MessageID: "2"}},
		textDelta("3", "Right."),
		host.AssistantMessage{
			Message:    sdk.Message{Role: sdk.RoleAssistant, ID: "3", Model: "m", Blocks: []sdk.Block{sdk.Text{Text: "Right."}}},
			StopReason: sdk.StopEndTurn, Turn: 2,
		},
	}
}

func TestStreamOfAWholeRun(t *testing.T) {
	t.Parallel()
	cost := 0.5
	result := host.RunResult{
		SessionID: "s1", Text: "Right.", Turns: 2, Usage: sdk.Usage{InputTokens: 20, CostUSD: &cost}, CostSource: "exact",
		ModelUsage: map[string]sdk.Usage{"m": {InputTokens: 20}},
		Denials:    []host.PermissionDenied{{CallID: "t1", Tool: "bash", Reason: "no"}},
		OpenTodos:  []host.Todo{{ID: "1"}}, BackgroundJobs: []host.BackgroundJob{{ID: "j1"}},
	}
	for _, partial := range []bool{false, true} {
		lines := stream(t, partial, result, nil, aRun()...)
		var kinds []string
		deltas := 0
		for _, line := range lines {
			if line["type"] == "stream_event" || line["subtype"] == "retract" {
				deltas++
				continue
			}
			kind := line["type"].(string)
			if subtype, ok := line["subtype"].(string); ok {
				kind += "/" + subtype
			}
			kinds = append(kinds, kind)
		}
		want := "system/init system/warning system/api_retry system/rate_limit assistant tool_progress user " +
			"system/permission_denied user system/plugin assistant user assistant result/success"
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if partial != (deltas > 0) {
			t.Errorf("%d deltas with partial %v", deltas, partial)
		}
		last := lines[len(lines)-1]
		if last["total_cost_usd"] != 0.5 || last["cost_source"] != "exact" || last["result"] != "Right." {
			t.Errorf("result %v", last)
		}
		denials := last["permission_denials"].([]any)[0].(map[string]any)
		if input := denials["tool_input"].(map[string]any); input["command"] != "ls" {
			t.Errorf("denial %v", denials)
		}
	}
}

// The inner events are a well-formed messages stream: what starts, stops.
func TestPartialEventsNest(t *testing.T) {
	t.Parallel()
	open, block := false, -1.0
	text, arguments := "", ""
	for _, line := range stream(t, true, host.RunResult{}, nil, aRun()...) {
		event, ok := line["event"].(map[string]any)
		if !ok {
			continue
		}
		switch event["type"] {
		case "message_start":
			if open {
				t.Error("a message within a message")
			}
			open = true
		case "content_block_start":
			if !open || block >= 0 {
				t.Error("a block outside a message, or within a block")
			}
			block = event["index"].(float64)
		case "content_block_delta":
			if event["index"] != block {
				t.Errorf("delta of block %v within %v", event["index"], block)
			}
			delta := event["delta"].(map[string]any)
			if s, ok := delta["text"].(string); ok {
				text += s
			}
			if s, ok := delta["partial_json"].(string); ok {
				arguments += s
			}
		case "content_block_stop":
			if event["index"] != block {
				t.Errorf("stop of block %v within %v", event["index"], block)
			}
			block = -1
		case "message_stop":
			if block >= 0 {
				t.Error("a message stopped within a block")
			}
			open = false
		}
	}
	if open || text != "Let me look.\u2028wrongRight." || arguments != `{"command":"ls"}` {
		t.Errorf("open %v, text %q, arguments %q", open, text, arguments)
	}
}

func TestStreamOfFailures(t *testing.T) {
	t.Parallel()
	call := sdk.ToolCall{ID: "t1", Name: "bash"}
	running := []host.Event{started(), host.AssistantMessage{
		Message: sdk.Message{Blocks: []sdk.Block{call}}, StopReason: sdk.StopToolUse,
	}, host.ToolStarted{Call: call}}
	tests := map[string]struct {
		events  []host.Event
		err     error
		lines   int
		subtype string
	}{
		"before the start":         {[]host.Event{host.Warning{Message: "x"}}, errors.New("x"), 1, "error_during_execution"},
		"within a tool call":       {running, &signalError{syscall.SIGTERM}, 4, "cancelled"},
		"panic":                    {running, &panicError{value: "x"}, 4, "error_during_execution"},
		"timeout":                  {running, &host.TimeoutError{}, 4, "error_timeout"},
		"provider with everything": {[]host.Event{started()}, &sdk.Error{Kind: sdk.KindRateLimited, Message: "slow", Remedy: "wait", HTTPStatus: 429, ProviderRequestID: "r", Retryable: true, RetryAfter: 1500 * time.Millisecond}, 2, "error_provider"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := stream(t, true, host.RunResult{}, test.err, test.events...)
			last := lines[len(lines)-1]
			if len(lines) != test.lines || last["subtype"] != test.subtype || last["total_cost_usd"] != nil {
				t.Errorf("%d lines, result %v", len(lines), last)
			}
			if name == "provider with everything" {
				info := last["error"].(map[string]any)
				if info["http_status"] != 429.0 || info["retry_after_s"] != 1.5 || info["code"] != "rate_limited" || info["hint"] != "wait" {
					t.Errorf("error %v", info)
				}
			}
		})
	}
}

func TestEncodeLineIsSafeWhateverIsInRawJSON(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage("{\"a\":\"\u2028\u2029\xff<&>\"}")
	line, err := encodeLine(map[string]any{"raw": raw})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"raw":{"a":"\u2028\u2029` + "\uFFFD" + `<&>"}}` + "\n"; string(line) != want {
		t.Errorf("got %q, want %q", line, want)
	}
}

// A schema that allows everything would prove nothing.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`{}`, `{"type":"result"}`,
		`{"type":"system","subtype":"warning","session_id":"","uuid":"x","ts":"y","code":"","message":""}`,
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		if compiledSchema.Validate(value) == nil {
			t.Errorf("accepted %s", line)
		}
	}
	var lie bytes.Buffer
	result := newResult(host.RunResult{}, explain(errors.New("x")), nil)
	result.IsError = false
	_ = writeLine(&lie, result)
	value, _ := jsonschema.UnmarshalJSON(&lie)
	if compiledSchema.Validate(value) == nil {
		t.Error("a failed run that says it succeeded was accepted")
	}
}

func BenchmarkStreamDelta(b *testing.B) {
	c := &command{process: &process{out: &bytes.Buffer{}}}
	r := c.newStreamRenderer(true)
	_ = r.event(started())
	event := textDelta("1", "some words of text")
	for b.Loop() {
		r.out.(*bytes.Buffer).Reset()
		_ = r.event(event)
	}
}

func BenchmarkTextDelta(b *testing.B) {
	var out bytes.Buffer
	c := &command{process: &process{out: &out, err: &out, env: map[string]string{}}}
	r := c.newTextRenderer()
	event := textDelta("1", "some words of text")
	for b.Loop() {
		out.Reset()
		_ = r.event(event)
	}
}
