package ollama

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/sse"
	"github.com/jcode-go/jcode/sdk/toolspec"
)

// backoff is for what a server calls temporary: a model that is being loaded takes its
// time.
var backoff = httpapi.Backoff{MaxAttempts: 5, First: time.Second, Last: 15 * time.Second, Longest: time.Minute}

// maxWhole bounds an answer that comes in one piece.
const maxWhole = 64 << 20

// exchange is one Generate call.
type exchange struct {
	provider *Provider
	setup    setup
	stream   sdk.Stream
	turn     turn
	leave    without
	lesson   string // the key under which refusals are remembered
	posts    int
}

// exchange prepares a call. Nothing is sent before all of it is known to be right.
func (p *Provider) exchange(ctx context.Context, request *sdk.Request, stream sdk.Stream) (*exchange, error) {
	s, err := p.setup(ctx)
	if err != nil {
		return nil, err
	}
	names, err := toolspec.NewNames(nil, request)
	if err != nil {
		return nil, err
	}
	model, err := p.model(ctx, s, request.Model)
	if err != nil {
		return nil, err
	}
	lesson := s.place.URL + " " + model
	return &exchange{
		provider: p, setup: s, stream: stream, turn: turn{request: request, model: model, names: names},
		leave: p.learned.of(lesson), lesson: lesson,
	}, nil
}

// run sends the turn, again where that helps, and returns how it ended. Nothing is sent
// again once something of the answer was shown.
func (x *exchange) run(ctx context.Context) (sdk.Result, error) {
	for {
		result, shown, err := x.attempt(ctx)
		var e *sdk.Error
		if err == nil || shown || !errors.As(err, &e) || e.Kind == sdk.KindCancelled {
			return result, err
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

// mend does what a refusal asks for: a smaller request, or patience.
func (x *exchange) mend(ctx context.Context, e *sdk.Error) (again bool, _ error) {
	if e.HTTPStatus >= http.StatusBadRequest && e.Kind == sdk.KindInvalidRequest {
		if what := x.leave.learn(e.Message); what != "" {
			return true, x.tell(what)
		}
	}
	delay, again := backoff.Wait(e, x.posts, x.provider.clock.Random())
	if !again {
		return false, nil
	}
	err := x.stream.Emit(sdk.RetryEvent{
		Attempt: x.posts + 1, MaxAttempts: backoff.MaxAttempts, Delay: delay, HTTPStatus: e.HTTPStatus, Reason: e.Message,
	})
	if err != nil {
		return false, err
	}
	if x.provider.clock.Sleep(ctx, delay) != nil {
		return false, httpapi.Cancelled(opGenerate, context.Cause(ctx))
	}
	return true, nil
}

// tell says what is left out, once in the life of the plugin.
func (x *exchange) tell(what string) error {
	x.posts = 0
	if !x.provider.learned.remember(x.lesson, x.leave) {
		return nil
	}
	return x.stream.Emit(sdk.WarningEvent{Code: "request_changed", Message: x.turn.model + ": sent again without " + what})
}

// attempt sends the turn once. shown says that the user may have seen something of it.
func (x *exchange) attempt(ctx context.Context) (result sdk.Result, shown bool, _ error) {
	x.posts++
	at := x.setup.place
	ctx, dog, stop := httpapi.Watch(ctx, x.setup.idle)
	defer stop()
	body := x.turn.build(x.leave)
	response, err := httpapi.Send(ctx, x.provider.client, func(traced context.Context) (*http.Request, error) {
		request, err := http.NewRequestWithContext(traced, http.MethodPost, at.api()+"/chat/completions", bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "text/event-stream")
		x.provider.header(request, x.setup.key)
		return request, nil
	})
	if err != nil {
		return sdk.Result{}, false, noAnswer(ctx, opGenerate, at, err)
	}
	defer func() { _ = response.Body.Close() }() // nothing more is wanted of it
	d := &decoder{
		emit: x.stream.Emit, model: x.turn.model, host: at.Host, calls: newCalls(x.turn.request, x.turn.names),
		requestID: response.Header.Get("X-Request-Id"),
	}
	result, err = x.read(ctx, d, response, dog)
	return result, d.visible, err
}

func (x *exchange) read(ctx context.Context, d *decoder, response *http.Response, dog *httpapi.Watchdog) (sdk.Result, error) {
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	body := dog.Reader(response.Body)
	switch {
	case response.StatusCode == http.StatusOK && (media == "text/event-stream" || media == ""):
		return x.decode(ctx, d, body)
	case response.StatusCode == http.StatusOK && media == "application/json":
		return x.whole(ctx, d, body)
	}
	f := readFault(response, x.provider.clock.Now())
	if context.Cause(ctx) != nil {
		return sdk.Result{}, noAnswer(ctx, opGenerate, x.setup.place, context.Cause(ctx))
	}
	e := f.error(opGenerate, x.setup.place.Host, x.turn.model)
	if response.StatusCode == http.StatusOK {
		e.Kind, e.Retryable = sdk.KindNetwork, false
		e.Remedy = "check the address, which comes from " + x.setup.place.source
	}
	return sdk.Result{}, e
}

// decode reads the stream to the server's own end of it, and no further.
func (x *exchange) decode(ctx context.Context, d *decoder, body io.Reader) (sdk.Result, error) {
	events := sse.NewReader(body)
	for !d.ended {
		event, err := events.Next()
		if errors.Is(err, io.EOF) && d.complete() {
			break
		}
		if err != nil {
			return sdk.Result{}, httpapi.CutStream(ctx, opGenerate, x.setup.place.Host, d.requestID, err)
		}
		if err := d.event(event.Data); err != nil {
			return sdk.Result{}, err
		}
	}
	return d.end()
}

// whole reads the answer of a server that does not stream.
func (x *exchange) whole(ctx context.Context, d *decoder, body io.Reader) (sdk.Result, error) {
	data, err := io.ReadAll(io.LimitReader(body, maxWhole))
	if err == nil {
		err = d.event(data)
	} else {
		return sdk.Result{}, httpapi.CutStream(ctx, opGenerate, x.setup.place.Host, d.requestID, err)
	}
	if err == nil && !d.complete() {
		err = httpapi.CutStream(ctx, opGenerate, x.setup.place.Host, d.requestID, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return sdk.Result{}, err
	}
	return d.end()
}
