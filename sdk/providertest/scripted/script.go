// Package scripted is a provider that does what a script tells it: it answers,
// calls tools, fails, hangs, makes noise or crashes on demand. Tests of a host
// use it as their plugin, in process or as the program jcode-provider-scripted.
//
// The script is a JSON file, named by the setting "script" or the variable
// JCODE_SCRIPTED_SCRIPT, or it stands in the prompt itself, after [Magic]:
//
//	jcode run 'scripted {"turns":[{"steps":[{"text":"hello"}]}]}'
//
// Without either the provider repeats the prompt.
package scripted

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// Magic begins a prompt that carries its own script.
const Magic = "scripted "

// Names under which the host tells where the script file is.
const (
	SettingScript  = "script"
	VariableScript = "JCODE_SCRIPTED_SCRIPT"
	// VariableKey stands for a credential: AuthStatus is missing without it
	// when the script says so.
	VariableKey = "JCODE_SCRIPTED_KEY"
)

// Script is what the provider does.
type Script struct {
	// Turns are looked through in order; the first that fits is played.
	Turns []Turn `json:"turns"`
	// NeedsKey makes AuthStatus depend on VariableKey.
	NeedsKey bool `json:"needs_key,omitempty"`
}

// Turn is one answer.
type Turn struct {
	// When says which request this turn answers. A turn without it answers the
	// request that has as many answers since the prompt as there are turns
	// before this one in the script: turns in sequence.
	When *When `json:"when,omitempty"`
	// Steps are played in order.
	Steps []Step `json:"steps,omitempty"`
	// Finish is the result; nil ends the turn with tool_use if it called a
	// tool, else with end_turn.
	Finish *Finish `json:"finish,omitempty"`
}

// When is a condition: everything that is set must hold.
type When struct {
	// Prompt is part of the last text that the user wrote.
	Prompt string `json:"prompt,omitempty"`
	// ToolResult is part of a tool result in the last message.
	ToolResult string `json:"tool_result,omitempty"`
	// Failed says whether one of these tool results is an error.
	Failed *bool `json:"failed,omitempty"`
	// Model is the model asked for.
	Model string `json:"model,omitempty"`
	// After counts the answers since the prompt.
	After *int `json:"after,omitempty"`
}

// Step is one thing that happens; one field is set, with Message as the message
// id of whatever belongs to one.
type Step struct {
	Message string `json:"message,omitempty"`

	// Text is a delta; Repeat sends it as often.
	Text   string `json:"text,omitempty"`
	Repeat int    `json:"repeat,omitempty"`
	// Large sends one delta of so many bytes.
	Large    int               `json:"large,omitempty"`
	Thinking *Thinking         `json:"thinking,omitempty"`
	ToolCall *ToolCall         `json:"tool_call,omitempty"`
	Native   *sdk.NativeTool   `json:"native,omitempty"`
	Started  *sdk.Started      `json:"started,omitempty"`
	Retry    *sdk.RetryEvent   `json:"retry,omitempty"`
	Limit    *sdk.RateLimit    `json:"rate_limit,omitempty"`
	Usage    *sdk.Usage        `json:"usage,omitempty"`
	Warning  *sdk.WarningEvent `json:"warning,omitempty"`
	// Retract voids a message.
	Retract string `json:"retract,omitempty"`
	// Ask puts a question and tells the answer as text.
	Ask *sdk.PermissionRequest `json:"ask,omitempty"`

	// DelayMS waits, or until the call is cancelled; below 0 for ever.
	DelayMS int `json:"delay_ms,omitempty"`
	// Interrupt waits until the user interrupts.
	Interrupt bool `json:"interrupt,omitempty"`
	// Stubborn sleeps for so many milliseconds whatever is cancelled.
	Stubborn int `json:"stubborn_ms,omitempty"`
	// Stdout and Stderr print a line, Raw one on the process's own standard
	// error, past go-plugin.
	Stdout string `json:"stdout,omitempty"`
	Stderr string `json:"stderr,omitempty"`
	Raw    string `json:"raw_stderr,omitempty"`
	// Child starts a shell command and waits for it, or for the end of the
	// call, at which it is killed with all that it started.
	Child string `json:"child,omitempty"`
	// Error ends the turn.
	Error *Error `json:"error,omitempty"`
	// Crash is "exit", "panic", "goroutine" (a panic there) or "kill".
	Crash string `json:"crash,omitempty"`
	// EchoState tells the provider state of the request as text, and sets it.
	EchoState bool `json:"echo_state,omitempty"`
	// EchoRequest tells the request as JSON text.
	EchoRequest bool `json:"echo_request,omitempty"`
}

// Thinking is a piece of reasoning.
type Thinking struct {
	Text      string `json:"text,omitempty"`
	Signature string `json:"signature,omitempty"`
	Opaque    []byte `json:"opaque,omitempty"`
}

// ToolCall is a whole tool call, sent in Fragments pieces.
type ToolCall struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input,omitempty"`
	Malformed string          `json:"malformed,omitempty"`
	Fragments int             `json:"fragments,omitempty"`
}

// Error is an sdk.Error with its kind by name.
type Error struct {
	Kind         string `json:"kind"`
	Message      string `json:"message,omitempty"`
	Remedy       string `json:"remedy,omitempty"`
	Retryable    bool   `json:"retryable,omitempty"`
	RetryAfterMS int    `json:"retry_after_ms,omitempty"`
	HTTPStatus   int    `json:"http_status,omitempty"`
	RequestID    string `json:"request_id,omitempty"`
}

// Finish is the result of a turn.
type Finish struct {
	StopReason sdk.StopReason `json:"stop_reason"`
	StopDetail string         `json:"stop_detail,omitempty"`
	Usage      sdk.Usage      `json:"usage"`
	// State becomes the provider state; StateSize one of so many bytes.
	State     string `json:"state,omitempty"`
	StateSize int    `json:"state_size,omitempty"`
}

// Read reads a script file. Unknown fields are an error: they are typos.
func Read(path string) (Script, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Script{}, err
	}
	script, err := Parse(data)
	if err != nil {
		return Script{}, fmt.Errorf("read %s: %w", path, err)
	}
	return script, nil
}

// Parse reads a script.
func Parse(data []byte) (Script, error) {
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	var script Script
	if err := decoder.Decode(&script); err != nil {
		return Script{}, fmt.Errorf("parse script: %w", err)
	}
	return script, nil
}

// Prompt is the text of a prompt that carries turns as its script.
func Prompt(turns ...Turn) string {
	data, err := json.Marshal(Script{Turns: turns})
	if err != nil {
		panic(err) // a RawMessage that is no JSON: a defect of the test
	}
	return Magic + string(data)
}

// Request is a request whose prompt carries turns as its script.
func Request(turns ...Turn) *sdk.Request {
	return &sdk.Request{ID: "request-1", SessionID: "session-1", Messages: []sdk.Message{
		{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: Prompt(turns...)}}},
	}}
}
