package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Request is what a server of chat completions is asked.
type Request struct {
	Model         string `json:"model"`
	Stream        bool   `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	MaxTokens       int             `json:"max_tokens"`
	Temperature     float64         `json:"temperature"`
	Stop            []string        `json:"stop"`
	ReasoningEffort string          `json:"reasoning_effort"`
	Tools           []Tool          `json:"tools"`
	ToolChoice      json.RawMessage `json:"tool_choice"`
	Parallel        *bool           `json:"parallel_tool_calls"`
	Messages        []Message       `json:"messages"`
}

// Tool is a tool that is offered.
type Tool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string         `json:"name"`
		Description string         `json:"description"`
		Parameters  map[string]any `json:"parameters"`
	} `json:"function"`
}

// Message is one message of the conversation.
type Message struct {
	Role             string          `json:"role"`
	Content          json.RawMessage `json:"content"`
	ToolCallID       string          `json:"tool_call_id"`
	Reasoning        string          `json:"reasoning"`
	ReasoningContent string          `json:"reasoning_content"`
	ToolCalls        []struct {
		ID       string `json:"id"`
		Type     string `json:"type"`
		Function struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

// Part is a part of a message's content.
type Part struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	ImageURL *struct {
		URL string `json:"url"`
	} `json:"image_url"`
}

// Check reads a request and says all that a strict server would refuse of it.
func Check(body []byte) (Request, []string) {
	var request Request
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		return request, []string{err.Error()}
	}
	var c checker
	if request.Model == "" {
		c.fault("no model")
	}
	if len(request.Messages) == 0 {
		c.fault("no messages")
	}
	for _, tool := range request.Tools {
		if tool.Type != "function" || tool.Function.Name == "" || tool.Function.Parameters["type"] != "object" {
			c.fault("bad tool %q", tool.Function.Name)
		}
	}
	for i, m := range request.Messages {
		c.message(i, m)
	}
	if len(c.open) > 0 {
		c.fault("calls %v have no result", c.open)
	}
	return request, c.faults
}

type checker struct {
	faults []string
	open   []string // calls that wait for their results
	before string   // the role of the last message
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func (c *checker) message(i int, m Message) {
	if len(c.open) > 0 && m.Role != "tool" {
		c.fault("message %d: calls %v have no result", i, c.open)
		c.open = nil
	}
	switch m.Role {
	case "system":
		if i > 0 {
			c.fault("message %d: system comes first", i)
		}
	case "user", "assistant":
		if m.Role == c.before {
			c.fault("message %d: two of the role %s in a row", i, m.Role)
		}
	case "tool":
		c.result(i, m.ToolCallID)
	default:
		c.fault("message %d: role %q", i, m.Role)
	}
	c.before = m.Role
	c.content(i, m.Content)
	for _, call := range m.ToolCalls {
		var arguments map[string]any
		if json.Unmarshal([]byte(call.Function.Arguments), &arguments) != nil {
			c.fault("message %d: arguments %q are no object", i, call.Function.Arguments)
		}
		if m.Role != "assistant" || call.ID == "" || call.Type != "function" || call.Function.Name == "" {
			c.fault("message %d: bad call", i)
		}
		c.open = append(c.open, call.ID)
	}
}

func (c *checker) result(i int, id string) {
	for k, open := range c.open {
		if open == id {
			c.open = append(c.open[:k], c.open[k+1:]...)
			return
		}
	}
	c.fault("message %d: result of %q, which nobody called", i, id)
}

func (c *checker) content(i int, raw json.RawMessage) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return
	}
	var parts []Part
	if json.Unmarshal(raw, &parts) != nil || len(parts) == 0 {
		c.fault("message %d: content is neither text nor parts", i)
	}
	for _, part := range parts {
		image := part.Type == "image_url" && part.ImageURL != nil && strings.HasPrefix(part.ImageURL.URL, "data:image/")
		if !image && part.Type != "text" {
			c.fault("message %d: part %q", i, part.Type)
		}
	}
}

// last is the text of the last message.
func (r Request) last() string {
	raw := r.Messages[len(r.Messages)-1].Content
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var parts []Part
	_ = json.Unmarshal(raw, &parts) // it was checked before
	for _, part := range parts {
		text += part.Text
	}
	return text
}
