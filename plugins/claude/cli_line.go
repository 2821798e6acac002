package claude

import (
	"encoding/json"

	"github.com/jcode-go/jcode/sdk/shellout"
)

// cliLine is one line that the claude program prints, as far as it is read. What
// the fields mean depends on type and subtype.
type cliLine struct {
	Type     string `json:"type"`
	Subtype  string `json:"subtype"`
	Session  string `json:"session_id"`
	ParentID string `json:"parent_tool_use_id"`

	// system init
	Model          string `json:"model"`
	PermissionMode string `json:"permissionMode"`
	Version        string `json:"claude_code_version"`

	// system api_retry
	Attempt    int     `json:"attempt"`
	MaxRetries int     `json:"max_retries"`
	RetryDelay float64 `json:"retry_delay_ms"`
	Status     int     `json:"error_status"`

	// Error is the word for a failure, on api_retry and assistant lines.
	Error     string          `json:"error"`
	Event     json.RawMessage `json:"event"`
	Message   *cliMessage     `json:"message"`
	Replayed  bool            `json:"isReplay"`
	RequestID string          `json:"request_id"`
	Limit     *cliLimit       `json:"rate_limit_info"`
	Request   *cliQuestion    `json:"request"`

	cliResult
}

// cliResult is what the last line says.
type cliResult struct {
	IsError    bool                `json:"is_error"`
	Result     string              `json:"result"`
	Errors     []string            `json:"errors"`
	APIStatus  int                 `json:"api_error_status"`
	StopReason string              `json:"stop_reason"`
	Terminal   string              `json:"terminal_reason"`
	Turns      int                 `json:"num_turns"`
	Usage      *wireUsage          `json:"usage"`
	ModelUsage map[string]cliUsage `json:"modelUsage"`
	Cost       *float64            `json:"total_cost_usd"`
	Denials    []cliDenial         `json:"permission_denials"`
}

type cliUsage struct {
	Input      int64 `json:"inputTokens"`
	Output     int64 `json:"outputTokens"`
	CacheRead  int64 `json:"cacheReadInputTokens"`
	CacheWrite int64 `json:"cacheCreationInputTokens"`
}

type cliDenial struct {
	ID   string `json:"tool_use_id"`
	Name string `json:"tool_name"`
}

type cliMessage struct {
	ID      string     `json:"id"`
	Model   string     `json:"model"`
	Content cliBlocks  `json:"content"`
	Usage   *wireUsage `json:"usage"`
}

// cliBlocks is a message's content: a text, or a list of blocks.
type cliBlocks []wireBlock

// UnmarshalJSON never fails: what has another shape is no content for us.
func (b *cliBlocks) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*b = cliBlocks{{Type: "text", Text: text}}
		return nil
	}
	var raw []json.RawMessage
	_ = json.Unmarshal(data, &raw) // no list: nothing
	*b = nil
	for _, one := range raw {
		var block wireBlock
		if shellout.Unmarshal(one, &block) == nil {
			*b = append(*b, block)
		}
	}
	return nil
}

type cliLimit struct {
	Status      string   `json:"status"`
	ResetsAt    int64    `json:"resetsAt"` // seconds since 1970
	Window      string   `json:"rateLimitType"`
	Utilization *float64 `json:"utilization"`
}

// cliQuestion is what the program wants to know.
type cliQuestion struct {
	Subtype     string          `json:"subtype"`
	Tool        string          `json:"tool_name"`
	Input       json.RawMessage `json:"input"`
	Description string          `json:"description"`
	ToolUseID   string          `json:"tool_use_id"`
}

// parseLine reads a line. ok is false for what is no JSON object: some start-up
// scripts print to standard output. A field of another type than expected is as
// good as absent.
func parseLine(data []byte) (line cliLine, ok bool) {
	err := shellout.Unmarshal(data, &line)
	return line, err == nil && line.Type != ""
}
