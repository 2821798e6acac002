package ollama

import (
	"bytes"
	"encoding/json"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
)

// chunk is one event of a stream, or a whole answer of a server that does not stream.
type chunk struct {
	ID      credfile.Text   `json:"id"`
	Model   credfile.Text   `json:"model"`
	Choices []choice        `json:"choices"`
	Usage   *wireUsage      `json:"usage"`
	Error   json.RawMessage `json:"error"`
	Object  credfile.Text   `json:"object"`
}

type choice struct {
	Index   int           `json:"index"`
	Delta   *piece        `json:"delta"`
	Message *piece        `json:"message"`
	Finish  credfile.Text `json:"finish_reason"`
}

// piece is a part of the answer, or all of it.
type piece struct {
	Content   content       `json:"content"`
	Refusal   credfile.Text `json:"refusal"`
	Reasoning credfile.Text `json:"reasoning"`
	// ReasoningContent is what llama.cpp and vLLM call it.
	ReasoningContent credfile.Text `json:"reasoning_content"`
	Calls            []wireCall    `json:"tool_calls"`
}

// thinkingFields are the two names of reasoning.
var thinkingFields = map[string]bool{"reasoning": true, "reasoning_content": true}

// thinking is the reasoning, and the name that it came under.
func (p *piece) thinking() (text, field string) {
	if p.ReasoningContent != "" {
		return string(p.ReasoningContent), "reasoning_content"
	}
	return string(p.Reasoning), "reasoning"
}

// content is a text, or a list of parts of which the texts count.
type content string

// UnmarshalJSON never fails: what is no text is empty.
func (c *content) UnmarshalJSON(data []byte) error {
	var parts []struct {
		Text credfile.Text `json:"text"`
	}
	var text string
	switch {
	case json.Unmarshal(data, &text) == nil:
	case json.Unmarshal(data, &parts) == nil:
		for _, part := range parts {
			text += string(part.Text)
		}
	}
	*c = content(text)
	return nil
}

// wireCall is a call or a piece of one.
type wireCall struct {
	Index    *int          `json:"index"`
	ID       credfile.Text `json:"id"`
	Function struct {
		Name      credfile.Text   `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

// arguments are a piece of JSON text; a server may send the object itself.
func (c *wireCall) arguments() string {
	raw := bytes.TrimSpace(c.Function.Arguments)
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

type wireUsage struct {
	Prompt     int64 `json:"prompt_tokens"`
	Completion int64 `json:"completion_tokens"`
	Details    struct {
		Cached int64 `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	CompletionDetails struct {
		Reasoning int64 `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

func (u wireUsage) usage() sdk.Usage {
	cached := min(max(u.Details.Cached, 0), max(u.Prompt, 0))
	return sdk.Usage{
		InputTokens: max(u.Prompt, 0) - cached, CacheReadTokens: cached, OutputTokens: max(u.Completion, 0),
		ThinkingTokens: max(u.CompletionDetails.Reasoning, 0),
	}
}
