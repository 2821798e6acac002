package openai

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestParameters(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"fine as it is", `{"type":"object","properties":{"b":{"type":"string"},"a":{}},"additionalProperties":false}`, `{"type":"object","properties":{"b":{"type":"string"},"a":{}},"additionalProperties":false}`},
		{"nothing", ``, `{"type":"object","properties":{}}`},
		{"no properties", `{"type":"object"}`, `{"properties":{},"type":"object"}`},
		{"a combinator at the top", `{"oneOf":[{"properties":{"a":{}}}]}`, `{"properties":{"a":{}},"type":"object"}`},
		{"enum and not at the top", `{"type":"object","properties":{},"enum":[1],"not":{}}`, `{"properties":{},"type":"object"}`},
		{"boolean schemas", `{"type":"object","properties":{"a":true,"b":{"type":"array","items":false}}}`, `{"properties":{"a":{},"b":{"items":{},"type":"array"}},"type":"object"}`},
		{"uniqueItems", `{"type":"object","properties":{"a":{"type":"array","items":{},"uniqueItems":true}}}`, `{"properties":{"a":{"items":{},"type":"array"}},"type":"object"}`},
		{"an array of nothing", `{"type":"object","properties":{"a":{"type":["array","null"]}}}`, `{"properties":{"a":{"items":{},"type":["array","null"]}},"type":"object"}`},
		{"formats", `{"type":"object","properties":{"a":{"format":"uri"},"b":{"format":"uuid"}}}`, `{"properties":{"a":{},"b":{"format":"uuid"}},"type":"object"}`},
		{"references", `{"type":"object","properties":{"a":{"$ref":"#/$defs/x"},"b":{"$ref":"#/$defs/gone"},"c":{"$ref":"http://h/x"}},"$defs":{"x":{"type":"string"}}}`, `{"$defs":{"x":{"type":"string"}},"properties":{"a":{"$ref":"#/$defs/x"},"b":{},"c":{}},"type":"object"}`},
		{"deep down", `{"type":"object","properties":{"a":{"anyOf":[{"additionalProperties":{"uniqueItems":true}}]}}}`, `{"properties":{"a":{"anyOf":[{"additionalProperties":{}}]}},"type":"object"}`},
		{"numbers keep their digits", `{"type":"object","properties":{"a":{"maximum":9007199254740993,"uniqueItems":true}}}`, `{"properties":{"a":{"maximum":9007199254740993}},"type":"object"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := string(parameters([]byte(tt.in))); got != tt.want {
				t.Error(got)
			}
		})
	}
}

func FuzzParameters(f *testing.F) {
	for _, seed := range []string{`{"type":"object"}`, `{"anyOf":[{"properties":{"a":true}}]}`, `{"$ref":"#"}`, `{"properties":{"a":{"$ref":"#/properties/a"}}}`, `[`, `{"properties":3,"items":true}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out := parameters(in)
		var schema map[string]any
		if err := json.Unmarshal(out, &schema); err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		if _, ok := schema["properties"].(map[string]any); !ok || schema["type"] != "object" || schema["anyOf"] != nil || schema["enum"] != nil {
			t.Errorf("%q became %q", in, out)
		}
		if !bytes.Equal(out, parameters(in)) || !bytes.Equal(out, parameters(out)) {
			t.Errorf("%q is not stable", out)
		}
	})
}
