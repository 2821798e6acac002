//go:build unix

package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// parse decodes a stream of events; every line must be a JSON object.
func parse(t *testing.T, stdout string) []map[string]any {
	t.Helper()
	var events []map[string]any
	for line := range strings.Lines(stdout) {
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("not a JSON object: %v: %s", err, clip(line))
		}
		events = append(events, event)
	}
	if len(events) == 0 {
		t.Fatal("no events")
	}
	return events
}

func count(events []map[string]any, kind, subtype string) int {
	n := 0
	for _, e := range events {
		if e["type"] == kind && (subtype == "" || e["subtype"] == subtype) {
			n++
		}
	}
	return n
}

// checkStream checks what holds for every stream, however the run ended.
func checkStream(t *testing.T, r result) {
	t.Helper()
	events := parse(t, r.stdout)
	last := events[len(events)-1]
	if count(events, "result", "") != 1 || last["type"] != "result" {
		t.Fatalf("want exactly one result, the last: %s", clip(r.stdout))
	}
	if len(events) > 1 && (events[0]["type"] != "system" || events[0]["subtype"] != "init") {
		t.Errorf("the first event is %v %v", events[0]["type"], events[0]["subtype"])
	}
	if isError, code := last["is_error"], last["exit_code"]; isError != (code != float64(0)) || code != float64(r.code) {
		t.Errorf("is_error %v, exit_code %v, process %d", isError, code, r.code)
	}
	if strings.ContainsAny(r.stdout, "\u2028\u2029\r") {
		t.Error("a line separator is not escaped")
	}
	pairs(t, events)
}

// pairs checks that each tool call has exactly one result.
func pairs(t *testing.T, events []map[string]any) {
	t.Helper()
	open := map[string]int{}
	for _, e := range events {
		message, _ := e["message"].(map[string]any)
		content, _ := message["content"].([]any)
		for _, c := range content {
			block, _ := c.(map[string]any)
			switch block["type"] {
			case "tool_use":
				id, _ := block["id"].(string)
				open[id]++
			case "tool_result":
				id, _ := block["tool_use_id"].(string)
				open[id]--
			}
		}
	}
	for id, n := range open {
		if n != 0 {
			t.Errorf("tool call %s: calls minus results is %d", id, n)
		}
	}
}

// find returns the first string under key, at any depth.
func find(t *testing.T, value any, key string) string {
	t.Helper()
	if s, ok := search(value, key); ok {
		return s
	}
	t.Fatalf("no %s in the events", key)
	return ""
}

func search(value any, key string) (string, bool) {
	switch v := value.(type) {
	case []map[string]any:
		for _, item := range v {
			if s, ok := search(item, key); ok {
				return s, true
			}
		}
	case []any:
		for _, item := range v {
			if s, ok := search(item, key); ok {
				return s, true
			}
		}
	case map[string]any:
		if s, ok := v[key].(string); ok && s != "" {
			return s, true
		}
		for _, item := range v {
			if s, ok := search(item, key); ok {
				return s, true
			}
		}
	}
	return "", false
}

// parseOne decodes output that is one JSON value.
func parseOne(t *testing.T, stdout string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(stdout), &value); err != nil {
		t.Fatalf("not JSON: %v: %s", err, clip(stdout))
	}
	return value
}
