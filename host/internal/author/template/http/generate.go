package acmename

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// idleLimit is how long the API may send nothing at all.
const idleLimit = 5 * time.Minute

// Generate sends the request and passes the answer on as it comes.
func (p *Provider) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	body, err := json.Marshal(newChat(p.model(request), request))
	if err != nil {
		return sdk.Result{}, &sdk.Error{Kind: sdk.KindInternal, Op: "make request", Err: err}
	}
	found, err := p.credential(ctx)
	if err != nil {
		return sdk.Result{}, err
	}
	watched, dog, end := httpapi.Watch(ctx, idleLimit)
	defer end()
	response, err := p.open(watched, body, found.key, stream.Emit)
	if err != nil {
		return sdk.Result{}, err
	}
	defer func() { _ = response.Body.Close() }()
	result, err := decode(dog.Reader(response.Body), stream.Emit)
	if err == nil {
		return result, nil
	}
	return sdk.Result{}, p.streamError(watched, response, err)
}

// streamError says what ended a stream before its end.
func (p *Provider) streamError(ctx context.Context, response *http.Response, err error) error {
	var host emitError
	var own *sdk.Error
	switch {
	case errors.As(err, &host):
		return host.error
	case errors.As(err, &own):
		return own
	}
	return httpapi.CutStream(ctx, "read answer", response.Request.URL.Host, response.Header.Get("X-Request-Id"), err)
}

// send makes one call of the API. The error is an *sdk.Error, also for a status
// other than 200; else the caller closes the body.
func (p *Provider) send(ctx context.Context, method, path string, key sdk.Secret, body []byte) (*http.Response, error) {
	base, err := p.base()
	if err != nil {
		return nil, err
	}
	response, err := httpapi.Send(ctx, p.client, func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, method, base.URL+path, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+key.Reveal())
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("User-Agent", "jcode-provider-"+providerName+"/"+p.version)
		return r, nil
	})
	if err != nil {
		return nil, httpapi.NetworkError(ctx, method+" "+path, base.Host, err)
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer func() { _ = response.Body.Close() }()
	return nil, statusError(response, httpapi.ErrorBody(response), time.Now())
}
