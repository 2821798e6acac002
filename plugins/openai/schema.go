package openai

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/sdk/toolspec"
)

// parameters returns a tool's schema without what the API refuses, for one refused
// schema fails the whole list. A schema that is fine is passed on byte for byte.
func parameters(raw json.RawMessage) []byte {
	object := toolspec.ObjectSchema(raw)
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	var root map[string]any
	if decoder.Decode(&root) != nil {
		return object
	}
	c := schemaCleaner{root: root}
	for _, keyword := range []string{"enum", "not"} { // as little as a combinator
		c.drop(root, keyword)
	}
	if _, ok := root["properties"].(map[string]any); !ok {
		root["properties"], c.changed = map[string]any{}, true
	}
	c.clean(root)
	if !c.changed {
		return object
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(root) != nil {
		return object // cannot happen: it was decoded
	}
	return bytes.TrimSpace(out.Bytes())
}

// schemaCleaner walks one schema.
type schemaCleaner struct {
	root    map[string]any
	changed bool
}

// Where schemas stand within a schema.
var (
	schemaMaps  = []string{"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
	schemaLists = []string{"anyOf", "oneOf", "allOf", "prefixItems"}
	schemaOnes  = []string{"items", "not", "if", "then", "else", "contains", "propertyNames"}
)

// knownFormats are those that the API takes.
var knownFormats = []string{"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}

func (c *schemaCleaner) clean(schema map[string]any) {
	c.drop(schema, "uniqueItems")
	if format, ok := schema["format"].(string); ok && !slices.Contains(knownFormats, format) {
		c.drop(schema, "format")
	}
	if ref, ok := schema["$ref"].(string); ok && !c.resolves(ref) {
		c.drop(schema, "$ref")
	}
	if hasType(schema, "array") && schema["items"] == nil && schema["prefixItems"] == nil {
		schema["items"], c.changed = map[string]any{}, true
	}
	for _, keyword := range schemaMaps {
		if inner, ok := schema[keyword].(map[string]any); ok {
			for name := range inner {
				inner[name] = c.cleaned(inner[name])
			}
		}
	}
	for _, keyword := range schemaLists {
		if inner, ok := schema[keyword].([]any); ok {
			for i := range inner {
				inner[i] = c.cleaned(inner[i])
			}
		}
	}
	for _, keyword := range schemaOnes {
		if inner, ok := schema[keyword]; ok {
			schema[keyword] = c.cleaned(inner)
		}
	}
	if inner, ok := schema["additionalProperties"].(map[string]any); ok { // true and false are fine here
		c.clean(inner)
	}
}

// cleaned is a schema in a place for one; a boolean is none for the API.
func (c *schemaCleaner) cleaned(value any) any {
	switch v := value.(type) {
	case map[string]any:
		c.clean(v)
	case bool:
		c.changed = true
		return map[string]any{}
	}
	return value
}

func (c *schemaCleaner) drop(schema map[string]any, keyword string) {
	if _, ok := schema[keyword]; ok {
		delete(schema, keyword)
		c.changed = true
	}
}

func hasType(schema map[string]any, name string) bool {
	switch t := schema["type"].(type) {
	case string:
		return t == name
	case []any:
		return slices.Contains(t, any(name))
	}
	return false
}

// resolves reports whether a reference leads to something within the schema.
func (c *schemaCleaner) resolves(ref string) bool {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return false
	}
	var at any = c.root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if part == "" {
			continue
		}
		object, ok := at.(map[string]any)
		if !ok {
			return false
		}
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		if at, ok = object[part]; !ok {
			return false
		}
	}
	return true
}
