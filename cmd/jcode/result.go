package main

import (
	"encoding/json"
	"time"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// resultEvent is the last line of a run, and the only one of `-o json`.
type resultEvent struct {
	envelope
	SchemaVersion    int                   `json:"schema_version"`
	IsError          bool                  `json:"is_error"`
	ExitCode         int                   `json:"exit_code"`
	Result           string                `json:"result"`
	StructuredOutput any                   `json:"structured_output"`
	Provider         string                `json:"provider"`
	Model            string                `json:"model"`
	StopReason       *string               `json:"stop_reason"`
	Turns            int                   `json:"num_turns"`
	DurationMS       int64                 `json:"duration_ms"`
	APIDurationMS    int64                 `json:"duration_api_ms"`
	Usage            *apiUsage             `json:"usage"`
	ModelUsage       map[string]modelUsage `json:"modelUsage"`
	TotalCostUSD     *float64              `json:"total_cost_usd"`
	CostSource       string                `json:"cost_source"`
	Denials          []deniedCall          `json:"permission_denials"`
	FilesChanged     []string              `json:"files_changed"`
	OpenTodos        []host.Todo           `json:"open_todos"`
	BackgroundJobs   []jobRef              `json:"background_jobs"`
	SessionPath      string                `json:"session_path,omitempty"`
	Error            *errorInfo            `json:"error"`
}

type modelUsage struct {
	InputTokens      int64    `json:"inputTokens"`
	OutputTokens     int64    `json:"outputTokens"`
	CacheReadTokens  int64    `json:"cacheReadInputTokens"`
	CacheWriteTokens int64    `json:"cacheCreationInputTokens"`
	CostUSD          *float64 `json:"costUSD"`
}

type deniedCall struct {
	ToolName  string          `json:"tool_name"`
	ToolUseID string          `json:"tool_use_id"`
	ToolInput json.RawMessage `json:"tool_input"`
	Reason    string          `json:"reason"`
}

type jobRef struct {
	ID      string `json:"id"`
	PID     int    `json:"pid"`
	Command string `json:"command"`
	Output  string `json:"output_path"`
	// Kept says that it still runs; otherwise it was ended with the run.
	Kept bool `json:"kept"`
}

type errorInfo struct {
	Code        string   `json:"code"`
	Message     string   `json:"message"`
	Hint        *string  `json:"hint"`
	Provider    *string  `json:"provider"`
	HTTPStatus  *int     `json:"http_status"`
	RequestID   *string  `json:"request_id"`
	Retryable   bool     `json:"retryable"`
	RetryAfterS *float64 `json:"retry_after_s"`
}

// newResult builds the result event; known has the arguments of denied calls.
func newResult(result host.RunResult, f *failure, known inputs) resultEvent {
	e := resultEvent{
		envelope: envelope{
			Type: "result", Subtype: f.subtype(), SessionID: result.SessionID,
			UUID: newUUID(), Time: timestamp(time.Now()),
		},
		SchemaVersion: schemaVersion, Result: result.Text,
		Provider: result.Provider, Model: result.Model,
		StopReason: orNull(string(result.StopReason)), Turns: result.Turns,
		DurationMS: result.Duration.Milliseconds(), APIDurationMS: result.APIDuration.Milliseconds(),
		Usage: usageOf(result.Usage), ModelUsage: map[string]modelUsage{},
		TotalCostUSD: result.Usage.CostUSD, CostSource: result.CostSource,
		Denials: []deniedCall{}, FilesChanged: orEmpty(result.FilesChanged),
		OpenTodos: orEmpty(result.OpenTodos), BackgroundJobs: []jobRef{},
		SessionPath: result.SessionPath,
	}
	if e.CostSource == "" { // nothing was asked
		e.CostSource = host.CostUnknown
	}
	for model, usage := range result.ModelUsage {
		e.ModelUsage[model] = modelUsageOf(usage)
	}
	for _, d := range result.Denials {
		input := known[d.CallID]
		if !json.Valid(input) {
			input = json.RawMessage("{}")
		}
		e.Denials = append(e.Denials, deniedCall{d.Tool, d.CallID, input, d.Reason})
	}
	for _, j := range result.BackgroundJobs {
		e.BackgroundJobs = append(e.BackgroundJobs, jobRef(j))
	}
	if f != nil {
		e.IsError, e.ExitCode, e.Error = true, f.exit, errorInfoOf(f)
	}
	return e
}

func modelUsageOf(u sdk.Usage) modelUsage {
	return modelUsage{
		InputTokens: u.InputTokens, OutputTokens: u.OutputTokens,
		CacheReadTokens: u.CacheReadTokens, CacheWriteTokens: u.CacheWriteTokens,
		CostUSD: u.CostUSD,
	}
}

func errorInfoOf(f *failure) *errorInfo {
	message := f.message
	if message == "" {
		message = f.code
	}
	return &errorInfo{
		Code: f.code, Message: cleanText(message), Hint: orNull(f.hint),
		Provider: orNull(f.provider), HTTPStatus: orNull(f.httpStatus),
		RequestID: orNull(f.requestID), Retryable: f.retryable,
		RetryAfterS: orNull(f.retryAfter.Seconds()),
	}
}

// inputs are the arguments of tool calls by id.
type inputs map[string]json.RawMessage

// jsonRenderer prints the result and nothing before it. Warnings go to stderr.
type jsonRenderer struct {
	command *command
	inputs  inputs
	warned  map[string]bool
}

// event keeps what the result needs.
func (r *jsonRenderer) event(event host.Event) error {
	switch e := event.(type) {
	case host.ToolStarted:
		r.inputs[e.Call.ID] = e.Call.Input
	case host.AssistantMessage:
		for _, block := range e.Message.Blocks {
			if call, ok := block.(sdk.ToolCall); ok {
				r.inputs[call.ID] = call.Input
			}
		}
	case host.ModelFallback:
		r.command.tellFallback(e)
	case host.Warning:
		if r.warned[e.Message] {
			break
		}
		r.warned[e.Message] = true
		if e.Code == "provider_chosen" {
			r.command.notice(e.Message)
		} else {
			r.command.warn(e.Message)
		}
	}
	return nil
}

func (r *jsonRenderer) tick(time.Time) {}

// finish prints the result.
func (r *jsonRenderer) finish(result host.RunResult, f *failure) error {
	return writeLine(r.command.out, newResult(result, f, r.inputs))
}
