package session

import (
	"encoding/json"

	"github.com/jcode-go/jcode/sdk"
)

// Turn records one call of the model.
type Turn struct {
	Turn       int
	Provider   string
	Model      string
	StopReason sdk.StopReason
	// ParentID is the task call whose subagent made the call.
	ParentID   string
	DurationMS int64
	// Usage has the cost where it is known; CostEstimated says that it was reckoned
	// from prices and is not the vendor's own.
	Usage         sdk.Usage
	CostEstimated bool
}

// turnJSON is how a turn is stored. Its names are part of the file format.
type turnJSON struct {
	Turn             int            `json:"turn"`
	Provider         string         `json:"provider"`
	Model            string         `json:"model,omitempty"`
	StopReason       sdk.StopReason `json:"stop_reason,omitempty"`
	ParentID         string         `json:"parent_id,omitempty"`
	DurationMS       int64          `json:"duration_ms"`
	InputTokens      int64          `json:"input_tokens"`
	OutputTokens     int64          `json:"output_tokens"`
	CacheReadTokens  int64          `json:"cache_read_tokens,omitempty"`
	CacheWriteTokens int64          `json:"cache_write_tokens,omitempty"`
	ThinkingTokens   int64          `json:"thinking_tokens,omitempty"`
	CostUSD          *float64       `json:"cost_usd,omitempty"`
	CostEstimated    bool           `json:"cost_estimated,omitempty"`
	Calls            int            `json:"calls,omitempty"`
}

// MarshalJSON encodes the turn with the names of the file format.
func (t Turn) MarshalJSON() ([]byte, error) {
	u := t.Usage
	return json.Marshal(turnJSON{
		Turn: t.Turn, Provider: t.Provider, Model: t.Model, StopReason: t.StopReason,
		ParentID: t.ParentID, DurationMS: t.DurationMS,
		InputTokens: u.InputTokens, OutputTokens: u.OutputTokens,
		CacheReadTokens: u.CacheReadTokens, CacheWriteTokens: u.CacheWriteTokens,
		ThinkingTokens: u.ThinkingTokens, CostUSD: u.CostUSD, CostEstimated: t.CostEstimated, Calls: u.Turns,
	})
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (t *Turn) UnmarshalJSON(data []byte) error {
	var wire turnJSON
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*t = Turn{
		Turn: wire.Turn, Provider: wire.Provider, Model: wire.Model, StopReason: wire.StopReason,
		ParentID: wire.ParentID, DurationMS: wire.DurationMS, CostEstimated: wire.CostEstimated,
		Usage: sdk.Usage{
			InputTokens: wire.InputTokens, OutputTokens: wire.OutputTokens,
			CacheReadTokens: wire.CacheReadTokens, CacheWriteTokens: wire.CacheWriteTokens,
			ThinkingTokens: wire.ThinkingTokens, CostUSD: wire.CostUSD, Turns: wire.Calls,
		},
	}
	return nil
}
