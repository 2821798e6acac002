package openai

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/toolspec"
)

// maxPosts is how many requests one Generate call sends, whatever the reasons.
const maxPosts = 3

// backoff is for what the vendor itself calls temporary. One minute is the longest
// that anybody sits in front of a program that does nothing.
var backoff = httpapi.Backoff{MaxAttempts: maxPosts, First: time.Second, Last: 30 * time.Second, Longest: time.Minute}

// exchange is one Generate call.
type exchange struct {
	provider   *Provider
	client     *http.Client
	config     sdk.Config
	endpoint   endpoint
	settings   settings
	credential credential
	stream     sdk.Stream

	turn     turn
	leave    without
	body     []byte
	posts    int
	replaced bool // a refused login was replaced once
}

// prepare works out the model and builds the body.
func (x *exchange) prepare(ctx context.Context, request *sdk.Request) error {
	names, err := toolspec.NewNames(nil, request)
	if err != nil {
		return err
	}
	model, listed, err := x.model(ctx, request.Model)
	if err != nil {
		return err
	}
	x.turn = turn{
		request: request, mode: x.credential.mode, model: model, listed: listed, names: names,
		origin:      originOf(x.credential, x.endpoint, model),
		cacheKey:    x.config.Variables.Get(cacheKeyVariable),
		retention:   firstOf(x.config.Variables.Get(retentionVariable)),
		verbosity:   firstOf(x.config.Settings["verbosity"]),
		serviceTier: firstOf(x.config.Settings["service_tier"]),
	}
	x.leave = x.provider.learned.of(model)
	return x.build()
}

func (x *exchange) build() error {
	out, err := x.turn.build(x.leave)
	if err != nil {
		return err
	}
	x.body = out.body
	for _, warning := range out.warnings {
		if err := x.emit(warning); err != nil {
			return err
		}
	}
	return nil
}

// run sends the turn and returns how it ended. Nothing is sent again once something
// of the answer was shown: the host decides what to do with half of one.
func (x *exchange) run(ctx context.Context) (sdk.Result, error) {
	for {
		reply, err := x.attempt(ctx)
		if err == nil {
			return x.result(reply)
		}
		var e *sdk.Error
		if !errors.As(err, &e) || reply.visible || e.Kind == sdk.KindCancelled {
			return sdk.Result{}, err
		}
		if x.posts >= maxPosts {
			return sdk.Result{}, x.explained(ctx, e)
		}
		again, err := x.mend(ctx, e)
		if err != nil {
			return sdk.Result{}, err
		}
		if !again {
			return sdk.Result{}, x.explained(ctx, e)
		}
	}
}

// mend does what a refusal asks for: another login, another body, or patience.
func (x *exchange) mend(ctx context.Context, e *sdk.Error) (again bool, _ error) {
	if again, err := x.replace(ctx, e); again || err != nil {
		return again, err
	}
	if again, err := x.leaveOut(e); again || err != nil {
		return again, err
	}
	delay, again := backoff.Wait(e, x.posts, x.provider.clock.Random())
	if !again {
		return false, nil
	}
	err := x.emit(sdk.RetryEvent{
		Attempt: x.posts + 1, MaxAttempts: maxPosts, Delay: delay, HTTPStatus: e.HTTPStatus, Reason: e.Message,
	})
	if err != nil {
		return false, err
	}
	if x.provider.clock.Sleep(ctx, delay) != nil {
		return false, httpapi.Cancelled(opGenerate, context.Cause(ctx))
	}
	return true, nil
}

// replace looks whether a refused login was renewed meanwhile, or renews it; once in
// a turn. When that cannot be done the refusal stands, with its reason.
func (x *exchange) replace(ctx context.Context, refusal *sdk.Error) (again bool, _ error) {
	if refusal.HTTPStatus != http.StatusUnauthorized || refusal.Kind != sdk.KindUnauthenticated || x.replaced || x.credential.mode != modeChatGPT {
		return false, nil
	}
	x.replaced = true
	other, err := x.provider.afterRefusal(ctx, x.credential, x.emit)
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
	return false, nil
}

// leaveOut looks whether the request was refused for something that it can do
// without, each once.
func (x *exchange) leaveOut(e *sdk.Error) (again bool, _ error) {
	if e.HTTPStatus != http.StatusBadRequest || e.Kind != sdk.KindInvalidRequest {
		return false, nil
	}
	before, sent := x.leave, x.body
	lesson := x.leave.learn(e.Message)
	if lesson == "" {
		return false, nil
	}
	if err := x.build(); err != nil {
		return false, err
	}
	if bytes.Equal(sent, x.body) { // it was not even in there
		x.leave = before
		e.Retryable = strings.Contains(e.Message, "prompt_cache_retention") // which the backend adds at times, and refuses
		return false, nil
	}
	x.provider.learned.remember(x.turn.model, x.leave)
	err := x.emit(sdk.WarningEvent{Code: "request_changed", Message: "sent again without " + lesson + ", which was refused"})
	return err == nil, err
}

// explained adds to an error what only the plugin knows: the models that there are.
func (x *exchange) explained(ctx context.Context, e *sdk.Error) error {
	if e.Kind != sdk.KindModelNotFound {
		return e
	}
	if names := x.alternatives(ctx); len(names) > 0 {
		e.Message += "; there are: " + strings.Join(names, ", ")
	}
	return e
}

func (x *exchange) result(reply *decoder) (sdk.Result, error) {
	if text := reply.unread(); text != "" {
		if err := x.tell(sdk.WarningEvent{Code: "events_unread", Message: text}); err != nil {
			return sdk.Result{}, err
		}
	}
	return sdk.Result{StopReason: reply.stop, StopDetail: reply.detail, Model: reply.served, Usage: reply.usage}, nil
}

// emit hands an event on, but a warning only once in the plugin's life: each of the
// many calls of one task would repeat it.
func (x *exchange) emit(event sdk.Event) error {
	switch e := event.(type) {
	case sdk.WarningEvent:
		if !x.provider.learned.isNews(e) {
			return nil
		}
	case sdk.RateLimit:
		if !x.provider.limits.News(e) {
			return nil
		}
	default:
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
