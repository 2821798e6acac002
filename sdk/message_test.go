package sdk_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

func everyBlock() []sdk.Block {
	return []sdk.Block{
		sdk.Text{Text: "hello \u2028 <b>", MessageID: "m1"},
		sdk.Thinking{Text: "hm", Signature: "sig", Opaque: []byte{0, 255}, Origin: "acct"},
		sdk.Image{MediaType: "image/png", Data: []byte{1, 2, 3}},
		sdk.ToolCall{ID: "c1", Name: "bash", Input: json.RawMessage(`{"command":"ls"}`)},
		sdk.ToolCall{ID: "c2", Name: "bash", Malformed: `{"comm`},
		sdk.ToolResult{ToolCallID: "c1", IsError: true, Content: []sdk.Block{
			sdk.Text{Text: "out"}, sdk.Image{MediaType: "image/gif", Data: []byte("GIF8")},
		}},
		sdk.NativeTool{ID: "n", Name: "shell", Input: json.RawMessage(`{}`), Output: "x", IsError: true, Denied: true, ParentID: "p"},
	}
}

func TestMessageJSON(t *testing.T) {
	t.Parallel()
	message := sdk.Message{
		Role: sdk.RoleAssistant, Blocks: everyBlock(), ID: "msg", Provider: "acme", Model: "m-1", Turn: 3,
	}
	data, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	var back sdk.Message
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(message, back); diff != "" {
		t.Error(diff)
	}
	for _, tag := range []string{"text", "thinking", "image", "tool_call", "tool_result", "native_tool"} {
		if !strings.Contains(string(data), `"type":"`+tag+`"`) {
			t.Errorf("no block of type %s in %s", tag, data)
		}
	}
}

func TestBlockJSON(t *testing.T) {
	t.Parallel()
	for _, block := range everyBlock() {
		data, err := sdk.MarshalBlock(block)
		if err != nil {
			t.Fatal(err)
		}
		back, err := sdk.UnmarshalBlock(data)
		if diff := cmp.Diff(block, back); err != nil || diff != "" {
			t.Errorf("%T: %v %s", block, err, diff)
		}
	}
}

func TestMessageJSONErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"no JSON":             `{`,
		"unknown block":       `{"role":"user","content":[{"type":"hologram"}]}`,
		"untyped block":       `{"role":"user","content":[{"text":"x"}]}`,
		"unknown in a result": `{"role":"user","content":[{"type":"tool_result","content":[{"type":"hologram"}]}]}`,
		"content is a string": `{"role":"user","content":"hello"}`,
		"bad base64":          `{"role":"user","content":[{"type":"image","data":"%%%"}]}`,
	}
	for name, text := range tests {
		var message sdk.Message
		if err := json.Unmarshal([]byte(text), &message); err == nil {
			t.Errorf("%s: %s passed as %+v", name, text, message)
		}
	}
	for _, block := range []sdk.Block{nil, &sdk.Text{}} {
		if _, err := sdk.MarshalBlock(block); err == nil {
			t.Errorf("%T passed for a block", block)
		}
	}
}

// FuzzMessageJSON: whatever is read is written so that it is read the same.
func FuzzMessageJSON(f *testing.F) {
	data, err := json.Marshal(sdk.Message{Role: sdk.RoleUser, Blocks: everyBlock(), Turn: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"role":"user","content":[{"type":"tool_call","input":null}]}`))
	f.Add([]byte(`{"role":"\ud800","content":[{"type":"text","text":"\ufffd"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var message, back sdk.Message
		if json.Unmarshal(data, &message) != nil {
			return
		}
		written, err := json.Marshal(message)
		if err != nil {
			t.Fatalf("%s was read, but not written: %v", data, err)
		}
		if err := json.Unmarshal(written, &back); err != nil {
			t.Fatalf("%s was written, but not read: %v", written, err)
		}
		again, err := json.Marshal(back)
		if err != nil || string(again) != string(written) {
			t.Fatalf("%s became %s: %v", written, again, err)
		}
		if len(message.Blocks) != len(back.Blocks) || message.Role != back.Role {
			t.Fatalf("%+v became %+v", message, back)
		}
	})
}
