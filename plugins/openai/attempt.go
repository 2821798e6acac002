package openai

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"runtime"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/sse"
)

// attempt sends the body once and decodes the reply. The decoder is never nil: it
// tells what was shown before an error.
func (x *exchange) attempt(ctx context.Context) (*decoder, error) {
	x.posts++
	reply := &decoder{emit: x.emit, names: x.turn.names, model: x.turn.model, origin: x.turn.origin}
	ctx, dog, stop := httpapi.Watch(ctx, x.idle())
	defer stop()
	response, err := httpapi.Send(ctx, x.client, func(traced context.Context) (*http.Request, error) { return x.request(traced, dog) })
	if err != nil {
		return reply, noAnswer(ctx, opGenerate, x.endpoint.Host, err)
	}
	defer func() { _ = response.Body.Close() }() // nothing more is wanted of it
	if err := x.open(ctx, reply, response); err != nil {
		return reply, err
	}
	return reply, x.decode(ctx, reply, dog.Reader(response.Body))
}

// idle is how long nothing at all may come: models at their highest efforts think
// for long without a word.
func (x *exchange) idle() time.Duration {
	switch x.turn.request.Effort {
	case "xhigh", "max", "ultra":
		return longThinking * x.settings.idle
	}
	return x.settings.idle
}

func (x *exchange) request(ctx context.Context, dog *httpapi.Watchdog) (*http.Request, error) {
	body := func() (io.ReadCloser, error) {
		return io.NopCloser(dog.Reader(bytes.NewReader(x.body))), nil
	}
	reader, _ := body()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, x.endpoint.responses(), reader)
	if err != nil {
		return nil, err
	}
	request.GetBody, request.ContentLength = body, int64(len(x.body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	x.provider.header(request, x.credential)
	return request, nil
}

// noAnswer says why there is no answer, and what in the user's hands may be wrong.
func noAnswer(ctx context.Context, op, host string, err error) *sdk.Error {
	e := httpapi.NetworkError(ctx, op, host, err)
	if e.Kind == sdk.KindNetwork {
		e.Remedy = networkRemedy
	}
	return e
}

// header sets what every request to the API has.
func (p *Provider) header(request *http.Request, c credential) {
	request.Header.Set("User-Agent", p.userAgent())
	c.authorize(request.Header, p.configuration())
}

// userAgent is our honest name.
func (p *Provider) userAgent() string {
	return "jcode/" + p.version + " (" + runtime.GOOS + "; " + runtime.GOARCH + ")"
}

// open looks at the head of a response and says whether a stream follows.
func (x *exchange) open(ctx context.Context, reply *decoder, response *http.Response) error {
	reply.requestID = requestID(response.Header)
	if limit, ok := readLimit(response.Header, response.StatusCode); ok {
		if err := x.emit(limit); err != nil {
			return err
		}
	}
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if response.StatusCode == http.StatusOK && (media == "text/event-stream" || media == "") {
		return nil
	}
	f := readFault(response, x.provider.clock.Now())
	if context.Cause(ctx) != nil {
		return noAnswer(ctx, opGenerate, x.endpoint.Host, nil)
	}
	return f.error(x.credential.what(), x.provider.clock.Now())
}

// decode reads the stream to the vendor's own end of it, and no further: servers
// keep connections open after that.
func (x *exchange) decode(ctx context.Context, reply *decoder, body io.Reader) error {
	events := sse.NewReader(body)
	for !reply.finished {
		event, err := events.Next()
		if err != nil {
			return x.streamEnd(ctx, reply, err)
		}
		if err := reply.event(event.Type, event.Data); err != nil {
			return err
		}
	}
	return nil
}

func (x *exchange) streamEnd(ctx context.Context, reply *decoder, err error) error {
	var large *sse.TooLargeError
	if errors.As(err, &large) {
		return &sdk.Error{
			Kind: sdk.KindNetwork, Op: opGenerate, Message: "the answer is broken",
			ProviderRequestID: reply.requestID, Err: err,
		}
	}
	return httpapi.CutStream(ctx, opGenerate, x.endpoint.Host, reply.requestID, err)
}
