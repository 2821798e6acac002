package toolspec

import (
	"bytes"
	"encoding/json"
	"sync"

	"github.com/jcode-go/jcode/sdk/wirejson"
)

const emptySchema = `{"type":"object","properties":{}}`

// combinators are the keywords that vendors refuse at the top of a schema.
var combinators = []string{"oneOf", "anyOf", "allOf"}

// ObjectSchema returns a schema that vendors accept: an object schema without a
// combinator at its top. One that is fine already is passed on byte for byte. Nobody
// may change what it returns: the same tools come with each turn, and get the same
// bytes. Safe for concurrent use.
func ObjectSchema(raw json.RawMessage) []byte {
	schemas.Lock()
	defer schemas.Unlock()
	if known, ok := schemas.mended[string(raw)]; ok {
		return known
	}
	if len(schemas.mended) >= maxSchemas {
		clear(schemas.mended)
	}
	mended := bytes.Clone(objectSchema(raw)) // which may be raw itself
	schemas.mended[string(raw)] = mended
	return mended
}

// maxSchemas is more than the tools of a conversation.
const maxSchemas = 256

var schemas = struct {
	sync.Mutex
	mended map[string][]byte
}{mended: map[string][]byte{}}

func objectSchema(raw json.RawMessage) []byte {
	fixed, ok := wirejson.Object(raw)
	if !ok {
		return []byte(emptySchema)
	}
	var schema map[string]json.RawMessage
	if err := json.Unmarshal(fixed, &schema); err != nil {
		return []byte(emptySchema)
	}
	flat := flatten(schema)
	if typed(schema) && !flat {
		return fixed
	}
	schema["type"] = json.RawMessage(`"object"`)
	if schema["properties"] == nil {
		schema["properties"] = json.RawMessage(`{}`)
	}
	return encodeSchema(schema)
}

func typed(schema map[string]json.RawMessage) bool {
	return bytes.Equal(bytes.TrimSpace(schema["type"]), []byte(`"object"`))
}

// encodeSchema writes the keys in order, so that a mended schema has the same
// bytes every time and the vendor's cache keeps.
func encodeSchema(schema map[string]json.RawMessage) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(schema); err != nil {
		return []byte(emptySchema)
	}
	return bytes.TrimSpace(out.Bytes())
}

// flatten merges the properties of the branches of a top-level combinator into
// the schema and removes the combinator. What only one branch demands is no
// longer required, except under allOf, where all of them hold.
func flatten(schema map[string]json.RawMessage) bool {
	found := false
	for _, keyword := range combinators {
		raw, has := schema[keyword]
		if !has {
			continue
		}
		found = true
		delete(schema, keyword)
		var branches []branch
		if err := json.Unmarshal(raw, &branches); err == nil {
			merge(schema, branches, keyword == "allOf")
		}
	}
	return found
}

type branch struct {
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
}

func merge(schema map[string]json.RawMessage, branches []branch, all bool) {
	properties := map[string]json.RawMessage{}
	var required []string
	readInto(schema["properties"], &properties)
	readInto(schema["required"], &required)
	for _, b := range branches {
		for name, property := range b.Properties {
			if _, taken := properties[name]; !taken {
				properties[name] = property
			}
		}
		if all {
			required = append(required, b.Required...)
		}
	}
	schema["properties"] = encodeSchema(properties)
	if encoded, err := json.Marshal(unique(required)); err == nil && len(required) > 0 {
		schema["required"] = encoded
	}
}

// readInto decodes what is there and of the right shape; anything else leaves
// target as it is.
func readInto(raw json.RawMessage, target any) {
	if len(raw) > 0 && !bytes.Equal(raw, []byte("null")) {
		_ = json.Unmarshal(raw, target) // a wrong shape counts as absent
	}
}

func unique(names []string) []string {
	seen := make(map[string]bool, len(names))
	out := names[:0:0]
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}
