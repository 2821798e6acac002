package ollama

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/toolspec"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// turn is what a request is built from.
type turn struct {
	request *sdk.Request
	model   string
	names   *toolspec.Names
}

// build makes the JSON body: the same bytes for the same turn, so that a server finds
// what it has read before.
func (t *turn) build(leave without) []byte {
	request := t.request
	b := append(make([]byte, 0, 64<<10), `{"model":`...)
	b = wirejson.AppendString(b, t.model)
	b = append(b, `,"stream":true`...)
	if !leave.usage {
		b = append(b, `,"stream_options":{"include_usage":true}`...)
	}
	if request.MaxOutputTokens > 0 {
		b = wirejson.AppendInt(b, "max_tokens", request.MaxOutputTokens)
	}
	if request.Temperature != nil {
		b = append(b, `,"temperature":`...)
		b = strconv.AppendFloat(b, *request.Temperature, 'f', -1, 64)
	}
	b = appendStop(b, request.StopSequences)
	if effort := effortOf(request); effort != "" && !leave.effort {
		b = wirejson.AppendField(b, "reasoning_effort", effort)
	}
	if !leave.tools {
		b = t.appendTools(b)
	}
	b = append(b, `,"messages":[`...)
	for i, m := range newConversation(request, leave.tools) {
		if i > 0 {
			b = append(b, ',')
		}
		b = t.appendMessage(b, m)
	}
	return append(b, "]}"...)
}

// effortOf is the user's word for how long to think, or that there is to be no thinking.
func effortOf(request *sdk.Request) string {
	if request.Effort == "" && request.ThinkingTokens < 0 {
		return "none"
	}
	return request.Effort
}

func appendStop(b []byte, sequences []string) []byte {
	for i, sequence := range sequences {
		if i == 0 {
			b = append(b, `,"stop":[`...)
		} else {
			b = append(b, ',')
		}
		b = wirejson.AppendString(b, sequence)
	}
	if len(sequences) > 0 {
		b = append(b, ']')
	}
	return b
}

func (t *turn) appendTools(b []byte) []byte {
	if len(t.request.Tools) == 0 {
		return b
	}
	for i, tool := range t.request.Tools {
		if i == 0 {
			b = append(b, `,"tools":[{"type":"function","function":{"name":`...)
		} else {
			b = append(b, `,{"type":"function","function":{"name":`...)
		}
		b = wirejson.AppendString(b, t.names.Wire(tool.Name))
		b = wirejson.AppendField(b, "description", tool.Description)
		b = append(b, `,"parameters":`...)
		b = append(b, toolspec.ObjectSchema(tool.InputSchema)...)
		b = append(b, "}}"...)
	}
	b = append(b, ']')
	return t.appendChoice(b)
}

// appendChoice says nothing for auto, which is what servers do by themselves.
func (t *turn) appendChoice(b []byte) []byte {
	choice := t.request.ToolChoice
	switch choice.Mode {
	case sdk.ToolChoiceAny:
		b = wirejson.AppendField(b, "tool_choice", "required")
	case sdk.ToolChoiceNone:
		b = wirejson.AppendField(b, "tool_choice", "none")
	case sdk.ToolChoiceTool:
		b = append(b, `,"tool_choice":{"type":"function","function":{"name":`...)
		b = wirejson.AppendString(b, t.names.Wire(choice.Name))
		b = append(b, "}}"...)
	case sdk.ToolChoiceAuto:
	}
	if choice.DisableParallel {
		b = append(b, `,"parallel_tool_calls":false`...)
	}
	return b
}

func (t *turn) appendMessage(b []byte, m message) []byte {
	b = append(b, `{"role":`...)
	b = wirejson.AppendString(b, m.role)
	if m.callID != "" {
		b = wirejson.AppendField(b, "tool_call_id", m.callID)
	}
	b = append(b, `,"content":`...)
	b = appendContent(b, m.parts)
	if m.thinking != "" {
		b = wirejson.AppendField(b, m.thinkingField, m.thinking)
	}
	for i, call := range m.calls {
		if i == 0 {
			b = append(b, `,"tool_calls":[{"id":`...)
		} else {
			b = append(b, `,{"id":`...)
		}
		b = wirejson.AppendString(b, call.ID)
		b = append(b, `,"type":"function","function":{"name":`...)
		b = wirejson.AppendString(b, t.names.Wire(call.Name))
		b = wirejson.AppendField(b, "arguments", arguments(call))
		b = append(b, "}}"...)
	}
	if len(m.calls) > 0 {
		b = append(b, ']')
	}
	return append(b, '}')
}

// appendContent is a text where there are only texts, which every server takes, else a
// list of parts.
func appendContent(b []byte, parts []sdk.Block) []byte {
	var text strings.Builder
	for i, part := range parts {
		words, ok := part.(sdk.Text)
		if !ok {
			return appendParts(b, parts)
		}
		if i > 0 && text.Len() > 0 {
			text.WriteString("\n\n")
		}
		text.WriteString(words.Text)
	}
	return wirejson.AppendString(b, text.String())
}

func appendParts(b []byte, parts []sdk.Block) []byte {
	b = append(b, '[')
	for i, part := range parts {
		if i > 0 {
			b = append(b, ',')
		}
		switch p := part.(type) {
		case sdk.Text:
			b = append(b, `{"type":"text"`...)
			b = wirejson.AppendField(b, "text", p.Text)
			b = append(b, '}')
		case sdk.Image:
			b = append(b, `{"type":"image_url","image_url":{"url":"data:`+p.MediaType+`;base64,`...)
			b = base64.StdEncoding.AppendEncode(b, p.Data)
			b = append(b, `"}}`...)
		default: // a conversation holds only these two
		}
	}
	return append(b, ']')
}
