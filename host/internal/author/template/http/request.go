package acmename

import (
	"encoding/json"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/transcript"
)

// The API's request. Making one is a pure function, so that tests need no server.
type (
	chat struct {
		Model     string    `json:"model"`
		System    string    `json:"system,omitempty"`
		Messages  []message `json:"messages"`
		Tools     []tool    `json:"tools,omitempty"`
		MaxTokens int       `json:"max_tokens,omitempty"`
	}
	message struct {
		Role    sdk.Role `json:"role"`
		Text    string   `json:"text,omitempty"`
		Calls   []call   `json:"calls,omitempty"`
		Results []result `json:"results,omitempty"`
	}
	call struct {
		ID    string          `json:"id"`
		Name  string          `json:"name"`
		Input json.RawMessage `json:"input"`
	}
	result struct {
		ID    string `json:"id"`
		Text  string `json:"text"`
		Error bool   `json:"error,omitempty"`
	}
	tool struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Schema      json.RawMessage `json:"schema"`
	}
)

// newChat makes the API's request of the host's.
func newChat(model string, request *sdk.Request) chat {
	out := chat{Model: model, MaxTokens: request.MaxOutputTokens}
	for _, block := range request.System {
		out.System += block.Text
	}
	for _, m := range request.Messages {
		out.Messages = append(out.Messages, newMessage(m))
	}
	for _, t := range request.Tools {
		out.Tools = append(out.Tools, tool{t.Name, t.Description, t.InputSchema})
	}
	return out
}

// newMessage tells what the API has no place for, such as a tool that another
// provider ran by itself, as text.
func newMessage(m sdk.Message) message {
	out := message{Role: m.Role}
	for _, block := range m.Blocks {
		switch b := block.(type) {
		case sdk.Text:
			out.Text += b.Text
		case sdk.ToolCall:
			input := b.Input
			if len(input) == 0 { // the model sent no valid JSON
				input = json.RawMessage(`{}`)
			}
			out.Calls = append(out.Calls, call{b.ID, b.Name, input})
		case sdk.ToolResult:
			out.Results = append(out.Results, result{b.ToolCallID, transcript.ContentText(b.Content), b.IsError})
		case sdk.Thinking: // another model's, which this one cannot check
		default:
			out.Text += transcript.Narrate(b).Text
		}
	}
	return out
}
