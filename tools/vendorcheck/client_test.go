package vendorcheck

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

const (
	model    = "claude-opus-4-5-20251101"
	adaptive = "claude-opus-4-7"
)

// start serves a stand-in and gives a client of the vendor's for it, without
// retries and without anything from the environment.
func start(t *testing.T, opts messages.Options, with ...option.RequestOption) (*messages.Server, anthropic.Client) {
	t.Helper()
	opts.APIKey = "key"
	server, err := messages.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return server, clientOf(t, server, with...)
}

func clientOf(t *testing.T, h http.Handler, with ...option.RequestOption) anthropic.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return anthropic.NewClient(append([]option.RequestOption{
		option.WithoutEnvironmentDefaults(), option.WithBaseURL(s.URL),
		option.WithAPIKey("key"), option.WithMaxRetries(0),
	}, with...)...)
}

func prompt(text string) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model: model, MaxTokens: 4096,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(text))},
	}
}

// stream sends params and accumulates the reply with the SDK's own accumulator.
func stream(t *testing.T, c anthropic.Client, params anthropic.MessageNewParams) (anthropic.Message, []string, error) {
	t.Helper()
	s := c.Messages.NewStreaming(t.Context(), params)
	defer s.Close()
	var m anthropic.Message
	var events []string
	for s.Next() {
		events = append(events, s.Current().Type)
		if err := m.Accumulate(s.Current()); err != nil {
			t.Errorf("accumulate %s: %v", s.Current().RawJSON(), err)
		}
	}
	return m, events, s.Err()
}

func mustStream(t *testing.T, c anthropic.Client, params anthropic.MessageNewParams) anthropic.Message {
	t.Helper()
	m, _, err := stream(t, c, params)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func textOf(m anthropic.Message) string {
	all := ""
	for _, b := range m.Content {
		all += b.Text
	}
	return all
}
