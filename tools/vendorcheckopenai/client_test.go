package vendorcheckopenai

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"

	standin "github.com/jcode-go/jcode/tools/standin/responses"
)

// start serves a stand-in and gives a client of the vendor's for it, without retries.
func start(t *testing.T, opts standin.Options) (*standin.Server, responses.ResponseService) {
	t.Helper()
	opts.APIKey = "key"
	server, err := standin.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return server, clientOf(t, server)
}

func clientOf(t *testing.T, h http.Handler) responses.ResponseService {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return responses.NewResponseService(option.WithBaseURL(s.URL+"/v1"), option.WithAPIKey("key"), option.WithMaxRetries(0))
}

// prompt asks as jcode does: nothing is kept at the vendor's.
func prompt(text string) responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model: "gpt-5.5", Store: param.NewOpt(false), Include: []responses.ResponseIncludable{"reasoning.encrypted_content"},
		Input: responses.ResponseNewParamsInputUnion{OfInputItemList: responses.ResponseInputParam{
			responses.ResponseInputItemParamOfMessage(text, responses.EasyInputMessageRoleUser),
		}},
	}
}

// outcome is what the SDK made of a stream.
type outcome struct {
	types []string
	items []json.RawMessage // of output_item.done
	text  string            // of the deltas
	last  responses.ResponseStreamEventUnion
	err   error
}

func stream(t *testing.T, c responses.ResponseService, params responses.ResponseNewParams) outcome {
	t.Helper()
	s := c.NewStreaming(t.Context(), params)
	defer s.Close()
	var o outcome
	for s.Next() {
		o.last = s.Current()
		o.types = append(o.types, o.last.Type)
		switch o.last.Type {
		case "response.output_item.done":
			o.items = append(o.items, json.RawMessage(o.last.Item.RawJSON()))
		case "response.output_text.delta", "response.refusal.delta":
			o.text += o.last.Delta
		}
	}
	o.err = s.Err()
	return o
}

func decode(t *testing.T, b []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return v
}
