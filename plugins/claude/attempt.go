package claude

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/sse"
)

const (
	// maxBody is the vendor's limit; a larger body would be uploaded in vain.
	maxBody = 32 << 20
	// drainTime is how long a finished HTTP/1 reply may take to end, for its
	// connection to be used again.
	drainTime = 100 * time.Millisecond
)

// attempt sends the body once and decodes the reply. The decoder is never nil:
// it tells what was shown before an error.
func (x *exchange) attempt(ctx context.Context) (*decoder, error) {
	reply := &decoder{
		emit: x.emit, names: x.turn.names, model: x.turn.model, before: x.usage, resumed: x.replies > 0,
	}
	if !x.endpoint.custom && len(x.body) > maxBody {
		return reply, fault{status: http.StatusRequestEntityTooLarge, message: "more than 32 MB"}.error("")
	}
	ctx, dog, stop := httpapi.Watch(ctx, x.settings.idle)
	defer stop()
	response, err := x.send(ctx, dog)
	if err != nil {
		return reply, err
	}
	defer func() { _ = response.Body.Close() }() // nothing more is wanted of it
	if err := x.open(ctx, reply, response); err != nil {
		return reply, err
	}
	err = x.decode(ctx, reply, dog.Reader(response.Body))
	if err == nil {
		drain(response, stop)
	}
	return reply, err
}

// send asks, and once more when a kept connection turns out to be closed.
func (x *exchange) send(ctx context.Context, dog *httpapi.Watchdog) (*http.Response, error) {
	response, err := httpapi.Send(ctx, x.client, func(traced context.Context) (*http.Request, error) { return x.request(traced, dog) })
	if err != nil {
		return nil, x.sendError(ctx, err)
	}
	return response, nil
}

// sendError is what Do returned. A body over the limit is often refused by
// closing the connection in the middle of it.
func (x *exchange) sendError(ctx context.Context, err error) error {
	if context.Cause(ctx) == nil && len(x.body) > maxBody {
		return fault{status: http.StatusRequestEntityTooLarge, message: "more than 32 MB"}.error("")
	}
	return networkError(ctx, x.endpoint.host, err)
}

func (x *exchange) request(ctx context.Context, dog *httpapi.Watchdog) (*http.Request, error) {
	url := x.endpoint.messages() + x.turn.contract.query
	body := func() (io.ReadCloser, error) {
		return io.NopCloser(dog.Reader(bytes.NewReader(x.body))), nil
	}
	reader, _ := body()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, reader)
	if err != nil {
		return nil, badBase("is not a URL")
	}
	request.GetBody, request.ContentLength = body, int64(len(x.body))
	header(request, x.turn.contract, x.credential)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	if betas := x.turn.betas(); betas != "" {
		request.Header.Set("Anthropic-Beta", betas)
	}
	return request, nil
}

// header sets what every request has.
func header(request *http.Request, c contract, auth credential) {
	request.Header.Set("Anthropic-Version", apiVersion)
	request.Header.Set("User-Agent", c.userAgent)
	if len(c.betas) > 0 {
		request.Header.Set("Anthropic-Beta", strings.Join(c.betas, ","))
	}
	auth.authorize(request.Header)
}

// open looks at the head of a response and says whether a stream follows.
func (x *exchange) open(ctx context.Context, reply *decoder, response *http.Response) error {
	reply.requestID = response.Header.Get("Request-Id")
	if limit, ok := readLimit(response.Header, response.StatusCode); ok && x.limits.News(limit) {
		if err := x.emit(limit); err != nil {
			return err
		}
	}
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if response.StatusCode == http.StatusOK && (media == "text/event-stream" || media == "") {
		return nil
	}
	f := readFault(response)
	if context.Cause(ctx) != nil {
		return networkError(ctx, x.endpoint.host, nil)
	}
	if response.StatusCode < http.StatusBadRequest && f.kind == "" {
		f.foreign = true
		if f.message == "" {
			f.message = "no event stream came"
		}
	}
	return f.error(x.credential.what())
}

// decode reads the stream to the vendor's own end of it.
func (x *exchange) decode(ctx context.Context, reply *decoder, body io.Reader) error {
	events := sse.NewReader(body)
	for !reply.finished {
		event, err := events.Next()
		if err != nil {
			return x.streamEnd(ctx, reply, err)
		}
		if err := reply.event(event.Type, event.Data); err != nil {
			var e *sdk.Error
			if event.Partial && errors.As(err, &e) && e.Kind == sdk.KindNetwork {
				return x.streamEnd(ctx, reply, io.EOF) // the event itself was cut
			}
			return located(err)
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
	return httpapi.CutStream(ctx, opGenerate, x.endpoint.host, reply.requestID, err)
}

// located gives an error of the decoder the operation that it lacks.
func located(err error) error {
	var e *sdk.Error
	if errors.As(err, &e) && e.Op == "" {
		e.Op = opGenerate
	}
	return err
}

// drain reads what little is left of an HTTP/1 reply, or gives up on the
// connection.
func drain(response *http.Response, giveUp func()) {
	if response.ProtoMajor != 1 {
		return
	}
	timer := time.AfterFunc(drainTime, giveUp)
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10) // an error costs a connection
}
