package tool

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// kind is the JSON type of a parameter.
type kind string

const (
	kindString  kind = "string"
	kindInteger kind = "integer"
	kindBoolean kind = "boolean"
	kindArray   kind = "array"
)

// parameter describes one argument of a tool, both for the model (as JSON
// Schema) and for the lenient decoder.
type parameter struct {
	name        string
	kind        kind
	description string
	required    bool
	// path values are trimmed: models like to add spaces and line ends.
	path bool
	enum []string
	// items is the JSON Schema of an array's elements.
	items string
	// aliases are accepted but not advertised.
	aliases []string
}

// parameters is the argument list of a tool, in the order the model sees it.
type parameters []parameter

// schema is the list as a JSON Schema of type object; the same bytes each time. A tool
// makes it once: each lookup of a tool asks for its whole specification.
func (p parameters) schema() json.RawMessage {
	var b bytes.Buffer
	b.WriteString(`{"type":"object","properties":{`)
	required := []string{}
	for i, param := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		param.writeSchema(&b)
		if param.required {
			required = append(required, param.name)
		}
	}
	b.WriteString(`},"required":`)
	b.Write(quoteJSON(required))
	b.WriteString(`}`)
	return b.Bytes()
}

func (p parameter) writeSchema(b *bytes.Buffer) {
	b.Write(quoteJSON(p.name))
	b.WriteString(`:{"type":`)
	b.Write(quoteJSON(string(p.kind)))
	b.WriteString(`,"description":`)
	b.Write(quoteJSON(p.description))
	if len(p.enum) > 0 {
		b.WriteString(`,"enum":`)
		b.Write(quoteJSON(p.enum))
	}
	if p.items != "" {
		b.WriteString(`,"items":` + p.items)
	}
	b.WriteByte('}')
}

// lookup finds a parameter by its name or an alias.
func (p parameters) lookup(name string) (parameter, bool) {
	for _, param := range p {
		if param.name == name {
			return param, true
		}
	}
	for _, param := range p {
		for _, alias := range param.aliases {
			if alias == name {
				return param, true
			}
		}
	}
	return parameter{}, false
}

// quoteJSON marshals what cannot fail to marshal, leaving <, > and & readable.
func quoteJSON(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return []byte(strconv.Quote(err.Error()))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
