package claude

import (
	"encoding/base64"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/toolspec"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// cacheBreakpoint asks the vendor to cache the prompt up to here. At most four
// are allowed: the last tool, the last stable system block, and one in each of
// the two latest assistant messages.
const cacheBreakpoint = `,"cache_control":{"type":"ephemeral"}`

const cachedMessages = 2

func appendMessages(b []byte, messages []wireMessage, names *toolspec.Names) []byte {
	from := breakpointsFrom(messages)
	for i := range messages {
		if i > 0 {
			b = append(b, ',')
		}
		marked := -1
		if i >= from && messages[i].role == sdk.RoleAssistant {
			marked = lastCacheable(messages[i].blocks)
		}
		b = append(b, `{"role":`...)
		b = wirejson.AppendString(b, string(messages[i].role))
		b = append(b, `,"content":[`...)
		for j, block := range messages[i].blocks {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendBlock(b, block, names, j == marked)
		}
		b = append(b, `]}`...)
	}
	return b
}

// breakpointsFrom is the index of the earlier of the two latest assistant
// messages.
func breakpointsFrom(messages []wireMessage) int {
	left := cachedMessages
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].role != sdk.RoleAssistant {
			continue
		}
		if left--; left == 0 {
			return i
		}
	}
	return 0
}

// lastCacheable is the last block that may carry a breakpoint; thinking may not.
func lastCacheable(blocks []sdk.Block) int {
	for i := len(blocks) - 1; i >= 0; i-- {
		switch blocks[i].(type) {
		case sdk.Text, sdk.ToolCall:
			return i
		}
	}
	return -1
}

func appendBlock(b []byte, block sdk.Block, names *toolspec.Names, marked bool) []byte {
	switch v := block.(type) {
	case sdk.Text:
		return appendTextBlock(b, v.Text, marked)
	case sdk.Thinking:
		return appendThinkingBlock(b, v)
	case sdk.Image:
		return appendImage(b, v)
	case sdk.ToolCall:
		b = append(b, `{"type":"tool_use"`...)
		b = wirejson.AppendField(b, "id", v.ID)
		b = wirejson.AppendField(b, "name", names.Wire(v.Name))
		b = append(b, `,"input":`...)
		b = append(b, v.Input...)
		return closeBlock(b, marked)
	case sdk.ToolResult:
		return appendResult(b, v, names)
	case sdk.NativeTool: // repair leaves none
	}
	return b
}

func closeBlock(b []byte, marked bool) []byte {
	if marked {
		b = append(b, cacheBreakpoint...)
	}
	return append(b, '}')
}

func appendTextBlock(b []byte, text string, marked bool) []byte {
	b = append(b, `{"type":"text"`...)
	b = wirejson.AppendField(b, "text", text)
	return closeBlock(b, marked)
}

func appendThinkingBlock(b []byte, thinking sdk.Thinking) []byte {
	if len(thinking.Opaque) > 0 {
		b = append(b, `{"type":"redacted_thinking"`...)
		b = wirejson.AppendField(b, "data", string(thinking.Opaque))
		return append(b, '}')
	}
	b = append(b, `{"type":"thinking"`...)
	b = wirejson.AppendField(b, "thinking", thinking.Text)
	b = wirejson.AppendField(b, "signature", thinking.Signature)
	return append(b, '}')
}

func appendImage(b []byte, image sdk.Image) []byte {
	b = append(b, `{"type":"image","source":{"type":"base64"`...)
	b = wirejson.AppendField(b, "media_type", image.MediaType)
	b = append(b, `,"data":`...)
	b = wirejson.AppendBase64(b, image.Data)
	return append(b, `}}`...)
}

// appendResult writes a result's text as a plain string, which is the shortest
// form, and blocks only where there is more than one.
func appendResult(b []byte, result sdk.ToolResult, names *toolspec.Names) []byte {
	b = append(b, `{"type":"tool_result"`...)
	b = wirejson.AppendField(b, "tool_use_id", result.ToolCallID)
	switch text, single := singleText(result.Content); {
	case single:
		b = wirejson.AppendField(b, "content", text)
	case len(result.Content) > 0:
		b = append(b, `,"content":[`...)
		for i, block := range result.Content {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendBlock(b, block, names, false)
		}
		b = append(b, ']')
	}
	if result.IsError {
		b = append(b, `,"is_error":true`...)
	}
	return append(b, '}')
}

func singleText(content []sdk.Block) (string, bool) {
	if len(content) != 1 {
		return "", false
	}
	text, ok := content[0].(sdk.Text)
	return text.Text, ok
}

// blockSize is the length of a block's JSON, or a little more.
func blockSize(block sdk.Block) int {
	const frame = 128
	switch b := block.(type) {
	case sdk.Text:
		return frame + wirejson.Size(b.Text)
	case sdk.Thinking:
		return frame + wirejson.Size(b.Text) + len(b.Signature) + len(b.Opaque)
	case sdk.Image:
		return frame + base64.StdEncoding.EncodedLen(len(b.Data))
	case sdk.ToolCall:
		return frame + len(b.ID) + len(b.Name) + len(b.Input)
	case sdk.ToolResult:
		n := frame + len(b.ToolCallID)
		for _, content := range b.Content {
			n += blockSize(content)
		}
		return n
	case sdk.NativeTool:
	}
	return frame
}
