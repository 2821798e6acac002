package claude

import (
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/transcript"
)

// collect drops what the API does not take and merges neighbours of one role.
func collect(messages []sdk.Message, keep replay) []wireMessage {
	out := make([]wireMessage, 0, len(messages))
	for i := range messages {
		next := convert(&messages[i], keep)
		if len(next.blocks) == 0 {
			continue
		}
		if last := len(out) - 1; last >= 0 && out[last].role == next.role {
			out[last].blocks = append(out[last].blocks, next.blocks...)
			out[last].lostThinking = out[last].lostThinking || next.lostThinking
			continue
		}
		out = append(out, next)
	}
	return out
}

func convert(m *sdk.Message, keep replay) wireMessage {
	if m.Role == sdk.RoleAssistant {
		return convertAssistant(m, keep)
	}
	out := wireMessage{role: sdk.RoleUser, blocks: make([]sdk.Block, 0, len(m.Blocks))}
	for _, block := range m.Blocks {
		switch b := block.(type) { // a block is kept as it is where it can be: b would be a copy
		case sdk.Text:
			out.addText(block, b.Text)
		case sdk.Image:
			out.blocks = append(out.blocks, transcript.ReadableImage(b, 0))
		case sdk.ToolResult:
			out.blocks = append(out.blocks, block)
		case sdk.ToolCall, sdk.NativeTool:
			out.blocks = append(out.blocks, transcript.Narrate(b))
		case sdk.Thinking: // has no meaning here
		}
	}
	return out
}

func convertAssistant(m *sdk.Message, keep replay) wireMessage {
	out := wireMessage{role: sdk.RoleAssistant, blocks: make([]sdk.Block, 0, len(m.Blocks))}
	for _, block := range m.Blocks {
		switch b := block.(type) {
		case sdk.Text:
			out.addText(block, b.Text)
		case sdk.Thinking:
			if keep.allows(m, b) {
				out.blocks = append(out.blocks, block)
			} else {
				out.lostThinking = true
			}
		case sdk.ToolCall:
			out.blocks = append(out.blocks, block)
		case sdk.NativeTool, sdk.Image, sdk.ToolResult:
			out.blocks = append(out.blocks, transcript.Narrate(b))
		}
	}
	out.trimThinking()
	return out
}

// trimThinking drops thinking at the end: the API refuses a message whose last
// block it is, and an answer that was cut can leave one.
func (m *wireMessage) trimThinking() {
	for len(m.blocks) > 0 {
		if _, ok := m.blocks[len(m.blocks)-1].(sdk.Thinking); !ok {
			return
		}
		m.blocks = m.blocks[:len(m.blocks)-1]
	}
}

// addText leaves out blank text, which the API refuses.
func (m *wireMessage) addText(block sdk.Block, text string) {
	if !transcript.Blank(text) {
		m.blocks = append(m.blocks, block)
	}
}

// allows reports whether a thinking block may go back: the vendor checks that it
// is its own, whole, and from the same model.
func (k replay) allows(m *sdk.Message, b sdk.Thinking) bool {
	if !k.thinking || m.Provider != providerName || b.Signature == "" && len(b.Opaque) == 0 {
		return false
	}
	if b.Origin != "" {
		return b.Origin == k.family
	}
	return family(m.Model) == k.family
}
