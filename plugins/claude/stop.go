package claude

import (
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// result is the end of the turn. A stop reason that nobody knows yet is an
// ordinary end, with a warning.
func (x *exchange) result(reply *decoder) (sdk.Result, error) {
	reason, known := stopReasons[reply.stop]
	warning := sdk.WarningEvent{}
	switch {
	case reply.stop == pauseTurn && reply.calls > 0:
		reason = sdk.StopToolUse
	case reply.stop == pauseTurn:
		reason = sdk.StopEndTurn
		warning = sdk.WarningEvent{Code: "turn_paused", Message: "the vendor paused the turn too often; the answer may be incomplete"}
	case reason == sdk.StopToolUse && reply.calls == 0:
		reason = sdk.StopEndTurn
		warning = sdk.WarningEvent{Code: "tool_call_missing", Message: "the model announced a tool call and made none"}
	case !known:
		reason = sdk.StopEndTurn
		warning = sdk.WarningEvent{Code: "stop_reason_unknown", Message: "the answer ended for an unknown reason: " + httpapi.Excerpt(reply.stop)}
	}
	if warning.Code != "" {
		if err := x.tell(warning); err != nil {
			return sdk.Result{}, err
		}
	}
	return sdk.Result{StopReason: reason, StopDetail: reply.stopDetail(), Model: reply.served, Usage: x.usage}, nil
}

var stopReasons = map[string]sdk.StopReason{
	"end_turn":                      sdk.StopEndTurn,
	"tool_use":                      sdk.StopToolUse,
	"max_tokens":                    sdk.StopMaxTokens,
	"stop_sequence":                 sdk.StopSequence,
	"refusal":                       sdk.StopRefusal,
	"model_context_window_exceeded": sdk.StopContextExceeded,
}

func (d *decoder) stopDetail() string {
	switch d.stop {
	case "stop_sequence":
		return d.sequence
	case "refusal":
		parts := []string{d.refusal.Category, d.refusal.Explanation}
		if parts[0] == "" || parts[1] == "" {
			return parts[0] + parts[1]
		}
		return strings.Join(parts, ": ")
	}
	return ""
}
