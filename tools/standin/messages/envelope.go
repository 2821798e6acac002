package messages

import (
	"encoding/json"
	"fmt"
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
	return encode(m)
}

func (m envelope) closing() []op {
	delta := object("stop_reason", m.StopReason, "stop_sequence", m.StopSequence, "stop_details", m.StopDetails)
	end := event("message_stop")
	end.end = Complete
	return []op{event("message_delta", "delta", delta, "usage", m.Usage.totals), end}
}

// object is a JSON object of key and value pairs, in the order given: the
// vendor puts type first, where a map would sort it last.
func object(pairs ...any) json.RawMessage {
	b := []byte{'{'}
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, encode(pairs[i])...), ':')
		b = append(b, encode(pairs[i+1])...)
	}
	return append(b, '}')
}
