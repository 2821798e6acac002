package messages

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

const (
	manualModel   = "claude-opus-4-5-20251101"
	adaptiveModel = "claude-opus-4-7"
)

// violation is a request that breaks one rule.
type violation struct {
	rule   string
	method string
	path   string
	header map[string]string // "" removes
	body   string
}

// body is a good body; f replaces fields, "" removes one.
func body(f map[string]string) string {
	all := map[string]json.RawMessage{
		"model": json.RawMessage(`"` + manualModel + `"`), "max_tokens": json.RawMessage("2048"),
		"messages": json.RawMessage(`[{"role":"user","content":"hi"}]`),
	}
	for k, v := range f {
		if v == "" {
			delete(all, k)
			continue
		}
		all[k] = json.RawMessage(v)
	}
	b, err := json.Marshal(all)
	if err != nil {
		return fmt.Sprintf("broken test body: %v", err)
	}
	return string(b)
}

func with(name, value string) string { return body(map[string]string{name: value}) }

// talk is a body with these messages.
func talk(messages ...string) string { return with("messages", "["+strings.Join(messages, ",")+"]") }

func userSays(blocks ...string) string {
	return `{"role":"user","content":[` + strings.Join(blocks, ",") + `]}`
}

func modelSays(blocks ...string) string {
	return `{"role":"assistant","content":[` + strings.Join(blocks, ",") + `]}`
}

const (
	hi     = `{"type":"text","text":"hi"}`
	callA  = `{"type":"tool_use","id":"a","name":"bash","input":{}}`
	doneA  = `{"type":"tool_result","tool_use_id":"a","content":"ok"}`
	cached = `{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}`
)

func tool(rest string) string { return with("tools", `[{`+rest+`}]`) }

const goodTool = `"name":"bash","input_schema":{"type":"object"}`

func choice(c string) string {
	return body(map[string]string{"tools": `[{` + goodTool + `}]`, "tool_choice": c})
}

func thinking(extra map[string]string) string {
	f := map[string]string{"thinking": `{"type":"enabled","budget_tokens":1024}`}
	for k, v := range extra {
		f[k] = v
	}
	return body(f)
}

func picture(media string, data []byte) string {
	return talk(userSays(fmt.Sprintf(`{"type":"image","source":{"type":"base64","media_type":%q,"data":%q}}`, media, base64.StdEncoding.EncodeToString(data))))
}

func pngOf(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 1))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func headerViolations() []violation {
	good := body(nil)
	h := func(rule string, pairs ...string) violation {
		v := violation{rule: rule, body: good, header: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			v.header[pairs[i]] = pairs[i+1]
		}
		return v
	}
	return []violation{
		h("auth_missing", "x-api-key", ""),
		h("auth_invalid_key", "x-api-key", "wrong"),
		h("auth_invalid_bearer", "x-api-key", "", "authorization", "Bearer wrong"),
		h("auth_invalid_bearer", "x-api-key", "", "authorization", "Bearer"),
		h("auth_scheme", "x-api-key", "", "authorization", "Basic key"),
		h("auth_both", "authorization", "Bearer key"),
		h("version_missing", "anthropic-version", ""),
		h("version_unsupported", "anthropic-version", "2026-10-21"),
		h("content_type", "content-type", "text/plain"),
		h("content_type", "content-type", ""),
		h("accept", "accept", "text/html-x, image/png"),
		{rule: "method_not_allowed", method: http.MethodGet},
		{rule: "path_unknown", path: "/v1/complete", body: good},
		{rule: "request_too_large", body: with("metadata", `{"user_id":"`+strings.Repeat("x", strict.MaxBody)+`"}`)},
	}
}

func documentViolations() []violation {
	v := func(rule, body string) violation { return violation{rule: rule, body: body} }
	return []violation{
		v("json_invalid", `{"model":`),
		v("json_invalid", with("metadata", `{"user_id":"\ud83d"}`)),
		v("body_shape", `[]`),
		v("field_unknown", with("n", "1")),
		{rule: "field_unknown", path: "/v1/messages/count_tokens", body: body(nil)},
		v("field_repeated", `{"model":"a","model":"b"}`),
		v("model_missing", with("model", "")),
		v("model_shape", with("model", "7")),
		v("model_unknown", with("model", `"claude-sonnet-4-20250514"`)),
		v("model_unknown", with("model", `"claude-opus-4-6[1m]"`)),
		v("max_tokens_missing", with("max_tokens", "")),
		v("max_tokens_shape", with("max_tokens", `"1"`)),
		v("max_tokens_too_small", with("max_tokens", "0")),
		v("max_tokens_too_large", with("max_tokens", "64001")),
		v("stream_shape", with("stream", `"yes"`)),
		v("sampling_shape", with("temperature", "1.5")),
		v("stop_sequences_shape", with("stop_sequences", `[" "]`)),
		v("metadata_shape", with("metadata", `{"user":"x"}`)),
		v("output_config_shape", with("output_config", `{"effort":"huge"}`)),
		v("effort_unsupported", with("output_config", `{"effort":"low"}`)),
		v("system_shape", with("system", `{"type":"text","text":"x"}`)),
		v("system_shape", with("system", `[{"type":"image"}]`)),
		v("text_empty", with("system", `[{"type":"text","text":""}]`)),
	}
}

func messageViolations() []violation {
	v := func(rule string, messages ...string) violation { return violation{rule: rule, body: talk(messages...)} }
	plain := `{"role":"user","content":"hi"}`
	return []violation{
		{rule: "messages_missing", body: with("messages", "")},
		{rule: "messages_shape", body: with("messages", `{}`)},
		v("messages_empty"),
		v("message_shape", `"hi"`),
		v("message_field_unknown", `{"role":"user","content":"hi","name":"x"}`),
		v("role_invalid", `{"role":"system","content":"hi"}`),
		v("first_not_user", `{"role":"assistant","content":"hi"}`, plain),
		v("roles_alternate", plain, plain),
		v("roles_alternate", plain, modelSays(hi), modelSays(hi), plain),
		v("content_missing", `{"role":"user"}`),
		v("content_shape", `{"role":"user","content":{}}`),
		v("content_empty", `{"role":"user","content":[]}`),
		v("content_empty", `{"role":"user","content":""}`),
		v("trailing_whitespace", plain, modelSays(`{"type":"text","text":"so: "}`)),
		v("prefill", plain, modelSays(hi)),
		v("block_shape", userSays(`"hi"`)),
		v("block_type_missing", userSays(`{"text":"hi"}`)),
		v("block_type_unknown", userSays(`{"type":"hologram"}`)),
		v("block_field_unknown", userSays(`{"type":"text","text":"hi","lang":"en"}`)),
		v("block_role", userSays(callA)),
		v("block_role", plain, modelSays(doneA), plain),
		v("text_missing", userSays(`{"type":"text"}`)),
		v("text_empty", userSays(`{"type":"text","text":""}`)),
		v("text_blank", userSays(`{"type":"text","text":" \n"}`)),
		v("text_blank", `{"role":"user","content":"  "}`),
	}
}

func toolTalkViolations() []violation {
	plain := `{"role":"user","content":"hi"}`
	v := func(rule string, messages ...string) violation {
		return violation{rule: rule, body: talk(append([]string{plain}, messages...)...)}
	}
	result := func(rest string) string { return `{"type":"tool_result","tool_use_id":"a",` + rest + `}` }
	img := `{"type":"image","source":{"type":"url","url":"https://example.com/x.png"}}`
	return []violation{
		v("tool_use_id_charset", modelSays(`{"type":"tool_use","id":"a.b","name":"x","input":{}}`), plain),
		v("tool_use_id_duplicate", modelSays(callA), userSays(doneA), modelSays(callA), userSays(doneA)),
		v("tool_use_name", modelSays(`{"type":"tool_use","id":"a","name":"a.b","input":{}}`), plain),
		v("tool_use_input", modelSays(`{"type":"tool_use","id":"a","name":"x","input":"{}"}`), plain),
		v("tool_use_input", modelSays(`{"type":"tool_use","id":"a","name":"x","input":null}`), plain),
		v("tool_result_missing", modelSays(callA), plain),
		v("tool_result_missing", modelSays(callA)),
		v("tool_result_orphan", modelSays(hi), userSays(doneA)),
		v("tool_result_duplicate", modelSays(callA), userSays(doneA, doneA)),
		v("tool_result_not_first", modelSays(callA), userSays(hi, doneA)),
		v("tool_result_shape", modelSays(callA), userSays(`{"type":"tool_result","content":"x"}`)),
		v("tool_result_shape", modelSays(callA), userSays(result(`"content":7`))),
		v("tool_result_shape", modelSays(callA), userSays(result(`"is_error":"yes"`))),
		v("tool_result_error_content", modelSays(callA), userSays(result(`"is_error":true,"content":[`+img+`]`))),
		v("text_empty", modelSays(callA), userSays(result(`"content":[{"type":"text","text":""}]`))),
		v("block_role", modelSays(callA), userSays(result(`"content":[`+callA+`]`))),
	}
}

func toolViolations() []violation {
	v := func(rule, body string) violation { return violation{rule: rule, body: body} }
	return []violation{
		v("tools_shape", with("tools", `{}`)),
		v("tools_shape", with("tools", `["bash"]`)),
		v("tool_type_unknown", tool(`"type":"bash_20250124","name":"bash"`)),
		v("tool_field_unknown", tool(goodTool+`,"parameters":{}`)),
		v("tool_name_missing", tool(`"input_schema":{"type":"object"}`)),
		v("tool_name_charset", tool(`"name":"mcp.x","input_schema":{"type":"object"}`)),
		v("tool_name_length", tool(`"name":"`+strings.Repeat("x", 65)+`","input_schema":{"type":"object"}`)),
		v("tool_name_duplicate", with("tools", `[{`+goodTool+`},{`+goodTool+`}]`)),
		v("tool_description_shape", tool(goodTool+`,"description":7`)),
		v("tool_schema_missing", tool(`"name":"bash"`)),
		v("tool_schema_type", tool(`"name":"bash","input_schema":{}`)),
		v("tool_schema_combinator", tool(`"name":"bash","input_schema":{"type":"object","anyOf":[]}`)),
		v("tool_choice_shape", choice(`"auto"`)),
		v("tool_choice_shape", choice(`{"type":"tool"}`)),
		v("tool_choice_shape", choice(`{"type":"none","disable_parallel_tool_use":true}`)),
		v("tool_choice_without_tools", with("tool_choice", `{"type":"auto"}`)),
		v("tool_choice_unknown", choice(`{"type":"tool","name":"read"}`)),
		v("tool_choice_thinking", thinking(map[string]string{"tools": `[{` + goodTool + `}]`, "tool_choice": `{"type":"any"}`})),
	}
}

func thinkingViolations() []violation {
	signer := strict.Signer{}
	plain := `{"role":"user","content":"hi"}`
	v := func(rule string, blocks ...string) violation {
		return violation{rule: rule, body: talk(plain, modelSays(blocks...), plain)}
	}
	loop := func(id string, first ...string) string {
		call := fmt.Sprintf(`{"type":"tool_use","id":%q,"name":"x","input":{}}`, id)
		done := fmt.Sprintf(`{"type":"tool_result","tool_use_id":%q,"content":"ok"}`, id)
		return "[" + plain + "," + modelSays(append(first, call)...) + "," + userSays(done) + "]"
	}
	return []violation{
		{rule: "thinking_shape", body: with("thinking", `{"type":"on"}`)},
		{rule: "thinking_shape", body: with("thinking", `{"type":"enabled"}`)},
		{rule: "thinking_unsupported", body: with("thinking", `{"type":"adaptive"}`)},
		{rule: "thinking_unsupported", body: thinking(map[string]string{"model": `"` + adaptiveModel + `"`})},
		{rule: "thinking_budget_small", body: with("thinking", `{"type":"enabled","budget_tokens":1023}`)},
		{rule: "thinking_budget_large", body: with("thinking", `{"type":"enabled","budget_tokens":2048}`)},
		{rule: "thinking_temperature", body: thinking(map[string]string{"temperature": "0.5"})},
		{rule: "thinking_top_p", body: thinking(map[string]string{"top_p": "0.5"})},
		{rule: "thinking_top_k", body: thinking(map[string]string{"top_k": "5"})},
		v("thinking_signature_missing", `{"type":"thinking","thinking":"x"}`, hi),
		v("thinking_signature_invalid", fmt.Sprintf(`{"type":"thinking","thinking":"changed","signature":%q}`, signer.Thinking("x")), hi),
		v("redacted_data_missing", `{"type":"redacted_thinking"}`, hi),
		v("redacted_data_invalid", `{"type":"redacted_thinking","data":"eA=="}`, hi),
		{rule: "thinking_not_first", body: thinking(map[string]string{"messages": loop("foreign")})},
		{rule: "thinking_not_first", body: thinking(map[string]string{"messages": loop(signer.ToolID(1, 1, true), hi)})},
		{rule: "thinking_not_first", body: body(map[string]string{
			"model": `"` + adaptiveModel + `"`, "thinking": `{"type":"adaptive"}`, "messages": loop(signer.ToolID(1, 1, true)),
		})},
	}
}

func cacheViolations() []violation {
	signer := strict.Signer{}
	plain := `{"role":"user","content":"hi"}`
	hour := strings.Replace(cached, `"ephemeral"`, `"ephemeral","ttl":"1h"`, 1)
	v := func(rule string, messages ...string) violation { return violation{rule: rule, body: talk(messages...)} }
	return []violation{
		v("cache_control_shape", userSays(`{"type":"text","text":"hi","cache_control":{"type":"forever"}}`)),
		{rule: "cache_control_shape", body: tool(goodTool + `,"cache_control":{}`)},
		v("cache_control_ttl", userSays(strings.Replace(hour, "1h", "2h", 1))),
		v("cache_control_on_thinking", plain, modelSays(fmt.Sprintf(`{"type":"thinking","thinking":"x","signature":%q,"cache_control":{"type":"ephemeral"}}`, signer.Thinking("x")), hi), plain),
		v("cache_control_on_empty_text", userSays(`{"type":"text","text":"","cache_control":{"type":"ephemeral"}}`)),
		v("cache_control_too_many", userSays(cached, cached, cached, cached, cached)),
		v("cache_control_ttl_order", userSays(cached, hour)),
	}
}

func imageViolations(t *testing.T) []violation {
	t.Helper()
	v := func(rule, body string) violation { return violation{rule: rule, body: body} }
	return []violation{
		v("image_source_shape", talk(userSays(`{"type":"image","source":{"type":"file"}}`))),
		v("image_source_shape", talk(userSays(`{"type":"image","source":{"type":"base64","data":"eA=="}}`))),
		v("image_media_type", picture("image/bmp", pngOf(t, 1))),
		v("image_base64", talk(userSays(`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"data:x"}}`))),
		v("image_too_large", picture("image/png", make([]byte, 5<<20+1))),
		v("image_media_mismatch", picture("image/jpeg", pngOf(t, 1))),
		v("image_unreadable", picture("image/png", []byte("hello"))),
		v("image_unreadable", picture("image/png", pngOf(t, 1)[:12])),
		v("image_dimensions", picture("image/png", pngOf(t, 8001))),
	}
}

func allViolations(t *testing.T) []violation {
	t.Helper()
	var all []violation
	for _, part := range [][]violation{
		headerViolations(), documentViolations(), messageViolations(), toolTalkViolations(),
		toolViolations(), thinkingViolations(), cacheViolations(), imageViolations(t),
	} {
		all = append(all, part...)
	}
	return all
}

func TestEveryViolationGetsItsAnswer(t *testing.T) {
	t.Parallel()
	server, base := serve(t, Options{APIKey: "key"})
	rules := map[string]Violation{}
	for _, v := range Violations() {
		rules[v.Name] = v
	}
	tried := map[string]bool{}
	for i, v := range allViolations(t) {
		tried[v.rule] = true
		t.Run(fmt.Sprintf("%d-%s", i, v.rule), func(t *testing.T) { checkViolation(t, base, v, rules[v.rule]) })
	}
	for name := range rules {
		if !tried[name] {
			t.Errorf("rule %s has no case", name)
		}
	}
	if got := len(server.Violated()); got != len(allViolations(t)) {
		t.Errorf("recorded %d violations, sent %d", got, len(allViolations(t)))
	}
}

func checkViolation(t *testing.T, base string, v violation, want Violation) {
	t.Helper()
	method, path := v.method, v.path
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = "/v1/messages"
	}
	res, reply := do(t, method, base+path, v.body, v.header)
	var e struct {
		Type      string
		RequestID string `json:"request_id"`
		Error     struct{ Type, Message string }
	}
	if err := json.Unmarshal(reply, &e); err != nil {
		t.Fatalf("reply %q: %v", reply, err)
	}
	if got := res.Header.Get("Standin-Violation"); got != v.rule {
		t.Errorf("violation = %q (%s), want %q", got, e.Error.Message, v.rule)
	}
	if res.StatusCode != want.Status || e.Error.Type != want.Type || e.Type != "error" {
		t.Errorf("got %d %s %s, want %d error %s", res.StatusCode, e.Type, e.Error.Type, want.Status, want.Type)
	}
	if e.Error.Message == "" || strings.Contains(e.Error.Message, "%!") {
		t.Errorf("message = %q", e.Error.Message)
	}
	if id := res.Header.Get("Request-Id"); id == "" || id != e.RequestID {
		t.Errorf("request id %q in the header, %q in the body", id, e.RequestID)
	}
}

// TestGoodRequestsPass holds the other side: what clients may rightly send.
func TestGoodRequestsPass(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{APIKey: "key"})
	signer := strict.Signer{}
	plain := `{"role":"user","content":"hi"}`
	thought := fmt.Sprintf(`{"type":"thinking","thinking":"x","signature":%q}`, signer.Thinking("x"))
	redacted := fmt.Sprintf(`{"type":"redacted_thinking","data":%q}`, signer.Redacted("x"))
	marked := func(after bool) (string, string) {
		id := signer.ToolID(7, 1, after)
		return fmt.Sprintf(`{"type":"tool_use","id":%q,"name":"x","input":{"a":1}}`, id),
			fmt.Sprintf(`{"type":"tool_result","tool_use_id":%q}`, id)
	}
	afterCall, afterDone := marked(true)
	plainCall, plainDone := marked(false)
	loop := func(blocks ...string) string {
		return thinking(map[string]string{"messages": "[" + strings.Join(blocks, ",") + "]"})
	}
	for name, b := range map[string]string{
		"plain":             body(nil),
		"alias":             with("model", `"claude-opus-4-5"`),
		"breakpoints":       talk(userSays(cached, cached, cached, cached)),
		"long before short": talk(userSays(strings.Replace(cached, `"ephemeral"`, `"ephemeral","ttl":"1h"`, 1), cached)),
		"parallel calls":    talk(plain, modelSays(callA, strings.Replace(callA, `"a"`, `"b"`, 1)), userSays(doneA, strings.Replace(doneA, `"a"`, `"b"`, 1), hi)),
		"empty result":      talk(plain, modelSays(callA), userSays(`{"type":"tool_result","tool_use_id":"a","content":""}`)),
		"image in a result": talk(plain, modelSays(callA), userSays(`{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":{"type":"url","url":"https://example.com/x.png"}}]}`)),
		"image":             picture("image/png", pngOf(t, 8000)),
		"replayed thinking": talk(plain, modelSays(thought, redacted, hi), plain),
		"thinking loop":     loop(plain, modelSays(thought, afterCall), userSays(afterDone)),
		"redacted loop":     loop(plain, modelSays(redacted, afterCall), userSays(afterDone)),
		"loop without":      loop(plain, modelSays(hi, plainCall), userSays(plainDone)),
		"older turn":        loop(plain, modelSays(callA), userSays(doneA), modelSays(hi), plain),
		"adaptive":          body(map[string]string{"model": `"` + adaptiveModel + `"`, "thinking": `{"type":"adaptive"}`, "output_config": `{"effort":"high"}`}),
		"sampling":          with("temperature", "0.5"),
		"choice":            choice(`{"type":"tool","name":"bash","disable_parallel_tool_use":true}`),
		"nested union":      tool(`"name":"bash","input_schema":{"type":"object","properties":{"a":{"anyOf":[]}}}`),
		"system text":       with("system", `"be kind"`),
		"system blocks":     with("system", `[`+cached+`]`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if res, reply := do(t, http.MethodPost, base+"/v1/messages", b, nil); res.StatusCode != http.StatusOK {
				t.Errorf("%d: %s", res.StatusCode, reply)
			}
		})
	}
}

func TestBearerIsAccepted(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{APIKey: "key"})
	header := map[string]string{"x-api-key": "", "authorization": "Bearer key"}
	res, reply := do(t, http.MethodPost, base+"/v1/messages?beta=true", body(nil), header)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%d: %s", res.StatusCode, reply)
	}
	if got := res.Header.Get("Anthropic-Ratelimit-Unified-Status"); got != "allowed" {
		t.Errorf("unified status = %q", got)
	}
}

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
