package responses

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	platformPath = "/v1/responses"
	chatGPTPath  = "/backend-api/codex/responses"
)

func serve(t *testing.T, opts Options) (*Server, string) {
	t.Helper()
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
	})
	return s, h.URL
}

// request makes one with the headers of a good client of either face; header
// replaces some, "" removes one.
func request(t *testing.T, method, url, body string, header map[string]string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]string{
		"authorization": "Bearer key", "content-type": "application/json", "accept": "text/event-stream",
	}
	if strings.Contains(url, "/backend-api/") {
		good["authorization"], good["chatgpt-account-id"], good["originator"] = "Bearer token", "acc", "codex_cli_rs"
	}
	for _, pairs := range []map[string]string{good, header} {
		for k, v := range pairs {
			req.Header.Del(k)
			if v != "" {
				req.Header.Set(k, v)
			}
		}
	}
	return req
}

func do(t *testing.T, method, url, body string, header map[string]string) (*http.Response, []byte) {
	t.Helper()
	res, err := http.DefaultClient.Do(request(t, method, url, body, header))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	reply, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read the reply: %v", err)
	}
	return res, reply
}

// body is a good body for both faces; f replaces fields, "" removes one.
func body(f map[string]string) string {
	all := map[string]string{
		"model": `"gpt-5.5"`, "instructions": `"be kind"`, "input": `[` + hi + `]`, "stream": "true", "store": "false",
		"include": `["reasoning.encrypted_content"]`,
	}
	maps.Copy(all, f)
	var fields []string // some values are too large for encoding/json to look through
	for k, v := range all {
		if v != "" {
			fields = append(fields, `"`+k+`":`+v)
		}
	}
	return "{" + strings.Join(fields, ",") + "}"
}

func with(name, value string) string { return body(map[string]string{name: value}) }

// talk is a body with these items.
func talk(items ...string) string { return with("input", "["+strings.Join(items, ",")+"]") }

const (
	hi    = `{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}`
	said  = `{"type":"message","role":"assistant","content":[{"type":"output_text","text":"yes"}]}`
	callA = `{"type":"function_call","call_id":"a","name":"bash","arguments":"{}"}`
	doneA = `{"type":"function_call_output","call_id":"a","output":"ok"}`
)
