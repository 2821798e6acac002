package responses

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/tools/standin/internal/responserules"
)

// violation is a request that breaks one rule.
type violation struct {
	rule   string
	method string
	path   string // "" for the ChatGPT face
	header map[string]string
	body   string
}

func headerViolations() []violation {
	good := body(nil)
	h := func(rule, path string, pairs ...string) violation {
		v := violation{rule: rule, path: path, body: good, header: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			v.header[pairs[i]] = pairs[i+1]
		}
		return v
	}
	return []violation{
		h("auth_missing", platformPath, "authorization", ""),
		h("auth_missing", chatGPTPath, "authorization", ""),
		h("auth_scheme", platformPath, "authorization", "Basic key"),
		h("auth_scheme", chatGPTPath, "authorization", "Bearer"),
		h("auth_invalid_key", platformPath, "authorization", "Bearer wrong"),
		h("auth_wrong_host", platformPath, "authorization", "Bearer token"),
		h("auth_wrong_host", platformPath, "authorization", "Bearer expired"),
		h("auth_token_expired", chatGPTPath, "authorization", "Bearer expired"),
		h("auth_token_invalidated", chatGPTPath, "authorization", "Bearer key"),
		h("account_id_missing", chatGPTPath, "chatgpt-account-id", ""),
		h("account_id_mismatch", chatGPTPath, "chatgpt-account-id", "org-1"),
		h("originator_missing", chatGPTPath, "originator", ""),
		h("content_type", chatGPTPath, "content-type", "text/plain"),
		h("content_type", platformPath, "content-type", ""),
		h("content_encoding", chatGPTPath, "content-encoding", "zstd"),
		h("accept", chatGPTPath, "accept", "application/json"),
		h("accept", chatGPTPath, "accept", ""),
		h("accept", platformPath, "accept", "image/png"),
		{rule: "method_not_allowed", method: http.MethodGet},
		{rule: "method_not_allowed", method: http.MethodPut, path: platformPath},
		{rule: "path_unknown", path: "/responses", body: good},
		{rule: "path_unknown", path: "/v1/chat/completions", body: good},
		{rule: "client_version_missing", method: http.MethodGet, path: "/backend-api/codex/models"},
		{rule: "request_too_large", body: with("client_metadata", `{"x":"`+strings.Repeat("x", responserules.MaxBody)+`"}`)},
	}
}

func documentViolations() []violation {
	c := func(rule, body string) violation { return violation{rule: rule, body: body} }
	p := func(rule, body string) violation { return violation{rule: rule, path: platformPath, body: body} }
	all := []violation{
		c("json_invalid", `{"model":`), p("json_invalid", with("user", `"\ud83d"`)), c("body_shape", `[]`),
		c("field_repeated", `{"model":"a","model":"b"}`),
		p("parameter_unknown", with("max_tokens", "1")), p("parameter_unknown", with("client_metadata", "{}")),
		c("model_missing", with("model", "")), p("model_missing", with("model", "")), c("model_shape", with("model", `""`)),
		c("model_foreign", with("model", `"gpt-5.2-codex"`)), c("model_foreign", with("model", `"gpt-4.1"`)),
		p("model_unknown", with("model", `"gpt-6-astra"`)), p("model_unknown", with("model", `"claude-opus-5"`)),
		c("input_missing", with("input", "")), c("input_string", with("input", `"hi"`)), p("input_shape", with("input", "7")), c("input_empty", with("input", "[]")),
		c("instructions_missing", with("instructions", "")), c("instructions_missing", with("instructions", `""`)), p("instructions_shape", with("instructions", "[]")),
		c("store_not_false", with("store", "")), c("store_not_false", with("store", "true")), c("store_not_false", with("store", "null")), p("store_shape", with("store", `"no"`)),
		c("stream_not_true", with("stream", "")), c("stream_not_true", with("stream", "false")), p("stream_shape", with("stream", `"yes"`)),
		c("include_value", with("include", `["everything"]`)), c("include_value", with("include", `"x"`)),
		p("sampling_unsupported", with("temperature", "0.5")),
		p("sampling_shape", body(map[string]string{"model": `"gpt-4.1"`, "temperature": "3"})),
		p("max_output_tokens_shape", with("max_output_tokens", "1")),
		c("reasoning_parameter_shape", with("reasoning", `{"effort":"low","summary":"all"}`)), c("reasoning_parameter_shape", with("reasoning", `"high"`)),
		c("effort_unsupported", with("reasoning", `{"effort":"ultra"}`)),
		p("reasoning_unsupported", body(map[string]string{"model": `"gpt-4.1"`, "reasoning": `{"effort":"low"}`})),
		c("text_parameter_shape", with("text", `{"verbosity":"huge"}`)),
		c("parallel_tool_calls_shape", with("parallel_tool_calls", `1`)),
		c("prompt_cache_key_shape", with("prompt_cache_key", `"`+strings.Repeat("k", 65)+`"`)),
		p("prompt_cache_retention_value", with("prompt_cache_retention", `"1h"`)),
		c("parameter_shape", with("service_tier", "1")), p("parameter_shape", with("metadata", `"x"`)),
		p("previous_response_unknown", with("previous_response_id", `"resp_1"`)),
	}
	for _, name := range []string{
		"max_output_tokens", "temperature", "top_p", "prompt_cache_retention", "prompt_cache_options", "truncation",
		"previous_response_id", "metadata", "user", "background", "n", "frequency_penalty",
	} {
		all = append(all, c("parameter_unsupported", with(name, "1")))
	}
	return all
}

func tool(rest string) string { return with("tools", `[{"type":"function",`+rest+`}]`) }

func schema(properties string) string {
	return tool(`"name":"x","parameters":{"type":"object","properties":` + properties + `}`)
}

func strictSchema(rest string) string {
	return tool(`"name":"x","strict":true,"parameters":{"type":"object",` + rest + `}`)
}

func toolViolations() []violation {
	v := func(rule, body string) violation { return violation{rule: rule, body: body} }
	const good = `"name":"bash","parameters":{"type":"object","properties":{}}`
	choice := func(c string) string {
		return body(map[string]string{"tools": `[{"type":"function",` + good + `}]`, "tool_choice": c})
	}
	return []violation{
		v("tools_shape", with("tools", `{}`)), v("tools_shape", with("tools", `["bash"]`)),
		v("tool_type_unknown", with("tools", `[{"name":"bash"}]`)), v("tool_type_unknown", with("tools", `[{"type":"telepathy"}]`)),
		v("tool_not_flat", tool(`"function":{`+good+`}`)),
		v("tool_field_unknown", tool(good+`,"input_schema":{}`)),
		v("tool_name_missing", tool(`"parameters":{"type":"object","properties":{}}`)),
		v("tool_name_charset", tool(`"name":"mcp.x"`)), v("tool_name_length", tool(`"name":"`+strings.Repeat("x", 65)+`"`)),
		v("tool_name_duplicate", with("tools", `[{"type":"function",`+good+`},{"type":"function",`+good+`}]`)),
		v("tool_description_shape", tool(good+`,"description":7`)), v("tool_strict_shape", tool(good+`,"strict":"no"`)),
		v("tool_format_shape", with("tools", `[{"type":"custom","name":"p","format":{"type":"grammar","syntax":"bnf","definition":"x"}}]`)),
		v("schema_type", tool(`"name":"x","parameters":{}`)), v("schema_type", tool(`"name":"x","parameters":{"type":"string"}`)),
		v("schema_top_level_union", tool(`"name":"x","parameters":{"type":"object","properties":{},"anyOf":[]}`)),
		v("schema_top_level_union", tool(`"name":"x","parameters":{"type":"object","properties":{},"oneOf":[]}`)),
		v("schema_top_level_union", tool(`"name":"x","parameters":{"type":"object","properties":{},"allOf":[]}`)),
		v("schema_properties_missing", tool(`"name":"x","parameters":{"type":"object"}`)),
		v("schema_items_missing", schema(`{"a":{"type":"array"}}`)),
		v("schema_boolean", schema(`{"a":true}`)), v("schema_boolean", schema(`{"a":{"type":"array","items":false}}`)),
		v("schema_boolean", schema(`{"a":{"anyOf":[true]}}`)),
		v("schema_shape", schema(`{"a":"string"}`)), v("schema_unique_items", schema(`{"a":{"type":"array","items":{},"uniqueItems":true}}`)),
		v("schema_ref_dangling", schema(`{"a":{"$ref":"#/$defs/A"}}`)), v("schema_ref_dangling", schema(`{"a":{"$ref":"https://example.com/a"}}`)),
		v("schema_format", schema(`{"a":{"type":"string","format":"uint32"}}`)),
		v("strict_additional_properties", strictSchema(`"properties":{}`)), v("strict_additional_properties", strictSchema(`"properties":{},"additionalProperties":true`)),
		v("strict_required", strictSchema(`"properties":{"a":{"type":"string"}},"additionalProperties":false`)),
		v("strict_type_missing", strictSchema(`"properties":{"a":{}},"required":["a"],"additionalProperties":false`)),
		v("strict_keyword", strictSchema(`"properties":{"a":{"type":"string","default":"x"}},"required":["a"],"additionalProperties":false`)),
		v("tool_choice_shape", choice(`"any"`)), v("tool_choice_shape", choice(`{"type":"function","function":{"name":"bash"}}`)),
		v("tool_choice_without_tools", with("tool_choice", `"required"`)),
		v("tool_choice_unknown", choice(`{"type":"function","name":"read"}`)),
	}
}

func itemViolations() []violation {
	v := func(rule string, items ...string) violation { return violation{rule: rule, body: talk(items...)} }
	user := func(part string) string { return `{"type":"message","role":"user","content":[` + part + `]}` }
	call := func(rest string) string { return `{"type":"function_call",` + rest + `}` }
	sealer := responserules.Sealer{}
	after := sealer.ID("msg_", 1, 1, true)
	return []violation{
		v("item_shape", `"hi"`), v("item_type_unknown", `{"type":"hologram"}`), v("item_type_unknown", `{}`),
		v("item_field_unknown", strings.Replace(hi, `"role"`, `"name":"x","role"`, 1)),
		v("item_field_unknown", strings.Replace(doneA, `"output"`, `"is_error":true,"output"`, 1)),
		v("item_id_shape", hi, `{"id":"call_1",`+callA[1:], doneA), v("item_id_shape", `{"id":"msg_`+strings.Repeat("x", 64)+`",`+hi[1:]),
		v("item_not_found", hi, `{"type":"item_reference","id":"rs_1"}`), v("item_not_found", hi, `{"type":"reasoning","id":"rs_1","summary":[]}`, said),
		v("item_without_reasoning", hi, fmt.Sprintf(`{"id":%q,`, after)+said[1:], hi),
		v("role_invalid", `{"role":"tool","content":"x"}`), v("role_system", `{"role":"system","content":"x"}`),
		v("content_missing", `{"type":"message","role":"user"}`), v("content_shape", `{"role":"user","content":7}`), v("content_empty", `{"role":"user","content":[]}`),
		v("part_shape", user(`"hi"`)), v("part_shape", user(`{"text":"hi"}`)),
		v("part_role", user(`{"type":"output_text","text":"x"}`)), v("part_role", user(`{"type":"text","text":"x"}`)),
		v("part_role", hi, strings.Replace(said, "output_text", "input_text", 1), hi),
		v("part_field_unknown", user(`{"type":"input_text","text":"x","cache_control":{}}`)),
		v("part_text_missing", user(`{"type":"input_text"}`)), v("part_text_missing", hi, strings.Replace(said, `"text":"yes"`, `"text":null`, 1), hi),
		v("call_id_missing", hi, call(`"name":"x","arguments":"{}"`)), v("call_id_missing", hi, `{"type":"function_call_output","output":"x"}`),
		v("call_id_length", hi, call(`"call_id":"`+strings.Repeat("x", 65)+`","name":"x","arguments":"{}"`)),
		v("call_id_charset", hi, call(`"call_id":"a.b","name":"x","arguments":"{}"`)),
		v("call_name", hi, call(`"call_id":"a","name":"a.b","arguments":"{}"`)), v("call_name", hi, call(`"call_id":"a","name":"","arguments":"{}"`)),
		v("arguments_shape", hi, call(`"call_id":"a","name":"x","arguments":{}`)), v("arguments_shape", hi, call(`"call_id":"a","name":"x"`)),
		v("arguments_json", hi, call(`"call_id":"a","name":"x","arguments":""`)), v("arguments_json", hi, call(`"call_id":"a","name":"x","arguments":"[]"`)), v("arguments_json", hi, call(`"call_id":"a","name":"x","arguments":"null"`)),
		v("custom_input_shape", hi, `{"type":"custom_tool_call","call_id":"a","name":"x","input":{}}`),
		v("output_shape", hi, callA, strings.Replace(doneA, `"ok"`, `null`, 1)), v("output_shape", hi, callA, strings.Replace(doneA, `"ok"`, `[]`, 1)),
		v("part_role", hi, callA, strings.Replace(doneA, `"ok"`, `[{"type":"output_text","text":"x"}]`, 1)),
		v("tool_output_missing", hi, callA), v("tool_output_missing", hi, callA, hi),
		v("tool_output_orphan", hi, doneA), v("tool_output_orphan", hi, callA, doneA, strings.Replace(doneA, `"a"`, `"b"`, 1)),
		v("tool_output_orphan", hi, callA, strings.Replace(doneA, "function_call_output", "custom_tool_call_output", 1)),
		v("tool_output_before_call", hi, doneA, callA), v("tool_output_duplicate", hi, callA, doneA, doneA), v("call_id_duplicate", hi, callA, callA, doneA),
	}
}

func reasoningItem(rest string) string { return `{"type":"reasoning",` + rest + `}` }

func reasoningViolations() []violation {
	v := func(rule string, items ...string) violation { return violation{rule: rule, body: talk(items...)} }
	sealer := responserules.Sealer{}
	sealed := fmt.Sprintf(`"encrypted_content":%q`, sealer.Seal("acc", "gpt-5.5", "1", 0))
	r := func(account, model string) string {
		return reasoningItem(fmt.Sprintf(`"summary":[],"encrypted_content":%q`, sealer.Seal(account, model, "1", 0)))
	}
	return []violation{
		v("reasoning_summary_shape", hi, reasoningItem(sealed), said), v("reasoning_summary_shape", hi, reasoningItem(`"summary":["x"],`+sealed), said),
		v("reasoning_content_shape", hi, reasoningItem(`"summary":[],"content":"x",`+sealed), said),
		v("reasoning_content_shape", hi, reasoningItem(`"summary":[],"content":[{"type":"output_text"}],`+sealed), said),
		v("encrypted_content_missing", hi, reasoningItem(`"summary":[]`), said),
		v("encrypted_content_length", hi, reasoningItem(`"summary":[],"encrypted_content":"gAAAAA`+strings.Repeat("A", 10_485_760)+`"`), said),
		v("encrypted_content_invalid", hi, reasoningItem(`"summary":[],"encrypted_content":"gAAAAAfull"`), said),
		v("encrypted_content_invalid", hi, strings.Replace(r("acc", "gpt-5.5"), `content":"gAAAAA`, `content":"gAAAAB`, 1), said),
		v("encrypted_content_foreign", hi, r("other", "gpt-5.5"), said), v("encrypted_content_foreign", hi, r("acc", "gpt-6.1-sol"), said),
		v("reasoning_without_following_item", hi, r("acc", "gpt-5.5")), v("reasoning_without_following_item", hi, r("acc", "gpt-5.5"), hi),
		v("reasoning_without_following_item", hi, callA, r("acc", "gpt-5.5"), doneA),
	}
}

func pngOf(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func picture(url string) string {
	return `{"role":"user","content":[{"type":"input_image","image_url":"` + url + `"}]}`
}

func dataURL(media string, data []byte) string {
	return "data:" + media + ";base64," + base64.StdEncoding.EncodeToString(data)
}

func imageViolations(t *testing.T) []violation {
	t.Helper()
	v := func(rule, item string) violation { return violation{rule: rule, body: talk(item)} }
	return []violation{
		v("image_source_shape", `{"role":"user","content":[{"type":"input_image"}]}`),
		v("image_source_shape", `{"role":"user","content":[{"type":"input_image","image_url":{"url":"x"}}]}`),
		v("image_detail", `{"role":"user","content":[{"type":"input_image","image_url":"data:","detail":"fine"}]}`),
		v("image_url_shape", picture("file:///x.png")), v("image_url_shape", picture("data:text/plain;base64,eA==")), v("image_url_shape", picture("data:image/png,x")),
		v("image_download", picture("https://example.com/x.png")),
		v("image_base64", picture("data:image/png;base64,***")), v("image_base64", picture("data:image/png;base64,")),
		v("image_format", picture(dataURL("image/bmp", pngOf(t)))), v("image_media_mismatch", picture(dataURL("image/jpeg", pngOf(t)))),
		v("image_unreadable", picture(dataURL("image/png", []byte("hello")))), v("image_unreadable", picture(dataURL("image/png", pngOf(t)[:12]))),
		v("image_too_large", picture("data:image/png;base64,"+strings.Repeat("AAAA", 20<<20/3+1))),
		v("image_media_mismatch", strings.Replace(strings.Replace(doneA, `"a"`, `"z"`, 1), `"ok"`, `[{"type":"input_image","image_url":"`+dataURL("image/gif", pngOf(t))+`"}]`, 1)),
	}
}

func allViolations(t *testing.T) []violation {
	t.Helper()
	var all []violation
	for _, part := range [][]violation{
		headerViolations(), documentViolations(), toolViolations(), itemViolations(), reasoningViolations(), imageViolations(t),
	} {
		all = append(all, part...)
	}
	return all
}

func accounts(token string) Account {
	return Account{ID: "acc", Known: token == "token", Expired: token == "expired"}
}

func TestEveryViolationGetsItsAnswer(t *testing.T) {
	t.Parallel()
	server, base := serve(t, Options{APIKey: "key", Account: accounts})
	rules := map[string]Violation{}
	for _, v := range Violations() {
		rules[v.Name] = v
	}
	tried := map[string]bool{}
	all := allViolations(t)
	for i, v := range all {
		tried[v.rule] = true
		t.Run(fmt.Sprintf("%d-%s", i, v.rule), func(t *testing.T) { checkViolation(t, base, v, rules[v.rule]) })
	}
	for name := range rules {
		if !tried[name] {
			t.Errorf("rule %s has no case", name)
		}
	}
	if got := len(server.Violated()); got != len(all) {
		t.Errorf("recorded %d violations, sent %d", got, len(all))
	}
}

func checkViolation(t *testing.T, base string, v violation, want Violation) {
	t.Helper()
	method, path := v.method, v.path
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = chatGPTPath
	}
	res, reply := do(t, method, base+path, v.body, v.header)
	var e struct {
		Detail json.RawMessage
		Error  *struct {
			Message string
			Code    *string
		}
	}
	if err := json.Unmarshal(reply, &e); err != nil {
		t.Fatalf("reply %q: %v", reply, err)
	}
	if got := res.Header.Get("Standin-Violation"); got != v.rule {
		t.Errorf("violation = %q, want %q: %s", got, v.rule, reply)
	}
	detailed := strings.HasPrefix(want.Shape, "detail") && strings.Contains(path, "/backend-api/")
	if res.StatusCode != want.Status || (e.Detail != nil) != detailed || (e.Error != nil) == detailed {
		t.Errorf("got %d %s, want %d, with detail: %v", res.StatusCode, reply, want.Status, detailed)
	}
	if e.Error != nil && (e.Error.Message == "" || (e.Error.Code == nil) != (want.Code == "")) || bytes.Contains(reply, []byte("%!")) {
		t.Errorf("error %s, want code %q", reply, want.Code)
	}
	if res.Header.Get("X-Request-Id") == "" {
		t.Error("no request id")
	}
}

// TestGoodRequestsPass holds the other side: what clients may rightly send.
func TestGoodRequestsPass(t *testing.T) {
	t.Parallel()
	server, base := serve(t, Options{APIKey: "key", Account: accounts})
	sealer := responserules.Sealer{}
	thought := reasoningItem(fmt.Sprintf(`"id":"rs_1","summary":[{"type":"summary_text","text":"x"}],"content":null,"encrypted_content":%q`, sealer.Seal("acc", "gpt-5.5", "1", 0)))
	callB, doneB := strings.Replace(callA, `"a"`, `"b"`, 1), strings.Replace(doneA, `"a"`, `"b"`, 1)
	custom := `{"type":"custom_tool_call","call_id":"c","name":"p","input":"x"},{"type":"custom_tool_call_output","call_id":"c","output":"ok"}`
	marked := func(prefix string) string { return fmt.Sprintf(`{"id":%q,`, sealer.ID(prefix, 1, 1, true)) }
	for name, b := range map[string]string{
		"plain":           body(nil),
		"easy message":    talk(`{"role":"user","content":"hi"}`, `{"role":"developer","content":"x"}`),
		"parallel":        talk(hi, callA, callB, doneA, doneB),
		"one by one":      talk(hi, callA, doneA, callB, doneB, said, hi),
		"custom":          talk(hi, custom),
		"thinking":        talk(hi, thought, callA, doneA, thought, said, hi),
		"ids":             talk(hi, thought, marked("msg_")+said[1:], hi),
		"image":           talk(picture(dataURL("image/png", pngOf(t)))),
		"image in output": talk(hi, callA, strings.Replace(doneA, `"ok"`, `[{"type":"input_text","text":"x"},{"type":"input_image","detail":"auto","image_url":"`+dataURL("image/png", pngOf(t))+`"}]`, 1)),
		"refusal":         talk(hi, `{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}`, hi),
		"options": body(map[string]string{
			"reasoning": `{"effort":"xhigh","summary":"auto"}`, "text": `{"verbosity":"low"}`, "prompt_cache_key": `"k"`, "parallel_tool_calls": "true",
			"tools":       `[{"type":"function","name":"bash","description":"d","strict":false,"parameters":{"type":"object","properties":{"a":{"$ref":"#/$defs/A"},"b":{"anyOf":[{"type":"string"},{"type":"null"}]}},"$defs":{"A":{"type":"array","items":{"type":"string","format":"date"}}},"additionalProperties":false}},{"type":"custom","name":"p","format":{"type":"text"}}]`,
			"tool_choice": `"auto"`, "client_metadata": `{"x":"y"}`, "service_tier": `"priority"`,
		}),
		"strict tool": tool(`"name":"x","strict":true,"parameters":{"type":"object","properties":{"a":{"type":["string","null"]}},"required":["a"],"additionalProperties":false}`),
	} {
		if res, reply := do(t, http.MethodPost, base+chatGPTPath, b, nil); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", name, res.StatusCode, reply)
		}
	}
	for name, b := range map[string]string{
		"plain":  body(nil),
		"string": body(map[string]string{"input": `"hi"`, "instructions": "", "store": "", "stream": "", "include": ""}),
		"public": body(map[string]string{"max_output_tokens": "16", "metadata": `{"a":"b"}`, "truncation": `"auto"`, "prompt_cache_retention": `"24h"`}),
		"old":    body(map[string]string{"model": `"gpt-4.1"`, "temperature": "0.5", "input": `[{"role":"system","content":"x"},` + hi + `]`}),
	} {
		header := map[string]string{"accept": "application/json"} // as the vendor's own SDK
		if res, reply := do(t, http.MethodPost, base+platformPath, b, header); res.StatusCode != http.StatusOK {
			t.Errorf("platform, %s: %d %s", name, res.StatusCode, reply)
		}
	}
	if got := server.Violated(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
