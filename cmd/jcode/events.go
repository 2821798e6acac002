package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// The lines of `-o stream-json`, one struct each. They are the stream-json of
// other agents with more fields; schema_events.json describes them. Within
// schema version 1 fields are only added.

const schemaVersion = 1

// envelope is what every line has.
type envelope struct {
	Type      string `json:"type"`
	Subtype   string `json:"subtype,omitempty"`
	SessionID string `json:"session_id"`
	UUID      string `json:"uuid"`
	Time      string `json:"ts"`
}

type initEvent struct {
	envelope
	SchemaVersion  int         `json:"schema_version"`
	JcodeVersion   string      `json:"jcode_version"`
	WorkingDir     string      `json:"cwd"`
	Provider       string      `json:"provider"`
	Model          string      `json:"model"`
	Tools          []string    `json:"tools"`
	MCPServers     []string    `json:"mcp_servers"`
	PermissionMode string      `json:"permissionMode"`
	APIKeySource   string      `json:"apiKeySource"`
	AuthMethod     string      `json:"auth_method,omitempty"`
	AccountHint    string      `json:"account_hint,omitempty"`
	Plugins        []pluginRef `json:"plugins"`
	Sandbox        string      `json:"sandbox"`
	Limits         limitsRef   `json:"limits"`
	PromptHash     string      `json:"prompt_hash"`
	ResumedFrom    *string     `json:"resumed_from"`
	SessionPath    string      `json:"session_path,omitempty"`
}

type pluginRef struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Protocol int    `json:"proto"`
	Status   string `json:"status"`
	SHA256   string `json:"sha256"`
	Path     string `json:"path"`
	Source   string `json:"source"`
}

// limitsRef has null where there is no limit.
type limitsRef struct {
	MaxTurns  *int   `json:"max_turns"`
	TimeoutMS *int64 `json:"timeout_ms"`
	// MaxTokensTotal and MaxCostUSD are of the whole run, subagents included.
	MaxTokensTotal *int64   `json:"max_tokens_total"`
	MaxCostUSD     *float64 `json:"max_cost_usd"`
}

type messageEvent struct {
	envelope
	Message  apiMessage  `json:"message"`
	ParentID *string     `json:"parent_tool_use_id"`
	Turn     int         `json:"turn,omitempty"`
	Result   *toolDetail `json:"tool_use_result,omitempty"`
}

type apiMessage struct {
	ID           string     `json:"id,omitempty"`
	Type         string     `json:"type,omitempty"`
	Role         sdk.Role   `json:"role"`
	Model        string     `json:"model,omitempty"`
	Content      []apiBlock `json:"content"`
	StopReason   *string    `json:"stop_reason,omitempty"`
	StopSequence *string    `json:"stop_sequence,omitempty"`
	Usage        *apiUsage  `json:"usage,omitempty"`
}

// apiBlock is one content block; Type says which fields count.
type apiBlock struct {
	Type string `json:"type"`
	// Text is of a text block, Thinking and Signature of a thinking block.
	Text      *string `json:"text,omitempty"`
	Thinking  *string `json:"thinking,omitempty"`
	Signature string  `json:"signature,omitempty"`
	// Data is the opaque payload of redacted thinking.
	Data string `json:"data,omitempty"`
	// ID, Name and Input are of a tool call; Malformed is input that is no JSON.
	ID        string          `json:"id,omitempty"`
	Name      string          `json:"name,omitempty"`
	Input     json.RawMessage `json:"input,omitempty"`
	Malformed string          `json:"malformed_input,omitempty"`
	Native    bool            `json:"native,omitempty"`
	// ToolUseID, Content and IsError are of a tool result.
	ToolUseID string `json:"tool_use_id,omitempty"`
	Content   any    `json:"content,omitempty"`
	IsError   *bool  `json:"is_error,omitempty"`
	// Source is of an image.
	Source *imageSource `json:"source,omitempty"`
}

type imageSource struct {
	Type      string `json:"type"`
	MediaType string `json:"media_type"`
	Data      []byte `json:"data"`
}

type apiUsage struct {
	InputTokens      int64 `json:"input_tokens"`
	CacheWriteTokens int64 `json:"cache_creation_input_tokens"`
	CacheReadTokens  int64 `json:"cache_read_input_tokens"`
	OutputTokens     int64 `json:"output_tokens"`
	ThinkingTokens   int64 `json:"thinking_tokens,omitempty"`
}

// toolDetail is what is known of a tool call beyond what the model reads.
type toolDetail struct {
	ExitCode       *int     `json:"exit_code"`
	DurationMS     int64    `json:"duration_ms"`
	Truncated      bool     `json:"truncated"`
	FullOutputPath string   `json:"full_output_path,omitempty"`
	OutputBytes    int64    `json:"output_bytes,omitempty"`
	Diff           string   `json:"diff,omitempty"`
	ErrorCode      string   `json:"error_code,omitempty"`
	Reason         string   `json:"reason,omitempty"`
	JobID          string   `json:"job_id,omitempty"`
	PID            int      `json:"pid,omitempty"`
	FilesChanged   []string `json:"files_changed,omitempty"`
}

type progressEvent struct {
	envelope
	ToolUseID string  `json:"tool_use_id"`
	ToolName  string  `json:"tool_name"`
	ParentID  *string `json:"parent_tool_use_id"`
	Bytes     int64   `json:"bytes"`
	LastLine  string  `json:"last_line"`
	ElapsedMS int64   `json:"elapsed_ms"`
}

type retryEvent struct {
	envelope
	Attempt    int     `json:"attempt"`
	Max        int     `json:"max"`
	DelayMS    int64   `json:"delay_ms"`
	HTTPStatus *int    `json:"http_status"`
	ResetAt    string  `json:"reset_at"`
	Reason     string  `json:"reason"`
	ParentID   *string `json:"parent_tool_use_id"`
}

type noteEvent struct {
	envelope
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Details map[string]any `json:"details,omitempty"`
}

type deniedEvent struct {
	envelope
	ToolUseID string  `json:"tool_use_id"`
	ToolName  string  `json:"tool_name"`
	Message   string  `json:"message"`
	ParentID  *string `json:"parent_tool_use_id"`
}

type retractEvent struct {
	envelope
	MessageID string  `json:"message_id"`
	ParentID  *string `json:"parent_tool_use_id"`
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var text [36]byte
	hex.Encode(text[:], b[:4])
	hex.Encode(text[9:], b[4:6])
	hex.Encode(text[14:], b[6:8])
	hex.Encode(text[19:], b[8:10])
	hex.Encode(text[24:], b[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

func usageOf(u sdk.Usage) *apiUsage {
	return &apiUsage{
		InputTokens: u.InputTokens, OutputTokens: u.OutputTokens,
		CacheReadTokens: u.CacheReadTokens, CacheWriteTokens: u.CacheWriteTokens,
		ThinkingTokens: u.ThinkingTokens,
	}
}

// orNull is a pointer to value, or nil for the zero value.
func orNull[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// orEmpty never is null in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// blocksOf turns a message's blocks into those of the events. Native tools have
// events of their own.
func blocksOf(blocks []sdk.Block) []apiBlock {
	out := make([]apiBlock, 0, len(blocks))
	for _, block := range blocks {
		switch b := block.(type) {
		case sdk.Text:
			out = append(out, apiBlock{Type: "text", Text: &b.Text})
		case sdk.Thinking:
			out = append(out, thinkingBlock(b))
		case sdk.Image:
			out = append(out, apiBlock{Type: "image", Source: &imageSource{"base64", b.MediaType, b.Data}})
		case sdk.ToolCall:
			out = append(out, toolUseBlock(b))
		case sdk.ToolResult, sdk.NativeTool:
		}
	}
	return out
}

func thinkingBlock(b sdk.Thinking) apiBlock {
	if b.Text == "" && len(b.Opaque) > 0 {
		return apiBlock{Type: "redacted_thinking", Data: string(b.Opaque)}
	}
	return apiBlock{Type: "thinking", Thinking: &b.Text, Signature: b.Signature}
}

func toolUseBlock(call sdk.ToolCall) apiBlock {
	block := apiBlock{
		Type: "tool_use", ID: call.ID, Name: call.Name, Input: call.Input, Malformed: call.Malformed,
	}
	if !json.Valid(block.Input) {
		block.Input = json.RawMessage("{}")
	}
	return block
}

// resultContent is a plain string where there is nothing but text.
func resultContent(blocks []sdk.Block) any {
	text := ""
	for _, block := range blocks {
		t, ok := block.(sdk.Text)
		if !ok {
			return blocksOf(blocks)
		}
		text += t.Text
	}
	return text
}

func toolResultBlock(id string, content any, isError bool) apiBlock {
	return apiBlock{Type: "tool_result", ToolUseID: id, Content: content, IsError: &isError}
}

func detailOf(r host.ToolResult) *toolDetail {
	return &toolDetail{
		ExitCode: r.ExitCode, DurationMS: r.Duration.Milliseconds(), Truncated: r.Truncated,
		FullOutputPath: r.FullOutputPath, OutputBytes: r.OutputBytes, Diff: r.Diff,
		ErrorCode: string(r.Code), Reason: r.Reason, JobID: r.JobID, PID: r.PID,
		FilesChanged: r.FilesChanged,
	}
}
