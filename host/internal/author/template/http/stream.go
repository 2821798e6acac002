package acmename

import (
	"encoding/json"
	"io"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/sse"
)

// event is one of the API's events.
type event struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	Model string `json:"model"`
	Text  string `json:"text"`
	Call  call   `json:"call"`
	Stop  string `json:"stop"`
	Usage struct {
		Input  int64 `json:"input"`
		Output int64 `json:"output"`
	} `json:"usage"`
	Error struct {
		Message string `json:"message"`
	} `json:"error"`
}

// emitError marks an error of the host, which is passed on as it is.
type emitError struct{ error }

// decode reads one answer. An answer without its end event is io.ErrUnexpectedEOF:
// a connection that was cut must not look like a short answer.
func decode(body io.Reader, emit func(sdk.Event) error) (sdk.Result, error) {
	reader := sse.NewReader(body)
	answer := answer{emit: emit}
	for {
		raw, err := reader.Next()
		if err == io.EOF { //nolint:errorlint // package sse returns it bare
			return sdk.Result{}, io.ErrUnexpectedEOF
		}
		if err != nil {
			return sdk.Result{}, err
		}
		var e event
		if json.Unmarshal(raw.Data, &e) != nil {
			return sdk.Result{}, &sdk.Error{Kind: sdk.KindNetwork, Message: "the API sent an event that is no JSON"}
		}
		if over, err := answer.take(e); over || err != nil {
			return answer.result, err
		}
	}
}

// answer is what has been read of one answer.
type answer struct {
	emit   func(sdk.Event) error
	id     string
	result sdk.Result
}

// take passes one event on. over says that it was the last. Events of types that
// this plugin does not know are skipped: vendors add some.
func (a *answer) take(e event) (over bool, err error) {
	switch e.Type {
	case "start":
		a.id, a.result.Model = e.ID, e.Model
		err = a.tell(sdk.Started{Model: e.Model, ProviderRequestID: e.ID})
	case "text":
		err = a.tell(sdk.TextDelta{MessageID: a.id, Text: e.Text})
	case "call":
		err = a.tell(
			sdk.ToolCallStart{MessageID: a.id, ID: e.Call.ID, Name: e.Call.Name},
			sdk.ToolCallDelta{MessageID: a.id, ID: e.Call.ID, JSON: string(e.Call.Input)},
			sdk.ToolCallEnd{MessageID: a.id, ID: e.Call.ID, Input: e.Call.Input},
		)
	case "end":
		a.result.StopReason = stopReason(e.Stop)
		a.result.Usage = sdk.Usage{InputTokens: e.Usage.Input, OutputTokens: e.Usage.Output}
		return true, nil
	case "error":
		return false, &sdk.Error{Kind: sdk.KindOverloaded, Message: e.Error.Message, Retryable: true, ProviderRequestID: a.id}
	}
	return false, err
}

func (a *answer) tell(events ...sdk.Event) error {
	for _, e := range events {
		if err := a.emit(e); err != nil {
			return emitError{err}
		}
	}
	return nil
}

// stopReason maps the API's words; here they are jcode's own.
func stopReason(word string) sdk.StopReason {
	switch reason := sdk.StopReason(word); reason {
	case sdk.StopToolUse, sdk.StopMaxTokens, sdk.StopSequence, sdk.StopRefusal, sdk.StopContextExceeded:
		return reason
	case sdk.StopEndTurn:
	}
	return sdk.StopEndTurn
}
