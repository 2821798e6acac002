package agent

import (
	"fmt"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/sdk"
)

// history is the conversation as the provider gets it, beside the session that
// keeps all of it. Each message is fitted to the provider once, when it comes.
type history struct {
	session *session.Session
	wire    []sdk.Message
	info    sdk.Info
	bytes   int64 // of wire
}

func newHistory(kept *session.Session, info sdk.Info) history {
	h := history{session: kept, info: info}
	if kept == nil {
		return h
	}
	h.take(kept.Messages())
	return h
}

// take makes the wire anew from messages.
func (h *history) take(messages []sdk.Message) {
	h.wire, h.bytes = nil, 0
	for _, message := range messages {
		h.wire = session.Join(h.wire, fit(message, h.info))
	}
	h.bytes = sizeOf(h.wire)
}

// refit fits the conversation to another provider. The session has all of it; what a
// subagent's former provider could not read is lost.
func (h *history) refit(info sdk.Info) {
	h.info = info
	if h.session != nil {
		h.take(h.session.Messages())
		return
	}
	h.take(h.wire)
}

// compact makes a compaction count.
func (h *history) compact(done session.Compaction) error {
	fitted := done
	fitted.Head = nil
	for _, message := range done.Head {
		fitted.Head = append(fitted.Head, fit(message, h.info))
	}
	h.wire = fitted.Apply(h.wire)
	h.bytes = sizeOf(h.wire)
	if h.session == nil {
		return nil
	}
	return h.session.Compact(done)
}

func (h *history) append(message sdk.Message, interrupted bool) error {
	fitted := fit(message, h.info)
	h.wire = session.Join(h.wire, fitted)
	h.bytes += session.MessageBytes(fitted.Blocks)
	if h.session == nil {
		return nil
	}
	return h.session.Append(message, interrupted)
}

// keep forgets all but the first n messages.
func (h *history) keep(n int) error {
	if n >= len(h.wire) {
		return nil
	}
	h.wire = h.wire[:n:n]
	h.bytes = sizeOf(h.wire)
	if h.session == nil {
		return nil
	}
	return h.session.Keep(n)
}

// fit makes a message what the provider's capabilities allow. Nothing becomes
// nothing: a message keeps at least one block, so that roles go on alternating.
func fit(message sdk.Message, info sdk.Info) sdk.Message {
	if fits(message.Blocks, info) {
		return message
	}
	fitted := message
	fitted.Blocks = make([]sdk.Block, 0, len(message.Blocks))
	for _, block := range message.Blocks {
		if block = fitBlock(block, info); block != nil {
			fitted.Blocks = append(fitted.Blocks, block)
		}
	}
	if len(fitted.Blocks) == 0 && len(message.Blocks) > 0 {
		fitted.Blocks = []sdk.Block{sdk.Text{Text: "(nothing that this provider can read)"}}
	}
	return fitted
}

func fits(blocks []sdk.Block, info sdk.Info) bool {
	for _, block := range blocks {
		switch b := block.(type) {
		case sdk.Thinking:
			if !info.Has(sdk.CapabilityThinking) {
				return false
			}
		case sdk.Image:
			if !info.Has(sdk.CapabilityImages) {
				return false
			}
		case sdk.ToolCall:
			if !info.Has(sdk.CapabilityTools) {
				return false
			}
		case sdk.ToolResult:
			if !info.Has(sdk.CapabilityTools) || !fits(b.Content, info) {
				return false
			}
		case sdk.Text, sdk.NativeTool:
		}
	}
	return true
}

func fitBlock(block sdk.Block, info sdk.Info) sdk.Block {
	switch b := block.(type) {
	case sdk.Thinking:
		if !info.Has(sdk.CapabilityThinking) {
			return nil
		}
	case sdk.Image:
		if !info.Has(sdk.CapabilityImages) {
			return sdk.Text{Text: fmt.Sprintf("[a picture, %s, %d bytes, that %s cannot look at]", b.MediaType, len(b.Data), info.Name)}
		}
	case sdk.ToolCall:
		if !info.Has(sdk.CapabilityTools) {
			return sdk.Text{Text: fmt.Sprintf("[called the tool %s with %s%s]", b.Name, b.Input, b.Malformed)}
		}
	case sdk.ToolResult:
		return fitResult(b, info)
	case sdk.Text, sdk.NativeTool:
	}
	return block
}

func fitResult(result sdk.ToolResult, info sdk.Info) sdk.Block {
	content := make([]sdk.Block, 0, len(result.Content))
	for _, part := range result.Content {
		content = append(content, fitBlock(part, info))
	}
	if !info.Has(sdk.CapabilityTools) {
		return sdk.Text{Text: "[the tool answered: " + textOf(content) + "]"}
	}
	result.Content = content
	return result
}
