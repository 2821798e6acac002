package vendorcheckopenai

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"

	standin "github.com/jcode-go/jcode/tools/standin/responses"
)

func bashTool(strict bool) []responses.ToolUnionParam {
	return []responses.ToolUnionParam{responses.ToolParamOfFunction("bash", map[string]any{
		"type": "object", "properties": map[string]any{"command": map[string]any{"type": "string"}},
		"required": []string{"command"}, "additionalProperties": false,
	}, strict)}
}

// answerCalls appends the items and an output for each call.
func answerCalls(p *responses.ResponseNewParams, items []json.RawMessage) int {
	n := 0
	input := &p.Input.OfInputItemList
	var outputs []responses.ResponseInputItemUnionParam
	for _, raw := range items {
		*input = append(*input, param.Override[responses.ResponseInputItemUnionParam](raw))
		var call struct {
			Type, Arguments string
			CallID          string `json:"call_id"`
		}
		if json.Unmarshal(raw, &call) != nil || call.Type != "function_call" {
			continue
		}
		output := responses.ResponseInputItemParamOfFunctionCallOutput("ran " + call.Arguments)
		output.OfFunctionCallOutput.CallID = param.NewOpt(call.CallID)
		outputs = append(outputs, output)
		n++
	}
	*input = append(*input, outputs...)
	return n
}

// Reasoning and calls go back as they came, ids and all; that is what the SDK's users
// do.
func TestToolLoop(t *testing.T) {
	t.Parallel()
	for task, want := range map[string]string{
		`@tools 12 bash {"command":"echo @turn"}`:   `done after 12 turns, last result: ran {"command":"echo 12"}`,
		`@parallel 3 bash {"command":"echo @call"}`: `done after 1 turns, last result: ran {"command":"echo 3"}`,
	} {
		server, client := start(t, standin.Options{})
		p := prompt(task)
		p.Tools = bashTool(true)
		for range 13 {
			o := stream(t, client, p)
			if o.err != nil {
				t.Fatal(o.err)
			}
			if answerCalls(&p, o.items) == 0 {
				if o.text != want {
					t.Errorf("end = %q, want %q", o.text, want)
				}
				break
			}
		}
		if got := server.Violated(); len(got) > 0 {
			t.Errorf("%+v", got[0])
		}
	}
}

// What the stand-in refuses is a typed error to the SDK.
func TestErrorsAreTyped(t *testing.T) {
	t.Parallel()
	_, client := start(t, standin.Options{})
	temperature := prompt("hi")
	temperature.Temperature = param.NewOpt(0.5)
	model := prompt("hi")
	model.Model = "gpt-1"
	for violation, p := range map[string]responses.ResponseNewParams{"sampling_unsupported": temperature, "model_unknown": model} {
		_, err := client.New(t.Context(), p)
		var typed *responses.Error
		if !errors.As(err, &typed) || typed.Code == "" || typed.Message == "" || typed.Response.Header.Get("Standin-Violation") != violation {
			t.Errorf("%s: %v", violation, err)
		}
	}
	for task, want := range map[string]struct {
		status int
		text   string
	}{
		"@limit 7200": {429, "usage limit"}, "@status 503": {503, "overloaded"}, "@status 403 cloudflare": {403, ""}, "@status 400 detail": {400, ""},
	} {
		_, err := client.New(t.Context(), prompt(task))
		var typed *responses.Error
		if !errors.As(err, &typed) || typed.StatusCode != want.status || !strings.Contains(typed.Message, want.text) {
			t.Errorf("%s: %v", task, err)
		}
	}
}

func TestWholeReplies(t *testing.T) {
	t.Parallel()
	_, client := start(t, standin.Options{})
	for _, task := range []string{"hi", "@golden unicode", "@golden tools-parallel", "@refusal", "@incomplete max_output_tokens"} {
		whole, err := client.New(t.Context(), prompt(task))
		if err != nil {
			t.Fatalf("%s: %v", task, err)
		}
		streamed := stream(t, client, prompt(task))
		if whole.OutputText() != streamed.last.Response.OutputText() || whole.Status != streamed.last.Response.Status || len(whole.Output) != len(streamed.items) {
			t.Errorf("%s: whole %s, streamed %s", task, whole.RawJSON(), streamed.last.RawJSON())
		}
	}
}
