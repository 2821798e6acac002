package main

import (
	"encoding/json"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// partialStream turns the model's deltas into stream_event lines. Their inner
// form is that of a well known messages API, whoever the provider is: a message
// starts, its blocks start, grow and stop one after the other, it stops.
type partialStream struct {
	r *streamRenderer
	// messages are the ones being written, by the subagent's call; "" is the
	// run itself.
	messages map[string]*partialMessage
}

type partialMessage struct {
	parentID, id, model string
	// index counts the blocks; kind is what the open one is, "" is none.
	index int
	kind  string
	// toolID is the call that the open block belongs to; argued says that
	// some of its arguments came.
	toolID string
	argued bool
}

type streamEvent struct {
	envelope
	Event    any     `json:"event"`
	ParentID *string `json:"parent_tool_use_id"`
}

type messageStart struct {
	Type    string     `json:"type"`
	Message apiMessage `json:"message"`
}

type blockStart struct {
	Type  string   `json:"type"`
	Index int      `json:"index"`
	Block apiBlock `json:"content_block"`
}

type blockDelta struct {
	Type  string     `json:"type"`
	Index int        `json:"index"`
	Delta innerDelta `json:"delta"`
}

type innerDelta struct {
	Type      string  `json:"type"`
	Text      *string `json:"text,omitempty"`
	Thinking  *string `json:"thinking,omitempty"`
	Signature *string `json:"signature,omitempty"`
	JSON      *string `json:"partial_json,omitempty"`
}

type blockStop struct {
	Type  string `json:"type"`
	Index int    `json:"index"`
}

type messageDelta struct {
	Type  string `json:"type"`
	Delta struct {
		StopReason *string `json:"stop_reason"`
	} `json:"delta"`
	Usage *apiUsage `json:"usage"`
}

type messageStop struct {
	Type string `json:"type"`
}

func newPartialStream(r *streamRenderer) *partialStream {
	return &partialStream{r: r, messages: map[string]*partialMessage{}}
}

// event shows one event of the provider.
func (p *partialStream) event(e host.ModelEvent) error {
	switch m := e.Event.(type) {
	case sdk.Started:
		return p.restart(e.ParentID, m.Model)
	case sdk.TextDelta:
		return p.delta(e.ParentID, m.MessageID, "text", innerDelta{Type: "text_delta", Text: &m.Text})
	case sdk.ThinkingDelta:
		return p.thinking(e.ParentID, m)
	case sdk.ToolCallStart:
		return p.toolStart(e.ParentID, m)
	case sdk.ToolCallDelta:
		return p.toolDelta(e.ParentID, m.ID, m.JSON)
	case sdk.ToolCallEnd:
		return p.toolEnd(e.ParentID, m)
	case sdk.Retract:
		if err := p.stop(e.ParentID, nil, nil); err != nil {
			return err
		}
		return p.r.write(retractEvent{p.r.envelope("system", "retract"), m.MessageID, orNull(e.ParentID)})
	case sdk.NativeToolEvent, sdk.PermissionRequest, sdk.RetryEvent, sdk.RateLimit,
		sdk.UsageEvent, sdk.WarningEvent, sdk.Keepalive:
	}
	return nil
}

// restart ends what was being written, because the provider begins anew, and
// remembers the model for what comes.
func (p *partialStream) restart(parentID, model string) error {
	if err := p.stop(parentID, nil, nil); err != nil {
		return err
	}
	p.messages[parentID] = &partialMessage{parentID: parentID, model: model, index: -1}
	return nil
}

// message makes sure that the message with this id is the open one.
func (p *partialStream) message(parentID, id string) (*partialMessage, error) {
	m := p.messages[parentID]
	if m != nil && m.index >= 0 && (m.id == id || id == "") {
		return m, nil
	}
	model := ""
	if m != nil {
		model = m.model
		if err := p.stop(parentID, nil, nil); err != nil {
			return nil, err
		}
	}
	m = &partialMessage{parentID: parentID, id: id, model: model}
	p.messages[parentID] = m
	return m, p.write(m, messageStart{"message_start", apiMessage{
		ID: id, Type: "message", Role: sdk.RoleAssistant, Model: model,
		Content: []apiBlock{}, Usage: &apiUsage{},
	}})
}

// block makes sure that a block of this kind is open.
func (p *partialStream) block(parentID, messageID, kind string, start apiBlock) (*partialMessage, error) {
	m, err := p.message(parentID, messageID)
	if err != nil || m.kind == kind && m.toolID == start.ID {
		return m, err
	}
	if err := p.closeBlock(m); err != nil {
		return m, err
	}
	m.kind, m.toolID, m.argued = kind, start.ID, false
	return m, p.write(m, blockStart{"content_block_start", m.index, start})
}

func (p *partialStream) closeBlock(m *partialMessage) error {
	if m.kind == "" {
		return nil
	}
	m.kind, m.toolID = "", ""
	m.index++
	return p.write(m, blockStop{"content_block_stop", m.index - 1})
}

func (p *partialStream) delta(parentID, messageID, kind string, delta innerDelta) error {
	empty := ""
	start := apiBlock{Type: "text", Text: &empty}
	if kind == "thinking" {
		start = apiBlock{Type: "thinking", Thinking: &empty}
	}
	m, err := p.block(parentID, messageID, kind, start)
	if err != nil {
		return err
	}
	return p.write(m, blockDelta{"content_block_delta", m.index, delta})
}

func (p *partialStream) thinking(parentID string, t sdk.ThinkingDelta) error {
	if t.Text != "" {
		delta := innerDelta{Type: "thinking_delta", Thinking: &t.Text}
		if err := p.delta(parentID, t.MessageID, "thinking", delta); err != nil {
			return err
		}
	}
	if t.Signature != "" {
		delta := innerDelta{Type: "signature_delta", Signature: &t.Signature}
		if err := p.delta(parentID, t.MessageID, "thinking", delta); err != nil {
			return err
		}
	}
	if m := p.messages[parentID]; m != nil && (t.Signature != "" || len(t.Opaque) > 0) && m.kind == "thinking" {
		return p.closeBlock(m)
	}
	return nil
}

func (p *partialStream) toolStart(parentID string, t sdk.ToolCallStart) error {
	_, err := p.block(parentID, t.MessageID, "tool_use", apiBlock{
		Type: "tool_use", ID: t.ID, Name: t.Name, Input: json.RawMessage("{}"),
	})
	return err
}

// toolDelta shows a piece of a call's arguments. Pieces of another call than
// the open one cannot be shown in this form; the whole call comes later.
func (p *partialStream) toolDelta(parentID, id, text string) error {
	m := p.messages[parentID]
	if m == nil || m.toolID != id || text == "" {
		return nil
	}
	m.argued = true
	return p.write(m, blockDelta{"content_block_delta", m.index, innerDelta{Type: "input_json_delta", JSON: &text}})
}

func (p *partialStream) toolEnd(parentID string, t sdk.ToolCallEnd) error {
	m := p.messages[parentID]
	if m == nil || m.toolID != t.ID {
		return nil
	}
	if !m.argued {
		if err := p.toolDelta(parentID, t.ID, string(t.Input)); err != nil {
			return err
		}
	}
	return p.closeBlock(m)
}

// end stops the message when the model is done with it.
func (p *partialStream) end(e host.AssistantMessage) error {
	return p.stop(e.ParentID, orNull(string(e.StopReason)), usageOf(e.Usage))
}

func (p *partialStream) stop(parentID string, reason *string, usage *apiUsage) error {
	m := p.messages[parentID]
	if m == nil {
		return nil
	}
	delete(p.messages, parentID)
	if m.index < 0 {
		return nil
	}
	if err := p.closeBlock(m); err != nil {
		return err
	}
	delta := messageDelta{Type: "message_delta", Usage: usage}
	delta.Delta.StopReason = reason
	if err := p.write(m, delta); err != nil {
		return err
	}
	return p.write(m, messageStop{"message_stop"})
}

func (p *partialStream) write(m *partialMessage, event any) error {
	return p.r.write(streamEvent{p.r.envelope("stream_event", ""), event, orNull(m.parentID)})
}
