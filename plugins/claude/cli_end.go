package claude

import (
	"net/http"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// close takes the last line: what was denied, what was used, and a text that came
// no other way.
func (d *cliDecoder) close() error {
	if err := d.deny(d.end.Denials); err != nil {
		return err
	}
	if !d.failed() && !d.answered && d.end.Result != "" {
		if err := d.show(sdk.TextDelta{MessageID: "result", Text: d.end.Result}); err != nil {
			return err
		}
	}
	if !d.started {
		return nil
	}
	return d.emit(sdk.UsageEvent{Usage: d.usage()})
}

// usage is that of the whole turn: the last line's, which counts each message
// once. After a broken stream it may say nothing, and only the figures by model
// are right.
func (d *cliDecoder) usage() sdk.Usage {
	out := d.told
	if d.end == nil {
		return out
	}
	var total, models sdk.Usage
	if u := d.end.Usage; u != nil {
		total = sdk.Usage{
			InputTokens: u.InputTokens.value, OutputTokens: u.OutputTokens.value,
			CacheReadTokens: u.CacheReadTokens.value, CacheWriteTokens: u.CacheWriteTokens.value,
		}
	}
	for _, u := range d.end.ModelUsage {
		models.InputTokens += u.Input
		models.OutputTokens += u.Output
		models.CacheReadTokens += u.CacheRead
		models.CacheWriteTokens += u.CacheWrite
	}
	switch {
	case total != sdk.Usage{}:
		out = total
	case models != sdk.Usage{}:
		out = models
	}
	out.CostUSD, out.Turns = d.end.Cost, d.end.Turns
	return out
}

// failed decides whether the turn did: the word for success comes with failures
// too, and the exit status alone does not tell.
func (d *cliDecoder) failed() bool {
	return d.end.IsError || strings.HasPrefix(d.subtype, "error")
}

// lostText is how the program says that it does not have the conversation that
// should go on.
const lostText = "No conversation found"

// lost reports whether any of these says so. Once something was shown they may say
// anything: the turn must not be done again.
func (d *cliDecoder) lost(said ...string) bool {
	return !d.shown && strings.Contains(strings.Join(said, " "), lostText)
}

// detailMaxTurns goes with StopToolUse when the program stopped at its limit of
// turns while the model wanted to go on.
const detailMaxTurns = "max_turns"

// result is how the turn ended, after the last line.
func (d *cliDecoder) result() (sdk.Result, error) {
	out := sdk.Result{StopReason: sdk.StopEndTurn, Model: d.served, Usage: d.usage()}
	r := d.end
	switch {
	case d.subtype == "error_max_turns" || r.Terminal == detailMaxTurns:
		out.StopReason, out.StopDetail = sdk.StopToolUse, detailMaxTurns
	case !d.failed():
		return d.goodEnd(out)
	case d.failure == "max_output_tokens":
		out.StopReason = sdk.StopMaxTokens
	case r.StopReason == "refusal":
		out.StopReason, out.StopDetail = sdk.StopRefusal, httpapi.Excerpt(strings.TrimPrefix(r.Result, errorHead))
	case r.StopReason == "model_context_window_exceeded":
		out.StopReason = sdk.StopContextExceeded
	default:
		return sdk.Result{}, d.refusal()
	}
	return out, nil
}

func (d *cliDecoder) goodEnd(out sdk.Result) (sdk.Result, error) {
	reason := firstOf(d.end.StopReason, d.stop, "end_turn")
	known, ok := stopReasons[reason]
	switch {
	case ok && known != sdk.StopToolUse: // its tools have run
		out.StopReason = known
	case !ok && reason != pauseTurn:
		return out, d.emit(sdk.WarningEvent{
			Code: "stop_reason_unknown", Message: "the answer ended for an unknown reason: " + httpapi.Excerpt(reason),
		})
	}
	return out, nil
}

// cliWords are the program's words for failures that come without a status, as
// the API's.
var cliWords = map[string]string{
	"authentication_failed": "authentication_error",
	"billing_error":         "billing_error",
	"model_not_found":       "not_found_error",
	"rate_limit":            "rate_limit_error",
	"server_error":          "api_error",
	"overloaded":            "overloaded_error",
}

// refusal is the error of a turn that failed.
func (d *cliDecoder) refusal() *sdk.Error {
	text := firstOf(d.end.Result, strings.Join(d.end.Errors, "; "), d.excuse)
	if strings.HasPrefix(d.end.Terminal, "aborted") {
		return &sdk.Error{Kind: sdk.KindInternal, Op: opGenerate, Message: "claude was interrupted"}
	}
	e := cliFault(d.end.APIStatus, d.failure, text, d.requestID)
	if e.Kind == sdk.KindRateLimited && !d.resetsAt.IsZero() {
		e.RetryAfter = max(d.resetsAt.Sub(d.now()), 0)
	}
	return e
}

// errorHead is how the program begins what is an error anyway.
const errorHead = "API Error: "

// cliFault reads a failure as the program tells it: a status, a word, a text. Each
// of them may be missing.
func cliFault(status int, word, text, requestID string) *sdk.Error {
	f := fault{status: status, message: httpapi.Excerpt(shellout.Redact(strings.TrimPrefix(text, errorHead))), requestID: requestID}
	switch {
	case status != 0:
	case word == "invalid_request":
		f.status = http.StatusBadRequest
	default:
		f.kind = cliWords[word]
	}
	if f.status == 0 && f.kind == "" && f.verdict() == serverError { // which is for what nothing is known of
		return &sdk.Error{
			Kind: sdk.KindInternal, Op: opGenerate, Message: "claude failed: " + firstOf(f.message, "it does not say why"), ProviderRequestID: requestID,
		}
	}
	e := f.error("")
	e.HTTPStatus = status
	if word == "authentication_failed" {
		e.Remedy = loginRemedy
	}
	return e
}
