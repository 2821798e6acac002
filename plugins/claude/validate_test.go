package claude

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jcode-go/jcode/sdk/transcript"
)

// validate holds a body against the vendor's rules, written down once more and
// independently of the code that is to keep them. It returns every breach. A
// paused turn may end with the assistant.
func validate(body []byte, paused bool) []string {
	v := &validator{paused: paused}
	if !utf8.Valid(body) {
		v.fail("the body is not UTF-8")
	}
	var root map[string]any
	if err := json.Unmarshal(body, &root); err != nil {
		return append(v.faults, "no JSON: "+err.Error())
	}
	if bytes.Contains(body, []byte(`\u`)) {
		v.surrogates(string(body))
	}
	v.top(root)
	return v.faults
}

type validator struct {
	paused      bool
	faults      []string
	breakpoints int
	thinking    map[string]any
	ids         map[string]bool
}

func (v *validator) fail(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

var halfPair = regexp.MustCompile(`\\u[dD][89a-fA-F]`)

var surrogatePair = regexp.MustCompile(`\\u[dD][89abAB]..\\u[dD][c-fC-F]..`)

func (v *validator) surrogates(body string) {
	rest := surrogatePair.ReplaceAllString(strings.ReplaceAll(body, `\\`, ""), "")
	if halfPair.MatchString(rest) {
		v.fail("half a surrogate pair")
	}
}

func (v *validator) top(root map[string]any) {
	known := []string{
		"model", "max_tokens", "stream", "thinking", "output_config", "temperature", "stop_sequences",
		"system", "tools", "tool_choice", "messages",
	}
	for key := range root {
		if !slices.Contains(known, key) {
			v.fail("unknown field %s", key)
		}
	}
	if n, ok := root["max_tokens"].(float64); !ok || n < 1 {
		v.fail("max_tokens: %v", root["max_tokens"])
	}
	v.thinking, _ = root["thinking"].(map[string]any)
	if budget, ok := v.thinking["budget_tokens"].(float64); ok && (budget < 1024 || budget >= root["max_tokens"].(float64)) {
		v.fail("budget_tokens: %v of %v", budget, root["max_tokens"])
	}
	if v.thinking != nil && root["temperature"] != nil {
		v.fail("temperature with thinking")
	}
	v.tools(root)
	for _, block := range list(root["system"]) {
		v.text(block, "system")
	}
	v.messages(list(root["messages"]))
	if v.breakpoints > 4 {
		v.fail("%d cache breakpoints", v.breakpoints)
	}
}

func list(value any) []map[string]any {
	items, _ := value.([]any)
	out := make([]map[string]any, len(items))
	for i, item := range items {
		out[i], _ = item.(map[string]any)
	}
	return out
}

var (
	idForm   = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)
	nameForm = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
)

func (v *validator) tools(root map[string]any) {
	names := map[string]bool{}
	for _, tool := range list(root["tools"]) {
		name, _ := tool["name"].(string)
		if !nameForm.MatchString(name) || names[name] {
			v.fail("tool name %q", name)
		}
		names[name] = true
		schema, _ := tool["input_schema"].(map[string]any)
		if schema["type"] != "object" || schema["oneOf"] != nil || schema["anyOf"] != nil || schema["allOf"] != nil {
			v.fail("schema of %s: %v", name, schema)
		}
		v.cache(tool, "tool")
	}
	choice, _ := root["tool_choice"].(map[string]any)
	if choice == nil {
		return
	}
	if len(names) == 0 {
		v.fail("tool_choice without tools")
	}
	if choice["type"] == "tool" && !names[choice["name"].(string)] {
		v.fail("tool_choice names no tool: %v", choice)
	}
	if v.thinking["type"] == "enabled" && (choice["type"] == "tool" || choice["type"] == "any") {
		v.fail("forced tool with thinking")
	}
}

func (v *validator) cache(block map[string]any, kind string) {
	if block["cache_control"] == nil {
		return
	}
	v.breakpoints++
	if kind == "thinking" || kind == "redacted_thinking" {
		v.fail("breakpoint on %s", kind)
	}
}

func (v *validator) text(block map[string]any, where string) {
	text, ok := block["text"].(string)
	if !ok || strings.TrimSpace(text) == "" {
		v.fail("%s: blank text %q", where, text)
	}
	v.cache(block, "text")
}

func (v *validator) messages(messages []map[string]any) {
	v.ids = map[string]bool{}
	if len(messages) == 0 {
		v.fail("no messages")
		return
	}
	var open []string
	for i, m := range messages {
		want := []string{"user", "assistant"}[i%2]
		if m["role"] != want {
			v.fail("message %d has the role %v", i, m["role"])
		}
		blocks := list(m["content"])
		if len(blocks) == 0 {
			v.fail("message %d is empty", i)
			continue
		}
		if want == "user" {
			v.user(i, blocks, open)
			open = nil
		} else {
			open = v.assistant(i, blocks)
		}
	}
	if len(messages)%2 == 0 && !v.paused {
		v.fail("the assistant has the last word")
	}
	v.running(messages)
}

func (v *validator) assistant(i int, blocks []map[string]any) (open []string) {
	for _, b := range blocks {
		switch b["type"] {
		case "text":
			v.text(b, fmt.Sprint("message ", i))
		case "thinking", "redacted_thinking":
			if v.thinking == nil {
				v.fail("message %d: thinking while it is off", i)
			}
			if b["type"] == "thinking" && b["signature"] == "" || b["type"] == "redacted_thinking" && b["data"] == "" {
				v.fail("message %d: unsigned thinking", i)
			}
			v.cache(b, "thinking")
		case "tool_use":
			id, _ := b["id"].(string)
			if !idForm.MatchString(id) || v.ids[id] {
				v.fail("message %d: tool_use id %q", i, id)
			}
			v.ids[id] = true
			if _, ok := b["input"].(map[string]any); !ok {
				v.fail("message %d: input %v", i, b["input"])
			}
			if name, _ := b["name"].(string); !nameForm.MatchString(name) {
				v.fail("message %d: tool_use name %q", i, name)
			}
			open = append(open, id)
			v.cache(b, "tool_use")
		case "server_tool_use", "web_search_tool_result":
			if !v.paused {
				v.fail("message %d: %v outside of a paused turn", i, b["type"])
			}
		default:
			v.fail("message %d: %v by the assistant", i, b["type"])
		}
	}
	if last := blocks[len(blocks)-1]["type"]; last == "thinking" || last == "redacted_thinking" {
		v.fail("message %d ends in thinking", i)
	}
	return open
}

func (v *validator) user(i int, blocks []map[string]any, open []string) {
	answered := map[string]bool{}
	other := false
	for _, b := range blocks {
		switch b["type"] {
		case "tool_result":
			id, _ := b["tool_use_id"].(string)
			if !slices.Contains(open, id) || answered[id] || other {
				v.fail("message %d: result of %q (open %v, already %v, after others %v)", i, id, open, answered[id], other)
			}
			answered[id] = true
			v.result(i, b)
		case "text":
			other = true
			v.text(b, fmt.Sprint("message ", i))
		case "image":
			other = true
			v.image(i, b)
		default:
			v.fail("message %d: %v by the user", i, b["type"])
		}
	}
	for _, id := range open {
		if !answered[id] {
			v.fail("message %d: no result of %q", i, id)
		}
	}
}

func (v *validator) result(i int, b map[string]any) {
	failed := b["is_error"] == true
	if text, ok := b["content"].(string); ok {
		if failed && strings.TrimSpace(text) == "" {
			v.fail("message %d: an error without text", i)
		}
		return
	}
	content := list(b["content"])
	if failed && len(content) == 0 {
		v.fail("message %d: an error without text", i)
	}
	for _, inner := range content {
		switch {
		case inner["type"] == "text":
			v.text(inner, "result")
		case inner["type"] == "image" && !failed:
			v.image(i, inner)
		default:
			v.fail("message %d: %v in a result", i, inner["type"])
		}
	}
}

func (v *validator) image(i int, b map[string]any) {
	source, _ := b["source"].(map[string]any)
	data, err := base64.StdEncoding.DecodeString(fmt.Sprint(source["data"]))
	if err != nil || source["type"] != "base64" {
		v.fail("message %d: image source", i)
		return
	}
	if media := transcript.SniffImage(data); media == "" || media != source["media_type"] {
		v.fail("message %d: %v is %q", i, source["media_type"], media)
	}
}

// running checks that a turn with tools begins with thinking under a budget.
func (v *validator) running(messages []map[string]any) {
	if v.thinking["type"] != "enabled" {
		return
	}
	first := -1
	for i, m := range messages {
		blocks := list(m["content"])
		switch {
		case m["role"] == "user" && len(blocks) > 0 && blocks[0]["type"] != "tool_result":
			first = -1
		case m["role"] == "assistant" && first < 0:
			first = i
		}
	}
	if first < 0 {
		return
	}
	blocks := list(messages[first]["content"])
	hasCall := slices.ContainsFunc(blocks, func(b map[string]any) bool { return b["type"] == "tool_use" })
	if hasCall && blocks[0]["type"] != "thinking" && blocks[0]["type"] != "redacted_thinking" {
		v.fail("the running turn does not begin with thinking")
	}
}
