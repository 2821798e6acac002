package claude

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

func TestContractTableIsOneToOne(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for host, wire := range oauthContract.tools {
		if former, taken := seen[wire]; taken || wire == "" || wireName(wire) != wire {
			t.Errorf("%s and %s are both %s", former, host, wire)
		}
		seen[wire] = host
	}
	if len(seen) != 9 {
		t.Errorf("%d pairs", len(seen))
	}
}

// Any transcript goes out and comes back with the same names: what was sent as a
// call is what a call of that name would be read as.
func TestNamesAreLossless(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	pool := []string{"mcp__x.y/z", "mcp__x_y_z", "täst", "", "a b", "Bash", "odd-name"}
	for host, wire := range oauthContract.tools {
		pool = append(pool, host, wire, hashedName(host), wire+"_")
	}
	for i := range 3000 {
		request := &sdk.Request{}
		seen := map[string]bool{}
		for range random.IntN(8) {
			if name := pool[random.IntN(len(pool))]; !seen[name] {
				seen[name] = true
				request.Tools = append(request.Tools, sdk.ToolSpec{Name: name})
			}
		}
		var called []string
		for range random.IntN(12) {
			name := pool[random.IntN(len(pool))]
			called = append(called, name)
			request.Messages = append(request.Messages, sdk.Message{
				Role: sdk.RoleAssistant, Blocks: []sdk.Block{sdk.ToolCall{ID: "1", Name: name}},
			})
		}
		names, err := newToolNames(oauthContract.tools, request)
		if err != nil { // two tools with one name on the wire are refused
			if sdk.KindOf(err) != sdk.KindInvalidRequest {
				t.Fatal(err)
			}
			continue
		}
		wires := map[string]string{}
		for name := range seen {
			called = append(called, name)
		}
		for _, name := range called {
			wire := names.wire(name)
			if back := names.host(wire); back != name || len(wire) > maxNameBytes || cleanWord(wire) != wire || wire == "" {
				t.Fatalf("round %d: %q is %q on the wire and comes back as %q", i, name, wire, back)
			}
			if former, taken := wires[wire]; taken && former != name {
				t.Fatalf("round %d: %q and %q are both %q", i, former, name, wire)
			}
			wires[wire] = name
		}
	}
}

// A renamed tool that the request did not offer still comes back under its own
// name, and a foreign one of the wire's name stays what it is.
func TestNamesWithoutTools(t *testing.T) {
	t.Parallel()
	none, _ := newToolNames(oauthContract.tools, &sdk.Request{})
	if got := none.host("shell_exec"); got != "bash" {
		t.Errorf("%q", got)
	}
	foreign, err := newToolNames(oauthContract.tools, &sdk.Request{Tools: []sdk.ToolSpec{{Name: "shell_exec"}}})
	if err != nil || foreign.host("shell_exec") != "shell_exec" {
		t.Errorf("%q %v", foreign.host("shell_exec"), err)
	}
}

// The four places of one request.
func TestContractInAllPlaces(t *testing.T) {
	t.Parallel()
	request := &sdk.Request{
		System:     []sdk.SystemBlock{{Text: "host"}},
		Tools:      []sdk.ToolSpec{{Name: "bash", InputSchema: json.RawMessage(`{"type":"object","properties":{}}`)}},
		ToolChoice: sdk.ToolChoice{Mode: sdk.ToolChoiceTool, Name: "bash"},
		Messages: []sdk.Message{
			say("hi"),
			{Role: sdk.RoleAssistant, Blocks: []sdk.Block{sdk.ToolCall{ID: "1", Name: "bash", Input: json.RawMessage(`{}`)}}},
			{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.ToolResult{ToolCallID: "1", Content: []sdk.Block{sdk.Text{Text: "out"}}}}},
		},
	}
	names, err := newToolNames(oauthContract.tools, request)
	if err != nil {
		t.Fatal(err)
	}
	tn := turn{request: request, model: resolveModel(defaultModel), contract: oauthContract, names: names}
	out, err := tn.build(without{})
	if err != nil {
		t.Fatal(err)
	}
	var body struct {
		System []struct{ Text string }
		Tools  []struct{ Name string }
		Choice struct{ Name string } `json:"tool_choice"`
		Msgs   []struct {
			Content []struct{ Type, Name string }
		} `json:"messages"`
	}
	if err := json.Unmarshal(out.body, &body); err != nil {
		t.Fatal(err)
	}
	got := []string{body.System[0].Text, body.Tools[0].Name, body.Choice.Name, body.Msgs[1].Content[0].Name, names.host("shell_exec")}
	want := []string{"You are Claude Code, Anthropic's official CLI for Claude.", "shell_exec", "shell_exec", "shell_exec", "bash"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if fmt.Sprint(tn.betas()) != "oauth-2025-04-20,claude-code-20250219" {
		t.Error(tn.betas())
	}
}

// Any transcript goes out and comes back the same: ids, names and arguments of
// its calls, read from the body as the stream of an answer would be.
func TestTranscriptIsLossless(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	pool := []string{"bash", "shell_exec", "read", "file_read", "task", "mcp.x/y", "Grep", "todoread", "todo_read"}
	for i := range 300 {
		request := &sdk.Request{Messages: []sdk.Message{say("go")}}
		var sent []sdk.ToolCall
		for round := range 1 + random.IntN(4) {
			var calls, results []sdk.Block
			for n := range 1 + random.IntN(3) {
				call := sdk.ToolCall{
					ID: fmt.Sprintf("toolu_%d_%d", round, n), Name: pool[random.IntN(len(pool))],
					Input: json.RawMessage(fmt.Sprintf(`{"n":%d,"bash":"shell_exec"}`, n)),
				}
				sent, calls = append(sent, call), append(calls, call)
				results = append(results, sdk.ToolResult{ToolCallID: call.ID, Content: []sdk.Block{sdk.Text{Text: "shell_exec"}}})
			}
			request.Messages = append(request.Messages,
				sdk.Message{Role: sdk.RoleAssistant, Blocks: calls}, sdk.Message{Role: sdk.RoleUser, Blocks: results})
		}
		names, err := newToolNames(oauthContract.tools, request)
		if err != nil {
			t.Fatal(err)
		}
		tn := turn{request: request, model: resolveModel(defaultModel), contract: oauthContract, names: names}
		out, err := tn.build(without{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(sent, readBack(t, out.body, names)); d != "" {
			t.Fatalf("round %d:\n%s", i, d)
		}
	}
}

// readBack hands every call of a body to the decoder, as if the model made it.
func readBack(t *testing.T, body []byte, names *toolNames) []sdk.ToolCall {
	t.Helper()
	var wire struct {
		Messages []struct {
			Content []struct {
				Type, ID, Name string
				Input          json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(body, &wire); err != nil {
		t.Fatal(err)
	}
	var calls []sdk.ToolCall
	stream := &recorder{}
	d := &decoder{emit: stream.Emit, names: names, model: resolveModel(defaultModel)}
	index := 0
	for _, m := range wire.Messages {
		for _, b := range m.Content {
			if b.Type != "tool_use" {
				continue
			}
			start := fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":{"type":"tool_use","id":%q,"name":%q,"input":{}}}`, index, b.ID, b.Name)
			if err := d.event("", []byte(start)); err != nil {
				t.Fatal(err)
			}
			index++
			called := eventsOf[sdk.ToolCallStart](stream)
			calls = append(calls, sdk.ToolCall{ID: called[len(called)-1].ID, Name: called[len(called)-1].Name, Input: b.Input})
		}
	}
	return calls
}
