package messages

import (
	"encoding/json"
	"fmt"

	"github.com/jcode-go/jcode/tools/standin/internal/stream"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// envelope is a message as the vendor writes it, fields in its order.
type envelope struct {
	Model        string            `json:"model"`
	ID           string            `json:"id"`
	Type         string            `json:"type"`
	Role         string            `json:"role"`
	Content      []json.RawMessage `json:"content"`
	StopReason   *string           `json:"stop_reason"`
	StopSequence *string           `json:"stop_sequence"`
	StopDetails  json.RawMessage   `json:"stop_details"`
	Usage        usageWire         `json:"usage"`
}

// totals are the figures that both message_start and message_delta carry.
type totals struct {
	Input         int `json:"input_tokens"`
	CacheCreation int `json:"cache_creation_input_tokens"`
	CacheRead     int `json:"cache_read_input_tokens"`
	Output        int `json:"output_tokens"`
}

type usageWire struct {
	totals
	Creation    cacheCreation `json:"cache_creation"`
	ServiceTier string        `json:"service_tier"`
}

type cacheCreation struct {
	FiveMinutes int `json:"ephemeral_5m_input_tokens"`
	OneHour     int `json:"ephemeral_1h_input_tokens"`
}

func (c *composer) envelope(r *Reply) envelope {
	u := r.Usage
	if u == nil {
		u = &Usage{Input: c.input, Output: tokens(c.written)}
	}
	reason := r.stopReason()
	m := envelope{
		Model: r.Model, ID: fmt.Sprintf("msg_01%016x", c.number), Type: "message", Role: "assistant",
		Content: c.out.content, StopReason: &reason, StopDetails: r.StopDetails,
		Usage: usageWire{
			totals:      totals{u.Input, u.CacheCreation, u.CacheRead, u.Output},
			Creation:    cacheCreation{FiveMinutes: u.CacheCreation},
			ServiceTier: "standard",
		},
	}
	if m.Model == "" {
		m.Model = c.model
	}
	if m.Content == nil {
		m.Content = []json.RawMessage{}
	}
	if len(m.StopDetails) == 0 {
		m.StopDetails = json.RawMessage("null")
	}
	if r.StopSequence != "" {
		m.StopSequence = &r.StopSequence
	}
	return m
}

// opening is the message as message_start has it: nothing said yet.
func (m envelope) opening() json.RawMessage {
	m.Content = []json.RawMessage{}
	m.StopReason, m.StopSequence, m.StopDetails = nil, nil, json.RawMessage("null")
	m.Usage.Output = 1
	return wire.Encode(m)
}

func (m envelope) closing() []stream.Op {
	delta := wire.Object("stop_reason", m.StopReason, "stop_sequence", m.StopSequence, "stop_details", m.StopDetails)
	end := event("message_stop")
	end.End = Complete
	return []stream.Op{event("message_delta", "delta", delta, "usage", m.Usage.totals), end}
}
