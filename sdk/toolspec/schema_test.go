package toolspec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

func FuzzObjectSchema(f *testing.F) {
	for _, seed := range []string{
		`{"type":"object"}`, `{"anyOf":[{"properties":{"a":{}}}]}`, `{"oneOf":1,"properties":3,"required":"x"}`, `[]`, `null`, ``, `{"type":"string"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out := ObjectSchema(in)
		var schema map[string]any
		if err := json.Unmarshal(out, &schema); err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		if schema["type"] != "object" || schema["oneOf"] != nil || schema["anyOf"] != nil || schema["allOf"] != nil {
			t.Errorf("%q became %q", in, out)
		}
		if !bytes.Equal(out, ObjectSchema(in)) {
			t.Error("not the same bytes twice")
		}
	})
}

func TestObjectSchema(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"as it is", `{"type":"object","properties":{"b":{},"a":{}}}`, `{"type":"object","properties":{"b":{},"a":{}}}`},
		{"nothing", ``, emptySchema},
		{"no object", `[1]`, emptySchema},
		{"no type", `{"properties":{"a":{}}}`, `{"properties":{"a":{}},"type":"object"}`},
		{"any of", `{"anyOf":[{"properties":{"a":{}},"required":["a"]},{"properties":{"b":{}}}]}`, `{"properties":{"a":{},"b":{}},"type":"object"}`},
		{"all of", `{"type":"object","allOf":[{"properties":{"a":{}},"required":["a"]},{"required":["a"]}]}`, `{"properties":{"a":{}},"required":["a"],"type":"object"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := string(ObjectSchema([]byte(tt.in))); got != tt.want {
				t.Errorf("%s", got)
			}
		})
	}
}

// What is remembered is neither the caller's memory nor without a bound.
func TestObjectSchemaRemembers(t *testing.T) {
	raw := []byte(`{"type":"object","properties":{"a":{"type":"string"}}}`)
	want := string(raw)
	ObjectSchema(raw)
	copy(raw, `{"type":"x"`)
	for i := range 3 * maxSchemas {
		ObjectSchema([]byte(fmt.Sprintf(`{"type":"object","title":"%d"}`, i)))
		if got := ObjectSchema([]byte(want)); string(got) != want {
			t.Fatalf("after %d others: %s", i, got)
		}
	}
	if n := len(schemas.mended); n > maxSchemas {
		t.Errorf("%d are remembered", n)
	}
}
