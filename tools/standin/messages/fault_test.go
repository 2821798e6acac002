package messages

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestScenarioFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step   string
		status int
		media  string
		body   string // substring
		header string
	}{
		"default text":  {`"http":{"status":529}`, 529, "application/json", `"type":"overloaded_error","message":"Overloaded"`, ""},
		"own text":      {`"http":{"status":400,"message":"prompt is too long"}`, 400, "application/json", `prompt is too long`, ""},
		"own type":      {`"http":{"status":403,"type":"policy_error"}`, 403, "application/json", `"type":"policy_error"`, ""},
		"details":       {`"http":{"status":429,"details":{"error_code":"ramp_limit_exceeded"}}`, 429, "application/json", `"details":{"error_code":"ramp_limit_exceeded"}`, ""},
		"proxy page":    {`"http":{"status":502,"body":"<html>"}`, 502, "text/html", "<html>", ""},
		"proxy text":    {`"http":{"status":504,"body":"slow","content_type":"text/plain"}`, 504, "text/plain", "slow", ""},
		"other status":  {`"http":{"status":599}`, 599, "application/json", `"type":"api_error"`, ""},
		"header":        {`"http":{"status":429},"headers":{"retry-after":"Mon, 23 Nov 2026 10:00:00 GMT"}`, 429, "application/json", "", "Mon, 23 Nov 2026 10:00:00 GMT"},
		"after a delay": {`"delay_ms":1,"http":{"status":500}`, 500, "application/json", "api_error", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, base := serve(t, Options{Scenario: scenario(t, `{"steps":[{"name":"x",`+c.step+`}]}`)})
			res, b := do(t, http.MethodPost, base+"/v1/messages", body(nil), nil)
			if res.StatusCode != c.status || res.Header.Get("Content-Type") != c.media || !strings.Contains(string(b), c.body) {
				t.Errorf("%d %s %s", res.StatusCode, res.Header.Get("Content-Type"), b)
			}
			if got := res.Header.Get("Retry-After"); got != c.header {
				t.Errorf("retry-after = %q", got)
			}
			if strings.HasPrefix(c.media, "application") && !json.Valid(b) {
				t.Errorf("body %s", b)
			}
		})
	}
}

func TestStepCanRemoveAHeader(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{Scenario: scenario(t, `{"steps":[{"name":"x","http":{"status":500},"headers":{"request-id":""}}]}`)})
	if res, _ := do(t, http.MethodPost, base+"/v1/messages", body(nil), nil); res.Header.Get("Request-Id") != "" {
		t.Error("the request id is still there")
	}
}

func TestReplyFieldsAreSent(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{Scenario: scenario(t, `{"steps":[{"name":"x","reply":{
		"model":"claude-opus-5","stop_reason":"refusal","stop_details":{"category":"bio"},"stop_sequence":"END",
		"usage":{"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":3,"cache_read_input_tokens":4},
		"blocks":[{"type":"ping"},{"type":"pause","ms":1},{"type":"redacted_thinking","text":"secret"},{"type":"text","text":"no"}]}}]}`)})
	for _, stream := range []string{"true", "false"} {
		_, b := do(t, http.MethodPost, base+"/v1/messages", with("stream", stream), nil)
		for _, want := range []string{
			`"model":"claude-opus-5"`, `"stop_reason":"refusal"`, `"stop_details":{"category":"bio"}`, `"stop_sequence":"END"`,
			`"input_tokens":1`, `"output_tokens":2`, `"cache_creation_input_tokens":3`, `"cache_read_input_tokens":4`, `"data":"`,
		} {
			if !strings.Contains(string(b), want) {
				t.Errorf("stream %s: no %s in %s", stream, want, b)
			}
		}
	}
}
