package vendorcheck

import (
	"errors"
	"fmt"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

// violationOf reads the name of the broken rule off the SDK's typed error; no
// error gives "".
func violationOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var typed *anthropic.Error
	if !errors.As(err, &typed) {
		t.Fatalf("err = %v, not typed", err)
	}
	if typed.RequestID == "" {
		t.Errorf("no request id in %v", err)
	}
	return typed.Response.Header.Get("Standin-Violation")
}

func TestHTTPErrorsAreTyped(t *testing.T) {
	t.Parallel()
	_, client := start(t, messages.Options{})
	for status, kind := range map[int]anthropic.ErrorType{
		400: anthropic.ErrorTypeInvalidRequestError, 401: anthropic.ErrorTypeAuthenticationError,
		402: anthropic.ErrorTypeBillingError, 403: anthropic.ErrorTypePermissionError,
		404: anthropic.ErrorTypeNotFoundError, 408: anthropic.ErrorTypeTimeoutError,
		409: "conflict_error", 413: "request_too_large",
		429: anthropic.ErrorTypeRateLimitError, 500: anthropic.ErrorTypeAPIError,
		502: "", 504: anthropic.ErrorTypeTimeoutError, 529: anthropic.ErrorTypeOverloadedError,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			_, _, err := stream(t, client, prompt(fmt.Sprintf("@status %d", status)))
			var typed *anthropic.Error
			if !errors.As(err, &typed) {
				t.Fatalf("err = %v", err)
			}
			if typed.StatusCode != status || typed.Type() != kind || typed.RequestID == "" {
				t.Errorf("%d %q %q, want %d %q", typed.StatusCode, typed.Type(), typed.RequestID, status, kind)
			}
		})
	}
}

// TestRetriesRecover lets the SDK retry by the stand-in's headers, and keep off
// where x-should-retry says so.
func TestRetriesRecover(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"@status 529 2 retry-after-ms=1":                      "recovered",
		"@status 429 1 retry-after-ms=1 retry-after=30":       "recovered",
		"@status 400 1 retry-after-ms=1 x-should-retry=true":  "recovered",
		"@status 500 1 retry-after-ms=1 x-should-retry=false": "",
		"@status 500 3 retry-after-ms=1":                      "",
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			server, client := start(t, messages.Options{}, option.WithMaxRetries(2))
			m, _, err := stream(t, client, prompt(words))
			if textOf(m) != want || (err == nil) != (want != "") {
				t.Errorf("text %q, err %v after %d requests", textOf(m), err, len(server.Requests()))
			}
		})
	}
}

func TestModelsAreListed(t *testing.T) {
	t.Parallel()
	_, client := start(t, messages.Options{})
	all := messages.DefaultModels()
	page := client.Models.ListAutoPaging(t.Context(), anthropic.ModelListParams{Limit: anthropic.Int(5)})
	n := 0
	for page.Next() {
		got := page.Current()
		if n < len(all) && (got.ID != all[n].ID || got.MaxTokens != all[n].MaxOutput || got.CreatedAt.IsZero() ||
			got.Capabilities.Thinking.Types.Adaptive.Supported != all[n].Adaptive) {
			t.Errorf("model %d = %s", n, got.RawJSON())
		}
		n++
	}
	if page.Err() != nil || n != len(all) {
		t.Errorf("%d models of %d, %v", n, len(all), page.Err())
	}
	if _, err := client.Models.Get(t.Context(), "claude-opus-4-5", anthropic.ModelGetParams{}); err != nil {
		t.Error(err)
	}
	_, err := client.Models.Get(t.Context(), "gpt", anthropic.ModelGetParams{})
	var typed *anthropic.Error
	if !errors.As(err, &typed) || typed.StatusCode != 404 {
		t.Errorf("unknown model: %v", err)
	}
}

func TestTokensAreCounted(t *testing.T) {
	t.Parallel()
	_, client := start(t, messages.Options{})
	count, err := client.Messages.CountTokens(t.Context(), anthropic.MessageCountTokensParams{
		Model: adaptive, Messages: prompt("hello there").Messages,
	})
	if err != nil || count.InputTokens < 2 {
		t.Errorf("count = %+v, %v", count, err)
	}
}

func TestBearerAuth(t *testing.T) {
	t.Parallel()
	server, err := messages.New(messages.Options{APIKey: "token"})
	if err != nil {
		t.Fatal(err)
	}
	client := clientOf(t, server, option.WithAPIKey(""), option.WithHeaderDel("x-api-key"), option.WithAuthToken("token"))
	if got := textOf(mustStream(t, client, prompt("hi"))); got != "echo: hi" {
		t.Errorf("got %q", got)
	}
}
