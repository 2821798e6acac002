package acmename

import (
	"context"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// backoff is when a refused request is sent again. The plugin does that, not the
// host: it knows what its vendor allows.
var backoff = httpapi.Backoff{MaxAttempts: 4, First: time.Second, Last: 8 * time.Second, Longest: time.Minute}

// open sends a request until the API begins to answer. Each wait is told: the user
// sees it, and why.
func (p *Provider) open(ctx context.Context, body []byte, key sdk.Secret, emit func(sdk.Event) error) (*http.Response, error) {
	for attempt := 1; ; attempt++ {
		response, err := p.send(ctx, http.MethodPost, "/v1/chat", key, body)
		if err == nil {
			return response, nil
		}
		refusal := sdk.AsError(err)
		delay, again := backoff.Wait(refusal, attempt, p.clock.Random())
		if !again {
			return nil, err
		}
		if err := emit(sdk.RetryEvent{
			Attempt: attempt + 1, MaxAttempts: backoff.MaxAttempts, Delay: delay,
			HTTPStatus: refusal.HTTPStatus, Reason: refusal.Message,
		}); err != nil {
			return nil, err
		}
		if err := p.clock.Sleep(ctx, delay); err != nil {
			return nil, httpapi.Cancelled("wait to send again", err)
		}
	}
}
