package openai

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// validate holds a body against the vendor's rules, written down once more and
// independently of the code that is to keep them. It returns every breach.
func validate(body []byte, _ bool) []string {
	v := &validator{calls: map[string]bool{}, outputs: map[string]bool{}}
	var root map[string]any
	if strings.HasPrefix(string(body), "client_id=") {
		return nil // of the login server
	}
	if err := json.Unmarshal(body, &root); err != nil || !utf8.Valid(body) {
		return []string{fmt.Sprint("no JSON in UTF-8: ", err)}
	}
	v.top(root)
	for i, item := range list(root["input"]) {
		v.item(i, object(item), list(root["input"]))
	}
	for id := range v.calls {
		if !v.outputs[id] {
			v.fail("No tool output found for function call %s", id)
		}
	}
	return v.faults
}

type validator struct {
	faults         []string
	calls, outputs map[string]bool
}

func (v *validator) fail(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

func list(value any) []any {
	l, _ := value.([]any)
	return l
}

func object(value any) map[string]any {
	o, _ := value.(map[string]any)
	return o
}

var word = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func (v *validator) top(root map[string]any) {
	if root["store"] != false || root["stream"] != true {
		v.fail("store %v, stream %v", root["store"], root["stream"])
	}
	if model, _ := root["model"].(string); model == "" {
		v.fail("no model")
	}
	if len(list(root["input"])) == 0 {
		v.fail("no input")
	}
	for _, tool := range list(root["tools"]) {
		t := object(tool)
		if name, _ := t["name"].(string); t["type"] != "function" || !word.MatchString(name) || t["strict"] != false {
			v.fail("tool %v", t)
		}
		if p := object(t["parameters"]); p["type"] != "object" || p["properties"] == nil || p["anyOf"] != nil || p["oneOf"] != nil || p["allOf"] != nil {
			v.fail("parameters %v", p)
		}
	}
}

func (v *validator) item(i int, item map[string]any, all []any) {
	if item["id"] != nil {
		v.fail("item %d has an id", i)
	}
	switch item["type"] {
	case "message":
		v.message(i, item)
	case "reasoning":
		if _, ok := item["summary"].([]any); !ok || item["encrypted_content"] == nil {
			v.fail("reasoning %d: %v", i, item)
		}
		if i+1 == len(all) || !slices.Contains([]any{"reasoning", "function_call"}, object(all[i+1])["type"]) && object(all[i+1])["role"] != "assistant" {
			v.fail("reasoning %d without its following item", i)
		}
	case "function_call":
		id, _ := item["call_id"].(string)
		arguments, _ := item["arguments"].(string)
		if name, _ := item["name"].(string); !word.MatchString(id) || !word.MatchString(name) || v.calls[id] {
			v.fail("call %d: %v", i, item)
		}
		if json.Unmarshal([]byte(arguments), new(map[string]any)) != nil {
			v.fail("arguments of %d: %q", i, arguments)
		}
		v.calls[id] = true
	case "function_call_output":
		id, _ := item["call_id"].(string)
		if !v.calls[id] || v.outputs[id] {
			v.fail("No tool call found for function call output %s", id)
		}
		v.outputs[id] = true
		if _, text := item["output"].(string); !text {
			v.parts(i, list(item["output"]), "input_text", true)
		}
	default:
		v.fail("item %d of type %v", i, item["type"])
	}
}

func (v *validator) message(i int, item map[string]any) {
	switch item["role"] {
	case "user", "developer":
		v.parts(i, list(item["content"]), "input_text", true)
	case "assistant":
		v.parts(i, list(item["content"]), "output_text", false)
	default:
		v.fail("message %d of role %v", i, item["role"])
	}
}

func (v *validator) parts(i int, parts []any, text string, images bool) {
	if len(parts) == 0 {
		v.fail("item %d has no content", i)
	}
	for _, part := range parts {
		p := object(part)
		switch {
		case p["type"] == text:
			if s, _ := p["text"].(string); s == "" {
				v.fail("item %d: empty text", i)
			}
		case p["type"] == "input_image" && images:
			url, _ := p["image_url"].(string)
			media, data, ok := strings.Cut(strings.TrimPrefix(url, "data:"), ";base64,")
			raw, err := base64.StdEncoding.DecodeString(data)
			if !ok || err != nil || http.DetectContentType(raw) != media {
				v.fail("item %d: image of type %q: %v", i, media, err)
			}
		default:
			v.fail("item %d: part %v", i, p["type"])
		}
	}
}
