package claude

import (
	"context"
	"encoding/json"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// controlResponse answers a question of the program.
type controlResponse struct {
	Type     string      `json:"type"`
	Response controlBody `json:"response"`
}

type controlBody struct {
	Subtype   string          `json:"subtype"`
	RequestID string          `json:"request_id"`
	Response  *permissionBody `json:"response,omitempty"`
	Error     string          `json:"error,omitempty"`
}

type permissionBody struct {
	Behavior string          `json:"behavior"`
	Input    json.RawMessage `json:"updatedInput,omitempty"`
	Message  string          `json:"message,omitempty"`
}

// answer puts a question of the program to the host and hands the answer back. A
// question that we do not know is declined: the program waits for an answer.
func (t *cliTurn) answer(ctx context.Context, input *shellout.Input, line *cliLine) error {
	if input == nil {
		return nil // its input has ended; it does not wait
	}
	body := controlBody{Subtype: "error", RequestID: line.RequestID, Error: "jcode does not know this request"}
	if q := line.Request; q != nil && q.Subtype == "can_use_tool" {
		permission, err := t.ask(ctx, line.RequestID, q)
		if err != nil {
			return err
		}
		body = controlBody{Subtype: "success", RequestID: line.RequestID, Response: permission}
	}
	data, err := json.Marshal(controlResponse{Type: "control_response", Response: body})
	if err != nil {
		return &sdk.Error{Kind: sdk.KindInternal, Op: opGenerate, Message: "answer a question of claude", Err: err}
	}
	_ = input.Send(append(data, '\n')) // a program that is gone has no use for it
	return nil
}

func (t *cliTurn) ask(ctx context.Context, requestID string, q *cliQuestion) (*permissionBody, error) {
	reply, err := t.stream.Ask(ctx, sdk.PermissionRequest{
		ID: firstOf(q.ToolUseID, requestID), Tool: hostToolName(q.Tool), Input: t.redacted(q.Input),
		Description: string(t.redacted([]byte(q.Description))),
	})
	if err != nil {
		return nil, &emitError{err}
	}
	if !reply.Allow {
		return &permissionBody{Behavior: "deny", Message: firstOf(reply.Message, "the user does not allow it")}, nil
	}
	allowed := q.Input
	if _, ok := wirejson.Object(allowed); !ok {
		allowed = json.RawMessage(emptyObject)
	}
	return &permissionBody{Behavior: "allow", Input: allowed}, nil
}
