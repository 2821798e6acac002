package claude

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/toolspec"
)

func TestContractTableIsOneToOne(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for host, wire := range oauthContract.tools {
		if former, taken := seen[wire]; taken || wire == "" || toolspec.WireName(wire) != wire {
			t.Errorf("%s and %s are both %s", former, host, wire)
		}
		seen[wire] = host
	}
	if len(seen) != 9 {
		t.Errorf("%d pairs", len(seen))
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
	names, err := toolspec.NewNames(oauthContract.tools, request)
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
	got := []string{body.System[0].Text, body.Tools[0].Name, body.Choice.Name, body.Msgs[1].Content[0].Name, names.Host("shell_exec")}
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
		names, err := toolspec.NewNames(oauthContract.tools, request)
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
func readBack(t *testing.T, body []byte, names *toolspec.Names) []sdk.ToolCall {
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
