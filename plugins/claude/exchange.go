package claude

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// exchange is one Generate call: usually one reply, more when the vendor pauses
// its turn or a first try fails.
type exchange struct {
	client     *http.Client
	endpoint   endpoint
	credential credential
	settings   settings
	turn       turn
	stream     sdk.Stream
	clock      httpapi.Clock
	limits     *httpapi.LimitWatch
	learned    *lessons
	// another returns a different credential after a refusal of this one.
	another func(context.Context, credential, func(sdk.Event) error) (credential, error)

	leave     without
	body      []byte
	thinking  bool      // of the body
	usage     sdk.Usage // of the replies before this one
	replies   int
	recovered bool // a tool_use without a call was continued once
	replaced  bool // a refused credential was replaced once
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

// backoff is the table that the vendor's own clients follow. A longer wait than a
// minute is reported instead of slept.
var backoff = httpapi.Backoff{
	MaxAttempts: 4, First: 500 * time.Millisecond, Last: 8 * time.Second, Longest: longestWait,
}

const longestWait = time.Minute

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
		if again, err := x.replace(ctx, e); again || err != nil {
			if err != nil {
				return reply, err
			}
			continue
		}
		delay, again := backoff.Wait(e, attempt, x.clock.Random())
		if !again {
			return reply, err
		}
		err = x.emit(sdk.RetryEvent{
			Attempt: attempt + 1, MaxAttempts: backoff.MaxAttempts, Delay: delay,
			HTTPStatus: e.HTTPStatus, Reason: e.Message,
		})
		if err != nil {
			return reply, err
		}
		if err := x.clock.Sleep(ctx, delay); err != nil {
			return reply, httpapi.Cancelled(opGenerate, context.Cause(ctx))
		}
	}
}

// replace looks whether a refused login was renewed meanwhile, or renews it; once
// in a turn. When that cannot be done the refusal stands, with its reason.
func (x *exchange) replace(ctx context.Context, refusal *sdk.Error) (again bool, _ error) {
	expired := refusal.HTTPStatus == http.StatusUnauthorized ||
		refusal.HTTPStatus == http.StatusForbidden && strings.Contains(refusal.Message, "expired")
	if !expired || refusal.Kind == sdk.KindPolicyRefused || !x.credential.oauth || x.replaced {
		return false, nil
	}
	x.replaced = true
	other, err := x.another(ctx, x.credential, x.emit)
	var gone *emitError
	switch {
	case err == nil:
		x.credential = other
		return true, nil
	case errors.As(err, &gone), sdk.KindOf(err) == sdk.KindCancelled:
		return false, err
	case sdk.KindOf(err) != sdk.KindUnauthenticated:
		refusal.Message += "; renewing it failed: " + httpapi.Excerpt(err.Error())
	}
	return false, refusal
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
