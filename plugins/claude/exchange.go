package claude

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// maxContinuations bounds how often one turn is continued by itself.
const maxContinuations = 16

// exchange is one Generate call: usually one reply, more when the vendor pauses
// its turn or a first try fails.
type exchange struct {
	client     *http.Client
	endpoint   endpoint
	credential credential
	settings   settings
	turn       turn
	stream     sdk.Stream
	clock      clock
	limits     *limitWatch
	learned    *lessons

	leave     without
	body      []byte
	thinking  bool // of the body
	usage     sdk.Usage // of the replies before this one
	replies   int
	recovered bool // a tool_use without a call was continued once
}

// run sends the turn and returns how it ended.
func (x *exchange) run(ctx context.Context) (sdk.Result, error) {
	x.leave = x.learned.of(x.turn.model.id)
	if err := x.build(); err != nil {
		return sdk.Result{}, err
	}
	for {
		reply, err := x.reply(ctx)
		if err != nil {
			again, err := x.leaveOut(reply, err)
			if !again {
				return sdk.Result{}, err
			}
			continue
		}
		x.usage = reply.total()
		x.replies++
		if !x.goesOn(reply) {
			return x.result(reply)
		}
	}
}

func (x *exchange) build() error {
	out, err := x.turn.build(x.leave)
	if err != nil {
		return err
	}
	x.body, x.thinking = out.body, out.thinking
	for _, warning := range out.warnings {
		if err := x.emit(warning); err != nil {
			return err
		}
	}
	return nil
}

// emitError marks that the caller is gone, so that nothing is retried.
type emitError struct{ err error }

func (e *emitError) Error() string { return e.err.Error() }
func (e *emitError) Unwrap() error { return e.err }

// emit hands an event on, but a warning only once in the plugin's life: each of
// the many calls of one task would repeat it.
func (x *exchange) emit(event sdk.Event) error {
	if warning, ok := event.(sdk.WarningEvent); ok && !x.learned.isNews(warning) {
		return nil
	}
	return x.tell(event)
}

// tell hands an event on whatever it is.
func (x *exchange) tell(event sdk.Event) error {
	if err := x.stream.Emit(event); err != nil {
		return &emitError{err}
	}
	return nil
}

// reply gets one reply, trying again while nothing of it was shown.
func (x *exchange) reply(ctx context.Context) (*decoder, error) {
	for attempt := 1; ; attempt++ {
		reply, err := x.attempt(ctx)
		if err == nil {
			return reply, nil
		}
		var e *sdk.Error
		if !errors.As(err, &e) || reply.visible {
			return reply, err
		}
		delay, again := x.clock.wait(e, attempt)
		if !again {
			return reply, err
		}
		err = x.emit(sdk.RetryEvent{
			Attempt: attempt + 1, MaxAttempts: maxAttempts, Delay: delay,
			HTTPStatus: e.HTTPStatus, Reason: e.Message,
		})
		if err != nil {
			return reply, err
		}
		if err := x.clock.sleep(ctx, delay); err != nil {
			return reply, cancelled(context.Cause(ctx))
		}
	}
}

// leaveOut looks whether the request was refused for something that can be left
// out: a capability that the model lacks, or thinking that the vendor does not
// accept back. It does so once for each.
func (x *exchange) leaveOut(reply *decoder, err error) (again bool, _ error) {
	var e *sdk.Error
	if !errors.As(err, &e) || e.HTTPStatus != http.StatusBadRequest || e.Kind != sdk.KindInvalidRequest || reply.visible || x.replies > 0 {
		return false, err
	}
	before := x.leave
	text := strings.ToLower(e.Message)
	x.leave.learn(text, x.thinking)
	if x.leave == before {
		return false, err
	}
	if !strings.Contains(text, "invalid `") { // about this transcript, not the model
		x.learned.remember(x.turn.model.id, x.leave)
	}
	if err := x.build(); err != nil {
		return false, err
	}
	err = x.emit(sdk.WarningEvent{
		Code: "capability_dropped", Message: "sent again without what was refused (" + e.Message + ")",
	})
	return err == nil, err
}

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
		warning = sdk.WarningEvent{Code: "stop_reason_unknown", Message: "the answer ended for an unknown reason: " + excerpt(reply.stop)}
	}
	if warning.Code != "" {
		if err := x.tell(warning); err != nil {
			return sdk.Result{}, err
		}
	}
	return sdk.Result{StopReason: reason, StopDetail: reply.stopDetail(), Model: reply.served, Usage: x.usage}, nil
}

const pauseTurn = "pause_turn"

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

// goesOn prepares the next request when the vendor only paused, or announced a
// call and sent none.
func (x *exchange) goesOn(reply *decoder) bool {
	if x.replies > maxContinuations || reply.calls > 0 {
		return false
	}
	switch reply.stop {
	case pauseTurn:
		return x.append(reply, "")
	case "tool_use":
		if x.recovered {
			return false
		}
		x.recovered = true
		return x.append(reply, nudge)
	}
	return false
}

// append adds the reply, as it came, and what the user says to it. Without
// anything to add the same request is sent again.
func (x *exchange) append(reply *decoder, user string) bool {
	content := reply.content()
	if len(content) == 0 {
		return true
	}
	body := make([]byte, 0, len(x.body)+len(content)+1<<8)
	body = append(body, x.body[:len(x.body)-len(bodyEnd)]...)
	body = append(body, `,{"role":"assistant","content":[`...)
	body = append(body, content...)
	body = append(body, `]}`...)
	if user != "" {
		body = append(body, `,{"role":"user","content":[`...)
		body = appendTextBlock(body, user, false)
		body = append(body, `]}`...)
	}
	x.body = append(body, bodyEnd...)
	return true
}
